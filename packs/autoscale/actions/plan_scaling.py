from lib import decide, registry
from lib.action import GroupAction

VERBS = {decide.UP: "expanding", decide.DOWN: "deflating"}


class PlanScalingAction(GroupAction):
    """Decides under the lease, so that two pulses at once never both act; the lease remembers what was decided."""

    def run(self, asg, direction, owner, force=False):
        group = self.group(asg)
        group.require()
        fields = group.fields()
        status = group.facts(fields)["status"]
        held = group.lease()
        if status in decide.BUSY and (held is None or held["owner"] != owner):
            return self._held(group, fields, "the group is %s" % status)
        if not group.take_lease(owner, VERBS[direction], self.setting("lease_seconds")):
            return self._held(group, fields, "the group has just begun another change")
        plan = group.lease().get("plan")
        if plan is None:
            decision = self._decide(group, direction, force)
            if decision.direction == decide.HOLD:
                group.drop_lease(owner)
                return self._held(group, fields, decision.reason, decision.not_before)
            plan = dict(decision._asdict())
            group.extend_lease(owner, plan=plan)
        group.set("status", VERBS[direction], ttl=self.setting("lease_seconds"))
        group.set("desired", plan["desired"])
        names = self._claim(group, direction, plan["count"], owner)
        return dict(self.settings(group), go=True, names=names, reason=plan["reason"], count=len(names))

    @staticmethod
    def _decide(group, direction, force):
        # Fresh values: they may have changed before the lease was ours.
        facts = dict(group.facts(), status="idle")
        return decide.decide(facts, group.nodes(), group.incidents(), group.now(), direction, force)

    def _claim(self, group, direction, count, owner):
        fields = group.fields()
        facts = group.facts(fields)
        if direction == decide.UP:
            zone_name = self.settings(group, fields)["zone_name"]
            return group.change_nodes(
                lambda nodes: registry.reserve(nodes, owner, count, facts["max_nodes"], zone_name, group.now())
            )
        return group.change_nodes(
            lambda nodes: registry.condemn(nodes, facts["min_nodes"], count, owner, group.now())
        )

    def _held(self, group, fields, reason, not_before=0):
        wait = max(0, int(not_before - group.now()))
        if wait:
            reason = "%s (%d s to go)" % (reason, wait)
        return dict(self.settings(group, fields), go=False, names=[], reason=reason, count=0)
