import os

from lib.action import RackspaceAction
from lib.formatters import server_result
from lib.servers import create_server


class CreateVMAction(RackspaceAction):
    def run(
        self, name, image_id, flavor_id, key_material=None, metadata=None, region=None, idempotency_key=None
    ):
        # The id of an execution survives a repetition of it, so it is a key as well.
        idempotency_key = idempotency_key or os.environ.get("ST2_ACTION_EXECUTION_ID")
        server, created = create_server(
            self.cloud(region), name, image_id, flavor_id, key_material, metadata, idempotency_key
        )
        return server_result(server, created)
