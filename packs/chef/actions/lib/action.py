"""What every action of this pack stands on."""
from st2common.runners.base_action import Action

from lib import nodes
from lib.server import ChefServer


class ChefAction(Action):
    def server(self):
        return ChefServer(self.config)

    def converge(self, name, run_list, environment, attributes, timeout):
        server = self.server()
        _, changed = nodes.ensure(server, name, run_list, environment, attributes)
        node = nodes.wait_for_converge(server, name, timeout, float(self.config.get("poll_seconds") or 5))
        return dict(nodes.summary(node), changed=changed)
