from lib.action import RackspaceAction
from lib.formatters import server_result
from lib.servers import list_servers


class GetVMIPsAction(RackspaceAction):
    def run(self, region=None, count=None, metadata=None):
        servers = list_servers(self.cloud(region), metadata)
        return [server_result(server)["public_ipv4"] for server in servers[: count or None]]
