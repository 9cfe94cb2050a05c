"""Counterpart: st2client/models/__init__.py."""

from squall_host.client import KeyValuePair, Resource

__all__ = ["KeyValuePair", "LiveAction", "Resource"]


class LiveAction(Resource):
    """A request to run an action."""
