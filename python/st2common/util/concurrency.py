"""Counterpart: st2common/util/concurrency.py, on threads instead of green threads."""

import threading
from time import sleep

__all__ = ["sleep", "spawn"]


def spawn(func, *args, **kwargs):
    thread = threading.Thread(target=func, args=args, kwargs=kwargs, daemon=True)
    thread.start()
    return thread
