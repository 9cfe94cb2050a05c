from lib.action import GroupAction


class GroupNoteAction(GroupAction):
    def run(self, asg, values):
        group = self.group(asg)
        group.require()
        for field, value in sorted(values.items()):
            group.set(field, value)
        return self.settings(group)
