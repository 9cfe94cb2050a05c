from lib import decide
from lib.action import GroupAction


class DecideAction(GroupAction):
    def run(self, asg, direction=None, force=False):
        group = self.group(asg)
        group.require()
        decision = decide.decide(group.facts(), group.nodes(), group.incidents(), group.now(), direction, force)
        return dict(decision._asdict())
