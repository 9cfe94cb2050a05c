from lib.action import RackspaceAction
from lib.servers import server_named


class FindVMIdAction(RackspaceAction):
    def run(self, name):
        server = server_named(self.cloud(), name)
        if server is None:
            return False, "no machine is named %s" % name
        return True, server["id"]
