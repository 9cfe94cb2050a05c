from lib.action import GroupAction


class GroupForgetAction(GroupAction):
    def run(self, asg):
        self.group(asg).forget()
        return True
