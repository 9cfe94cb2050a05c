from lib.action import RackspaceAction
from lib.servers import list_servers


class GetVMNamesAction(RackspaceAction):
    def run(self, region=None, count=None, metadata=None):
        servers = list_servers(self.cloud(region), metadata)
        return [server["name"] for server in servers[: count or None]]
