"""Counterpart: eventlet.queue."""

from queue import Empty, Full, LifoQueue, PriorityQueue, Queue

__all__ = ["Empty", "Full", "LifoQueue", "LightQueue", "PriorityQueue", "Queue"]

LightQueue = Queue
