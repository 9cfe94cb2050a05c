from lib import nodes
from lib.action import ChefAction


class CreateNodeAction(ChefAction):
    def run(self, name, run_list=None, environment=None, attributes=None):
        node, changed = nodes.ensure(self.server(), name, run_list or [], environment, attributes)
        return dict(nodes.summary(node), changed=changed)
