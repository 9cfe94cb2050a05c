"""Base class of Python actions. Counterpart: st2common/runners/base_action.py."""

import abc

from squall_host.config import PackConfigDict

__all__ = ["Action"]


class Action(metaclass=abc.ABCMeta):
    description = None

    def __init__(self, config=None, action_service=None):
        wrapper = getattr(action_service, "_action_wrapper", None)
        self._log_level = getattr(wrapper, "_log_level", "debug")
        self.action_service = action_service
        self.config = PackConfigDict(getattr(wrapper, "_pack", "unknown"), config or {})

    def __getattr__(self, name):
        """Makes the logger on first use: not every action logs, and importing logging costs milliseconds."""
        if name != "logger":
            raise AttributeError("'%s' object has no attribute '%s'" % (type(self).__name__, name))
        from squall_host.logs import action_logger

        self.logger = action_logger(type(self).__name__, self.__dict__.get("_log_level", "debug"))
        return self.logger

    @abc.abstractmethod
    def run(self, **kwargs):
        """Does the work and returns the result, or the pair (succeeded, result)."""
