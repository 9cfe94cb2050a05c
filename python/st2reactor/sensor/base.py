"""Base classes of sensors. Counterpart: st2reactor/sensor/base.py."""

import abc
import time

__all__ = ["PollingSensor", "Sensor"]


class BaseSensor(metaclass=abc.ABCMeta):
    def __init__(self, sensor_service, config=None):
        self.sensor_service = self._sensor_service = sensor_service
        self.config = self._config = config or {}

    @abc.abstractmethod
    def setup(self):
        """Prepares the sensor; called once before ``run``."""

    @abc.abstractmethod
    def run(self):
        """Watches the outside world; returns only when there is nothing more to watch."""

    @abc.abstractmethod
    def cleanup(self):
        """Releases what ``setup`` took; called once at the end."""

    @abc.abstractmethod
    def add_trigger(self, trigger):
        """Learns of a trigger of one of the sensor's types."""

    @abc.abstractmethod
    def update_trigger(self, trigger):
        """Learns that a trigger changed."""

    @abc.abstractmethod
    def remove_trigger(self, trigger):
        """Learns that a trigger is gone."""


class Sensor(BaseSensor):
    """Base class of sensors that wait for events."""


class PollingSensor(BaseSensor):
    """Base class of sensors that look again and again."""

    def __init__(self, sensor_service, config=None, poll_interval=5):
        super().__init__(sensor_service=sensor_service, config=config)
        self._poll_interval = poll_interval

    @abc.abstractmethod
    def poll(self):
        """Looks once."""

    def run(self):
        while True:
            self.poll()
            time.sleep(self._poll_interval)

    def get_poll_interval(self):
        return self._poll_interval

    def set_poll_interval(self, poll_interval):
        self._poll_interval = poll_interval
