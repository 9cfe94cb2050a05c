"""Waiting with an end: every loop of this pack asks a Deadline for its next pause."""
import time


class DeadlineExceeded(Exception):
    """The cloud did not get there in time."""


class Deadline(object):
    def __init__(self, seconds, longest_pause=5.0, clock=time.monotonic, sleep=time.sleep):
        self._clock = clock
        self._sleep = sleep
        self._end = clock() + seconds
        self._longest_pause = longest_pause
        self._next_pause = min(0.1, longest_pause)

    def part(self, seconds):
        """Returns a deadline of its own within this one."""
        left = self._end - self._clock()
        return Deadline(min(seconds, left), self._longest_pause, self._clock, self._sleep)

    def pause(self, waiting_for, seconds=None):
        """Sleeps, by growing steps unless `seconds` says how long; raises when the time is up."""
        if seconds is None:
            seconds = self._next_pause
            self._next_pause = min(self._next_pause * 1.5, self._longest_pause)
        left = self._end - self._clock()
        if left <= 0 or seconds > left:
            raise DeadlineExceeded("gave up waiting for %s" % waiting_for)
        self._sleep(seconds)
