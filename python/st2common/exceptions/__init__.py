"""Counterpart: st2common/exceptions/__init__.py."""


class StackStormBaseException(Exception):
    """The root of the platform's exceptions."""
