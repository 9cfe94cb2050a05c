from st2common.runners.base_action import Action


class GetAction(Action):
    def run(self, key, decrypt=False):
        value = self.action_service.get_value(key, local=False, decrypt=decrypt)
        if value is None:
            return False, "there is no key %s" % key
        return True, value
