from lib import nodes
from lib.action import ChefAction


class DeleteNodeAction(ChefAction):
    def run(self, name):
        return {"deleted": nodes.delete(self.server(), name)}
