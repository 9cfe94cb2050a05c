"""Which groups an alert concerns, and their open incidents, counted by id: two alerts and one recovery is not recovered."""
import json

from lib.groups import Group, group_names


def groups_concerned(datastore, application, entities=None, incident_id=None):
    """Returns `(group, keys)` of each group that watches the application, has one of the entities, or the incident."""
    hosts = {str(entity).split(".")[0] for entity in entities or []}
    concerned = []
    for name, fields in group_names(datastore).items():
        nodes = json.loads(fields.get("nodes") or "{}")
        known = json.loads(fields.get("incidents") or "{}")
        watches = fields.get("application_name") in [application] + list(entities or [])
        if watches or hosts.intersection(nodes) or (incident_id and incident_id in known):
            concerned.append((Group(datastore, name), fields))
    return concerned


def add(open_now, incident_id, details):
    """Returns whether the incident is new."""
    if incident_id in open_now:
        return False
    open_now[incident_id] = details
    return True


def remove(open_now, incident_id, application):
    """Returns how many incidents this closed: the one of this id, or all of the application."""
    doomed = [
        known
        for known, details in open_now.items()
        if known == incident_id or (incident_id is None and details.get("application") == application)
    ]
    for known in doomed:
        del open_now[known]
    return len(doomed)


def mirror(group):
    """Brings the flag of 2015 in line; whoever writes last has looked after writing."""
    while True:
        active = str(bool(group.incidents()))
        if group.get("active_incident") != active:
            group.set("active_incident", active)
        if str(bool(group.incidents())) == active:
            return
