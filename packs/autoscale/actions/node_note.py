from lib import registry
from lib.action import GroupAction
from lib.groups import GroupError


class NodeNoteAction(GroupAction):
    def run(self, asg, name, phase, facts=None):
        group = self.group(asg)
        node = group.change_nodes(lambda nodes: registry.note(nodes, name, phase, facts, group.now()))
        if node is None:
            raise GroupError("the group %s has no node %s (any more)" % (asg, name))
        return dict(node, total_nodes=int(group.get("total_nodes") or 0))
