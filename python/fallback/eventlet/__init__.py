"""Stand-in for eventlet where it is not installed: the same calls, on threads.

Sensors written for StackStorm use green threads to wait for several things at once; ordinary threads serve as well.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from time import sleep

__all__ = ["GreenPool", "GreenThread", "Timeout", "monkey_patch", "sleep", "spawn", "spawn_after", "spawn_n"]


class Timeout(Exception):
    """Raised by nothing here; it exists to be caught."""


class GreenThread(threading.Thread):
    def __init__(self, function, args, kwargs):
        super().__init__(daemon=True)
        self._call = (function, args, kwargs)
        self._outcome = None
        self._error = None
        self.start()

    def run(self):
        function, args, kwargs = self._call
        try:
            self._outcome = function(*args, **kwargs)
        except BaseException as error:
            self._error = error

    def wait(self):
        self.join()
        if self._error is not None:
            raise self._error
        return self._outcome

    def kill(self):
        """A thread cannot be killed; as a daemon it ends with the process."""


def spawn(function, *args, **kwargs):
    return GreenThread(function, args, kwargs)


spawn_n = spawn


def spawn_after(seconds, function, *args, **kwargs):
    def later():
        sleep(seconds)
        return function(*args, **kwargs)

    return spawn(later)


class GreenPool:
    def __init__(self, size=1000):
        self.size = size
        self._pool = ThreadPoolExecutor(max_workers=min(size, 64))
        self._calls = []

    def spawn(self, function, *args, **kwargs):
        call = self._pool.submit(function, *args, **kwargs)
        call.wait = call.result
        self._calls.append(call)
        return call

    spawn_n = spawn

    def waitall(self):
        calls, self._calls = self._calls, []
        for call in calls:
            call.exception()

    def imap(self, function, *iterables):
        return self._pool.map(function, *iterables)


def monkey_patch(*_args, **_kwargs):
    """Threads need no patched standard library."""
