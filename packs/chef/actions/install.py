from lib import nodes
from lib.action import ChefAction


class InstallAction(ChefAction):
    def run(self, hosts, **_of_the_ssh_transport):
        server = self.server()
        registered = []
        for host in [name.strip() for name in hosts.split(",") if name.strip()]:
            node = nodes.find(server, host) or nodes.ensure(server, host, [])[0]
            registered.append(nodes.summary(node))
        return registered
