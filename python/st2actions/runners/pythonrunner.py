"""Where actions found their base class before StackStorm 2.4."""

from st2common.runners.base_action import Action

__all__ = ["Action"]
