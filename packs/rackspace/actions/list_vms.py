from lib.action import RackspaceAction
from lib.formatters import server_result
from lib.servers import list_servers


class ListVMsAction(RackspaceAction):
    def run(self, region=None, metadata=None):
        return [server_result(server) for server in list_servers(self.cloud(region), metadata)]
