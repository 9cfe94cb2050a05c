from lib.action import RackspaceAction
from lib.formatters import server_result
from lib.servers import list_servers


class GetVMByIPAction(RackspaceAction):
    def run(self, ip_address, region=None):
        for server in list_servers(self.cloud(region)):
            result = server_result(server)
            if ip_address in result["public_ips"]:
                return True, result
        return False, "no machine has the address %s" % ip_address
