import shutil

from st2reactor.sensor.base import PollingSensor


class DiskSensor(PollingSensor):
    """Dispatches when the usage differs by five per cent from what it last said; that survives a restart."""

    PATH = "/"
    STEP = 5

    def setup(self):
        self._logger = self.sensor_service.get_logger(type(self).__name__)

    def poll(self):
        usage = shutil.disk_usage(self.PATH)
        percent = int(100 * usage.used / usage.total)
        said = self.sensor_service.get_value("said")
        if said is None or abs(percent - int(said)) >= self.STEP:
            self._logger.info("%s is %d %% full", self.PATH, percent)
            self.sensor_service.dispatch("examples.disk_usage", {"path": self.PATH, "percent": percent})
            self.sensor_service.set_value("said", percent)

    def cleanup(self):
        pass

    def add_trigger(self, trigger):
        pass

    def update_trigger(self, trigger):
        pass

    def remove_trigger(self, trigger):
        pass
