"""Counterpart: st2common/util/monkey_patch.py. Sensors run on threads here: there is nothing to patch."""

__all__ = ["monkey_patch", "use_select_poll_workaround"]


def monkey_patch(patch_thread=None):
    pass


def use_select_poll_workaround(nose_only=True):
    pass
