import json

from lib import decide
from lib.action import GroupAction
from lib.groups import Group, GroupError, facts, group_names

SHOWN = ("vm_id", "ip", "fqdn", "phase", "since")


class AsgStatusAction(GroupAction):
    def run(self, asg=None):
        datastore = self.datastore()
        groups = group_names(datastore)
        if asg is None:
            return {name: self._report(Group(datastore, name), fields) for name, fields in groups.items()}
        if asg not in groups:
            raise GroupError("there is no autoscaling group %s" % asg)
        return self._report(Group(datastore, asg), groups[asg])

    def _report(self, group, fields):
        nodes = json.loads(fields.get("nodes") or "{}")
        incidents = json.loads(fields.get("incidents") or "{}")
        numbers = facts(fields, group.now())
        decision = decide.decide(numbers, nodes, incidents, group.now())
        settings = self.settings(group, fields)
        return {
            "status": numbers["status"],
            "in_service": len(decide.in_service(nodes)),
            "desired": int(fields.get("desired") or 0),
            "min_nodes": numbers["min_nodes"],
            "max_nodes": numbers["max_nodes"],
            "application_name": settings.get("application_name"),
            "zone": settings["zone_name"],
            "incidents": incidents,
            "nodes": {name: {key: node.get(key) for key in SHOWN} for name, node in sorted(nodes.items())},
            "next": {"direction": decision.direction, "reason": decision.reason, "not_before": decision.not_before},
        }
