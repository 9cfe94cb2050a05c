from lib import decide, registry
from lib.action import GroupAction

VERBS = {decide.UP: "expanding", decide.DOWN: "deflating"}


class PlanScalingAction(GroupAction):
    """Decides under the lease, so that two pulses at once never both act."""

    def run(self, asg, direction, owner, force=False):
        group = self.group(asg)
        group.require()
        fields = group.fields()
        seconds = self.setting("lease_seconds")
        before = group.facts(fields)
        held = group.lease()
        if before["status"] in decide.BUSY and (held is None or held["owner"] != owner):
            return self._held(group, fields, "the group is %s" % before["status"])
        if not group.take_lease(owner, VERBS[direction], seconds):
            return self._held(group, fields, "the group has just begun another change")
        # The lease is ours from here: look again at what may have changed before it was.
        fields = group.fields()
        nodes = group.nodes()
        names = [name for name, node in nodes.items() if owner in (node.get("by"), node.get("removed_by"))]
        facts = dict(group.facts(fields), status="idle")
        decision = decide.decide(facts, nodes, group.incidents(), group.now(), direction, force)
        if decision.direction == decide.HOLD and not names:
            group.drop_lease(owner)
            return self._held(group, fields, decision.reason, decision.not_before)
        group.set("status", VERBS[direction], ttl=seconds)
        names = self._claim(group, fields, facts, direction, decision, owner, len(names))
        if decision.direction != decide.HOLD:
            group.set("desired", decision.desired)
        settings = self.settings(group, fields)
        return dict(settings, go=True, names=names, reason=decision.reason, count=len(names))

    def _claim(self, group, fields, facts, direction, decision, owner, claimed):
        if direction == decide.UP:
            zone_name = self.settings(group, fields)["zone_name"]
            count = claimed or decision.count
            return group.change_nodes(
                lambda nodes: registry.reserve(nodes, owner, count, facts["max_nodes"], zone_name, group.now())
            )
        return group.change_nodes(
            lambda nodes: registry.condemn(nodes, facts["min_nodes"], decision.count, owner, group.now())
        )

    def _held(self, group, fields, reason, not_before=0):
        wait = max(0, int(not_before - group.now()))
        if wait:
            reason = "%s (%d s to go)" % (reason, wait)
        return dict(self.settings(group, fields), go=False, names=[], reason=reason, count=0)
