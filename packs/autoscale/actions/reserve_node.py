from lib import registry
from lib.action import GroupAction
from lib.groups import GroupError


class ReserveNodeAction(GroupAction):
    def run(self, asg, owner, name=None):
        group = self.group(asg)
        group.require()
        fields = group.fields()
        if fields.get("status") == "deleting":
            raise GroupError("the group %s is being deleted" % asg)
        settings = self.settings(group, fields)
        if name is None:
            name = self._reserve_one(group, fields, settings, owner)
        node = group.nodes().get(name)
        if node is None:
            raise GroupError("the group %s has no node %s" % (asg, name))
        return dict(settings, name=name, token=node["token"], fqdn=node["fqdn"])

    @staticmethod
    def _reserve_one(group, fields, settings, owner):
        maximum = int(fields["max_nodes"])
        names = group.change_nodes(
            lambda nodes: registry.reserve(nodes, owner, 1, maximum, settings["zone_name"], group.now())
        )
        if not names:
            raise GroupError("the group %s has its %d nodes" % (group.name, maximum))
        return names[0]
