from st2common.runners.base_action import Action


class FlakyAction(Action):
    def run(self, key, attempts_needed=3):
        calls = int(self.action_service.get_value(key) or 0) + 1
        if calls < attempts_needed:
            self.action_service.set_value(key, calls, ttl=600)
            return False, "call %d of %d" % (calls, attempts_needed)
        self.action_service.delete_value(key)
        return True, "call %d worked" % calls
