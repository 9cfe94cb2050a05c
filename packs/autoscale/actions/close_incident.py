from lib import incidents
from lib.action import GroupAction


class CloseIncidentAction(GroupAction):
    """Without an id, every incident of the application is over: what the 2015 action said."""

    def run(self, application, incident_id=None, entities=None):
        touched = []
        for group, fields in incidents.groups_concerned(self.datastore(), application, entities, incident_id):
            # The clock first: a kill between the two writes must not lose it.
            if incidents.remove(group.incidents(), incident_id, application):
                group.set("last_recovery_timestamp", int(group.now()))
            closed = group.change("incidents", lambda open_now: incidents.remove(open_now, incident_id, application))
            remaining = len(group.incidents())
            incidents.mirror(group)
            state = "%d incident(s) still open" % remaining if remaining else "the group is stable"
            touched.append(dict(self.settings(group, fields), closed=closed, open=remaining, state=state))
        return {"incident_id": incident_id, "groups": touched}
