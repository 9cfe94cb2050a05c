"""Dispatches a trigger from an action: Squall's service can, on StackStorm the `st2` webhook does."""
import os

from lib import web


def dispatch(action_service, trigger, payload, trace_tag=None):
    native = getattr(action_service, "dispatch", None)
    if native is not None:
        native(trigger, payload=payload, trace_tag=trace_tag)
        return
    url = os.environ["ST2_ACTION_API_URL"].rstrip("/")
    headers = {"X-Auth-Token": os.environ["ST2_ACTION_AUTH_TOKEN"], "St2-Trace-Tag": trace_tag or ""}
    web.request("POST", url + "/webhooks/st2", headers, {"trigger": trigger, "payload": payload})
