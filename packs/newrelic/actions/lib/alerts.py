"""One alert, whichever of New Relic's three bodies it came in. Pure: no I/O, no clock.

legacy    2015, a form field `alert` holding JSON; states are sentences ("Alert opened: ...")
channel   2016 to 2023, JSON with `current_state` and `incident_id`
workflow  today, JSON from a template with `state` and `issueId`
"""
import collections
import hashlib
import json

Alert = collections.namedtuple("Alert", "form kind state severity incident_id application entities body")

SERVER, APPLICATION, ISSUE = "server", "application", "issue"
OPENED, CLOSED = "opened", "closed"

LEGACY_STATES = (
    ("Alert opened", OPENED),
    ("Alert escalated to downtime", OPENED),
    ("Alert ended", CLOSED),
    ("Alert downtime recovered", CLOSED),
)
CHANNEL_STATES = {"open": OPENED, "closed": CLOSED}
WORKFLOW_STATES = {"ACTIVATED": OPENED, "CREATED": "created", "ACKNOWLEDGED": "acknowledged", "CLOSED": CLOSED}
TRIGGERS = {
    (SERVER, OPENED): ("ServerAlertTrigger",),
    (SERVER, CLOSED): ("ServerNormalTrigger",),
    # The second name is the one that the Exchange pack dispatches.
    (APPLICATION, OPENED): ("AppAlertTrigger", "WebAppAlertTrigger"),
    (APPLICATION, CLOSED): ("AppNormalTrigger", "WebAppNormalTrigger"),
}


class NotAnAlert(Exception):
    """The body is none of the three forms, or nothing to act on; the text says which."""


def normalise(body, policies=None, default_application=None):
    """Returns the Alert that a webhook's body describes."""
    if not isinstance(body, dict):
        raise NotAnAlert("the body is not an object")
    if "alert" in body:
        alert = _legacy(_form_field(body["alert"]))
    elif "current_state" in body:
        alert = _channel(body)
    elif "state" in body and _issue_id(body):
        alert = _workflow(body)
    else:
        raise NotAnAlert("the body has none of alert, current_state, state with issueId")
    if alert.application:
        return alert
    policy = alert.body.get("alert_policy_name") or alert.body.get("policy_name")
    return alert._replace(application=(policies or {}).get(policy, default_application))


def triggers(alert, severities):
    """Returns the names of the triggers to dispatch, none for an alert that is not severe enough."""
    if alert.severity not in severities:
        return ()
    if alert.kind == ISSUE:
        return ("IssueTrigger",)
    return TRIGGERS.get((alert.kind, alert.state), ())


def payload(alert, headers):
    """What the triggers carry: `alert` and `headers` as in 2015, beside them what rules want to match on."""
    return {
        "alert": alert.body,
        "headers": headers or {},
        "form": alert.form,
        "state": alert.state,
        "severity": alert.severity,
        "incident_id": alert.incident_id,
        "application": alert.application,
        "entities": alert.entities,
    }


def _legacy(body):
    sentence = str(body.get("long_description", ""))
    state = next((state for start, state in LEGACY_STATES if sentence.startswith(start)), "ignored")
    servers = _list(body.get("servers"))
    application = body.get("application_name")
    return Alert(
        form="legacy",
        kind=SERVER if "servers" in body else APPLICATION,
        state=state,
        severity=str(body.get("severity", "")).lower(),
        incident_id=_legacy_incident_id(body, servers or [application]),
        application=application,
        entities=servers,
        body=body,
    )


def _legacy_incident_id(body, about):
    """The number at the end of `alert_url`; opening and ending of one incident share it."""
    tail = str(body.get("alert_url", "")).rstrip("/").rsplit("/", 1)[-1]
    if tail:
        return tail
    text = json.dumps([body.get("account_name"), body.get("alert_policy_name"), about])
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def _channel(body):
    targets = [target for target in _list(body.get("targets")) if isinstance(target, dict)]
    names = [str(target.get("name")) for target in targets if target.get("name")]
    on_servers = bool(targets) and all(target.get("type") in ("Server", "Host") for target in targets)
    return Alert(
        form="channel",
        kind=SERVER if on_servers else APPLICATION,
        state=CHANNEL_STATES.get(str(body["current_state"]).lower(), "ignored"),
        severity=str(body.get("severity", "")).lower(),
        incident_id=str(body.get("incident_id")),
        application=None if on_servers or not names else names[0],
        entities=names,
        body=body,
    )


def _workflow(body):
    entities = [str(entity) for entity in _list(body.get("impactedEntities"))]
    return Alert(
        form="workflow",
        kind=ISSUE,
        state=WORKFLOW_STATES.get(str(body["state"]).upper(), "ignored"),
        severity=str(body.get("priority", "critical")).lower(),
        incident_id=_issue_id(body),
        application=entities[0] if entities else None,
        entities=entities,
        body=body,
    )


def _issue_id(body):
    found = body.get("issueId") or body.get("id")
    return str(found) if found else None


def _form_field(value):
    """A form field arrives as a list of texts, a client library may send the text or the object itself."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise NotAnAlert("the field alert does not hold JSON") from None
    if not isinstance(value, dict):
        raise NotAnAlert("the field alert does not hold an object")
    return value


def _list(value):
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
