from lib.action import ChefAction


class ConvergeAction(ChefAction):
    def run(self, name, run_list, environment=None, attributes=None, timeout=540):
        return self.converge(name, run_list, environment, attributes, timeout)
