from lib.action import RackspaceAction
from lib.cloud import COMPUTE


class ListVMImagesAction(RackspaceAction):
    def run(self):
        images = self.cloud().get(COMPUTE, "/images/detail")["images"]
        return [{"id": image["id"], "name": image["name"]} for image in images]
