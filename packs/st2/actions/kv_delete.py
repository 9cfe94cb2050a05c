from st2common.runners.base_action import Action


class DeleteAction(Action):
    def run(self, key):
        if self.action_service.get_value(key, local=False) is None:
            return False, "there is no key %s" % key
        self.action_service.delete_value(key, local=False)
        return True, True
