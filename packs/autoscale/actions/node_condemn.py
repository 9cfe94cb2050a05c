from lib import decide, registry
from lib.action import GroupAction


class NodeCondemnAction(GroupAction):
    """Also for a node, or even a group, that the registry has lost: what the caller knows is then what counts."""

    def run(self, asg, name, known=None, drain_seconds=None, reason=None):
        known = {key: value for key, value in (known or {}).items() if value is not None}
        group = self.group(asg)
        fields = group.fields()
        settings = self.settings(group, fields)
        node = None
        if "nodes" in fields:
            node = group.change_nodes(lambda nodes: registry.note(nodes, name, decide.DRAINING, known, group.now()))
        node = node or known
        if drain_seconds is not None:
            settings["drain_seconds"] = drain_seconds
        result = dict(settings, name=name, reason=reason or "asked to")
        for key in ("vm_id", "ip", "token"):
            result[key] = node.get(key)
        result["fqdn"] = node.get("fqdn") or "%s.%s" % (name, settings["zone_name"])
        result["in_balancer"] = bool(result["ip"] and settings["loadbalancer_id"])
        result["has_machine"] = bool(result["vm_id"] or result["token"])
        return result
