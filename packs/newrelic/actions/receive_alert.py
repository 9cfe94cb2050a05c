from st2common.runners.base_action import Action

from lib import alerts
from lib.dispatch import dispatch


class ReceiveAlertAction(Action):
    def run(self, body, headers=None):
        try:
            alert = alerts.normalise(
                body, self.config.get("applications_by_policy"), self.config.get("default_application")
            )
        except alerts.NotAnAlert as reason:
            return {"dispatched": [], "reason": str(reason)}
        names = alerts.triggers(alert, self.config.get("severities") or ["critical", "downtime", "high"])
        payload = alerts.payload(alert, headers)
        for name in names:
            dispatch(self.action_service, "newrelic." + name, payload, "newrelic-%s" % alert.incident_id)
        reason = "%s, %s" % (alert.state, alert.severity)
        return {"dispatched": list(names), "reason": reason, "incident_id": alert.incident_id}
