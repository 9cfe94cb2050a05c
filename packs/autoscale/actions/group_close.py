from lib.action import GroupAction


class GroupCloseAction(GroupAction):
    """Marks the group as going, so that nothing new begins in it; not ready while somebody else changes it."""

    def run(self, asg, owner, take_over_from=None):
        group = self.group(asg)
        group.require()
        if not group.take_lease(owner, "deleting", self.setting("lease_seconds"), take_over_from):
            return {"ready": False, "status": group.facts()["status"]}
        group.set("status", "deleting")
        return dict(self.settings(group), ready=True, names=sorted(group.nodes()))
