import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "actions"))
sys.dont_write_bytecode = True

from lib import alerts  # noqa: E402

SEVERE = ("critical", "downtime", "high")
POLICIES = {"Default server alert policy": "Default Application"}


def legacy(sentence, **more):
    alert = {
        "created_at": "2015-02-03T01:07:00Z",
        "account_name": "example.com",
        "alert_policy_name": "Default server alert policy",
        "severity": "critical",
        "long_description": sentence,
        "alert_url": "https://rpm.newrelic.com/accounts/1/incidents/77",
    }
    alert.update(more)
    return {"alert": [json.dumps(alert)]}


def channel(state, target="Application", **more):
    targets = [{"id": "1", "name": "shop", "type": target}]
    return dict(incident_id=5, current_state=state, severity="CRITICAL", policy_name="p", targets=targets, **more)


def workflow(state, **more):
    return dict({"issueId": "i-1", "state": state, "priority": "HIGH", "impactedEntities": ["shop", "web-1"]}, **more)


# body -> (triggers, state, incident, application)
CASES = (
    (legacy("Alert opened: CPU > 80%", servers=["web-1"]), ("ServerAlertTrigger",), "opened", "77", "Default Application"),
    (legacy("Alert escalated to downtime", servers=["web-1"], severity="downtime"), ("ServerAlertTrigger",), "opened", "77", "Default Application"),
    (legacy("Alert ended: all closed", servers=["web-1"]), ("ServerNormalTrigger",), "closed", "77", "Default Application"),
    (legacy("Alert downtime recovered", servers=["web-1"]), ("ServerNormalTrigger",), "closed", "77", "Default Application"),
    (legacy("Alert acknowledged", servers=["web-1"]), (), "ignored", "77", "Default Application"),
    (legacy("Alert opened: x", servers=["web-1"], severity="caution"), (), "opened", "77", "Default Application"),
    (legacy("Alert opened: x", servers=["w"], alert_policy_name="other"), ("ServerAlertTrigger",), "opened", "77", "fallback"),
    (legacy("Alert opened: x", application_name="shop"), ("AppAlertTrigger", "WebAppAlertTrigger"), "opened", "77", "shop"),
    (legacy("Alert ended: x", application_name="shop"), ("AppNormalTrigger", "WebAppNormalTrigger"), "closed", "77", "shop"),
    (channel("open"), ("AppAlertTrigger", "WebAppAlertTrigger"), "opened", "5", "shop"),
    (channel("closed"), ("AppNormalTrigger", "WebAppNormalTrigger"), "closed", "5", "shop"),
    (channel("acknowledged"), (), "ignored", "5", "shop"),
    (channel("open", "Server"), ("ServerAlertTrigger",), "opened", "5", "fallback"),
    (workflow("ACTIVATED"), ("IssueTrigger",), "opened", "i-1", "shop"),
    (workflow("CLOSED"), ("IssueTrigger",), "closed", "i-1", "shop"),
    (workflow("ACKNOWLEDGED"), ("IssueTrigger",), "acknowledged", "i-1", "shop"),
    (workflow("ACTIVATED", priority="LOW"), (), "opened", "i-1", "shop"),
    (workflow("ACTIVATED", impactedEntities=[]), ("IssueTrigger",), "opened", "i-1", "fallback"),
)
NOT_ALERTS = (
    (None, "not an object"),
    ([], "not an object"),
    ({}, "none of"),
    ({"deployment": ["{}"]}, "none of"),
    ({"alert": ["{"]}, "does not hold JSON"),
    ({"alert": []}, "does not hold an object"),
    ({"alert": ["[1]"]}, "does not hold an object"),
)


class AlertsTest(unittest.TestCase):
    def test_every_form_is_recognised(self):
        for body, triggers, state, incident, application in CASES:
            with self.subTest(body=body):
                alert = alerts.normalise(body, POLICIES, "fallback")
                self.assertEqual(alerts.triggers(alert, SEVERE), triggers)
                self.assertEqual((alert.state, alert.incident_id, alert.application), (state, incident, application))

    def test_what_is_no_alert_says_why(self):
        for body, words in NOT_ALERTS:
            with self.subTest(body=body):
                with self.assertRaisesRegex(alerts.NotAnAlert, words):
                    alerts.normalise(body)

    def test_opening_and_ending_share_an_incident_without_an_address_too(self):
        opened = alerts.normalise(legacy("Alert opened: x", servers=["w"], alert_url=""))
        ended = alerts.normalise(legacy("Alert ended: y", servers=["w"], alert_url=""))
        other = alerts.normalise(legacy("Alert ended: y", servers=["v"], alert_url=""))
        self.assertEqual(opened.incident_id, ended.incident_id)
        self.assertNotEqual(opened.incident_id, other.incident_id)

    def test_the_payload_has_the_fields_of_2015(self):
        alert = alerts.normalise(legacy("Alert opened: x", servers=["web-1"]))
        payload = alerts.payload(alert, {"Host": "h"})
        self.assertEqual(payload["headers"], {"Host": "h"})
        self.assertEqual(payload["alert"]["severity"], "critical")
        self.assertEqual(payload["entities"], ["web-1"])


if __name__ == "__main__":
    unittest.main()
