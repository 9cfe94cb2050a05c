import uuid

from st2common.runners.base_action import Action


class GenerateUUIDAction(Action):
    def run(self, uuid_type):
        return str({"uuid1": uuid.uuid1, "uuid4": uuid.uuid4}[uuid_type]())
