from st2common.runners.base_action import Action


class SetAction(Action):
    def run(self, key, value, ttl=None, encrypt=False):
        self.action_service.set_value(key, value, ttl=ttl, local=False, encrypt=encrypt)
        return {"key": key, "value": "********" if encrypt else value}
