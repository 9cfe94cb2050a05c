from lib.action import RackspaceAction
from lib.cloud import COMPUTE


class SetVMMetadataAction(RackspaceAction):
    def run(self, vm_id, metadata):
        texts = {key: str(value) for key, value in metadata.items()}
        return self.cloud().post(COMPUTE, "/servers/%s/metadata" % vm_id, {"metadata": texts})["metadata"]
