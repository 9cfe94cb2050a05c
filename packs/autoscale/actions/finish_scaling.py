from lib import decide
from lib.action import GroupAction


class FinishScalingAction(GroupAction):
    """Books what was achieved: a cooldown for a change, a back-off for a failure, then frees the group."""

    def run(self, asg, direction, owner, names):
        group = self.group(asg)
        nodes = group.nodes()
        if direction == decide.DOWN:
            done = [name for name in names if name not in nodes]
        else:
            done = [name for name in names if nodes.get(name, {}).get("phase") == decide.IN_SERVICE]
        lease = group.lease()
        if lease is None or lease["owner"] == owner:
            self._book(group, direction, len(done), len(names))
            group.set("status", "idle")
            group.drop_lease(owner)
        total = len(decide.in_service(nodes))
        return {"wanted": len(names), "done": len(done), "complete": len(done) == len(names), "in_service": total}

    @staticmethod
    def _book(group, direction, done, wanted):
        now = int(group.now())
        if done < wanted:
            group.set("failures", int(group.get("failures") or 0) + 1)
            group.set("last_failure_timestamp", now)
        else:
            group.set("failures", 0)
        if done and direction == decide.UP:
            group.set("last_expand_timestamp", now)
        if done and direction in (decide.UP, decide.DOWN):
            group.set("last_deflate_timestamp", now)
