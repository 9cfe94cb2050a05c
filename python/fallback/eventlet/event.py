"""Counterpart: eventlet.event."""

import threading

__all__ = ["Event"]


class Event:
    """Hands one value from one thread to others."""

    def __init__(self):
        self._ready = threading.Event()
        self._value = None

    def ready(self):
        return self._ready.is_set()

    def send(self, value=None):
        self._value = value
        self._ready.set()

    def wait(self, timeout=None):
        self._ready.wait(timeout)
        return self._value
