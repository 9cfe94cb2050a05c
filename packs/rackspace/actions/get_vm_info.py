from lib.action import RackspaceAction
from lib.formatters import server_result
from lib.servers import get_server


class GetVMInfoAction(RackspaceAction):
    def run(self, vm_id, region=None):
        return server_result(get_server(self.cloud(region), vm_id))
