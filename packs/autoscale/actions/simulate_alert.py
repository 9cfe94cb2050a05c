import json
import os
import urllib.parse
import urllib.request

from st2common.runners.base_action import Action

SENTENCES = {
    "crit": ("New alert on %s", "Alert opened: CPU > 80%%"),
    "recovery": ("All alerts have been closed for this incident", "Alert ended: All alerts have been closed for this incident"),
}


class SimulateAlertAction(Action):
    """Sends what New Relic sent in 2015 to this platform's own webhook."""

    def run(self, kind, server="glaswegians-clops", incident="11717078"):
        short, long = SENTENCES[kind]
        alert = {
            "created_at": "2015-02-03T01:07:00Z",
            "servers": [server],
            "account_name": "example.com",
            "alert_policy_name": "Default server alert policy",
            "severity": "critical",
            "message": "CPU > 80%",
            "short_description": short.replace("%s", server),
            "long_description": long.replace("%%", "%"),
            "alert_url": "https://rpm.newrelic.com/accounts/880740/incidents/" + incident,
            "server_events": [{"server": server, "created_at": "2015-02-03T01:07:00Z", "message": "CPU > 80%"}],
        }
        form = urllib.parse.urlencode({"alert": json.dumps(alert)}).encode("ascii")
        url = os.environ["ST2_ACTION_API_URL"].rstrip("/") + "/webhooks/newrelic"
        headers = {"X-Auth-Token": os.environ.get("ST2_ACTION_AUTH_TOKEN", "")}
        with urllib.request.urlopen(urllib.request.Request(url, form, headers), timeout=10) as answer:
            return {"status": answer.status}
