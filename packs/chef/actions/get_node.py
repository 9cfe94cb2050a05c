from lib import nodes
from lib.action import ChefAction


class GetNodeAction(ChefAction):
    def run(self, name):
        node = nodes.find(self.server(), name)
        if node is None:
            return False, "no node is named %s" % name
        return True, nodes.summary(node)
