from lib.action import RackspaceAction
from lib.cloud import COMPUTE


class SetVMMetadataItemAction(RackspaceAction):
    def run(self, vm_id, key, value, region=None):
        return self.cloud(region).put(COMPUTE, "/servers/%s/metadata/%s" % (vm_id, key), {"meta": {key: value}})["meta"]
