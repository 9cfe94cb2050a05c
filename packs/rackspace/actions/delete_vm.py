from lib.action import RackspaceAction
from lib.servers import TOKEN, delete_server, list_servers


class DeleteVMAction(RackspaceAction):
    def run(self, vm_id=None, idempotency_key=None, region=None):
        if not (vm_id or idempotency_key):
            return False, "either vm_id or idempotency_key is needed"
        cloud = self.cloud(region)
        doomed = [vm_id] if vm_id else []
        if idempotency_key:
            doomed += [server["id"] for server in list_servers(cloud, {TOKEN: idempotency_key}) if server["id"] != vm_id]
        for server_id in doomed:
            delete_server(cloud, server_id)
        return True, {"deleted": doomed}
