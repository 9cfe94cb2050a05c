from st2common.runners.base_action import Action


class GreetAction(Action):
    def run(self, name, shout=False):
        if not name.strip():
            return False, "nobody to greet"
        greeting = "Hello, %s!" % name
        self.logger.info("greeting %s", name)
        return True, greeting.upper() if shout else greeting
