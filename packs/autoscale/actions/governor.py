import json

from lib import decide
from lib.action import GroupAction
from lib.dispatch import dispatch
from lib.groups import facts, group_names

PULSES = {decide.UP: "autoscale.ScaleUpPulse", decide.DOWN: "autoscale.ScaleDownPulse"}


class GovernorAction(GroupAction):
    """One look at every group. It changes nothing: pulses start the workflows, which decide again under a lease."""

    def run(self):
        datastore = self.datastore()
        seen = {}
        for name, fields in group_names(datastore).items():
            try:
                decision = self._decide(self.group(name), fields)
            except (KeyError, ValueError) as error:
                seen[name] = "cannot be read: %r" % error
                continue
            seen[name] = "%s: %s" % (decision.direction, decision.reason)
            if decision.direction in PULSES:
                pulse = {"asg": name, "desired": decision.desired, "reason": decision.reason}
                dispatch(self.action_service, PULSES[decision.direction], pulse)
        return seen

    @staticmethod
    def _decide(group, fields):
        nodes = json.loads(fields.get("nodes") or "{}")
        incidents = json.loads(fields.get("incidents") or "{}")
        now = group.now()
        return decide.decide(facts(fields, now), nodes, incidents, now)
