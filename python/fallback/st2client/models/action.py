"""Counterpart: st2client/models/action.py."""

from squall_host.client import Resource

__all__ = ["Action", "Execution", "LiveAction"]


class Action(Resource):
    pass


class Execution(Resource):
    pass


class LiveAction(Resource):
    pass
