from lib import incidents
from lib.action import GroupAction


class OpenIncidentAction(GroupAction):
    def run(self, application, incident_id=None, entities=None, severity=None, source=None):
        incident_id = incident_id or "application:" + application
        about = {"application": application, "severity": severity, "source": source}
        touched = []
        for group, fields in incidents.groups_concerned(self.datastore(), application, entities):
            details = dict(about, opened=int(group.now()))
            is_new = group.change("incidents", lambda open_now: incidents.add(open_now, incident_id, details))
            incidents.mirror(group)
            touched.append(dict(self.settings(group, fields), new=is_new, open=len(group.incidents())))
        return {"incident_id": incident_id, "groups": touched}
