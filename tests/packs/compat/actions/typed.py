from st2common.runners.base_action import Action


class TypedAction(Action):
    def run(self, **parameters):
        return {name: [type(value).__name__, value] for name, value in parameters.items() if name != "token"}
