from lib.action import RackspaceAction
from lib.cloud import COMPUTE


class ListVMSizesAction(RackspaceAction):
    def run(self):
        flavors = self.cloud().get(COMPUTE, "/flavors/detail")["flavors"]
        return [{key: flavor.get(key) for key in ("id", "name", "ram", "vcpus", "disk")} for flavor in flavors]
