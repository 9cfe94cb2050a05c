import os
import time

from st2reactor.sensor.base import Sensor


class DoorSensor(Sensor):
    """Looks into the directory that the datastore names; what it has told is remembered in the datastore."""

    PAUSE = 0.1

    def setup(self):
        self._logger = self.sensor_service.get_logger(type(self).__name__)

    def run(self):
        while True:
            self._look(self.sensor_service.get_value("door", local=False))
            time.sleep(self.PAUSE)

    def _look(self, directory):
        for name in sorted(os.listdir(directory)) if directory else []:
            told = "told:" + name
            if self.sensor_service.get_value(told) is None:
                self._logger.info("%s came in", name)
                self.sensor_service.dispatch("compat.door", {"name": name}, trace_tag=name)
                self.sensor_service.set_value(told, "yes")

    def cleanup(self):
        pass

    def add_trigger(self, trigger):
        pass

    def update_trigger(self, trigger):
        pass

    def remove_trigger(self, trigger):
        pass
