"""Runs one sensor until it is told to stop. Counterpart: st2reactor/container/sensor_wrapper.py.

The first line says what to run: ``{"pack", "file_path", "class_name", "trigger_types", "config", "poll_interval",
"triggers", "debug"}``. Later lines say what changed: ``{"event": "add_trigger" | "update_trigger" | "remove_trigger",
"trigger": …}`` or ``{"event": "token", "token": …}``. SIGTERM, and the end of the lines, stop it.
"""

import _thread
import os
import signal
import sys
import time

from squall_host import interpreter
from squall_host.channel import Channel

STOP_GRACE_SECONDS = 5
TRIGGER_EVENTS = ("add_trigger", "update_trigger", "remove_trigger")


class Stop:
    """Ends ``run()`` by an exception in the main thread, once, so that ``cleanup()`` is left in peace."""

    def __init__(self):
        self._requested = False
        self._main_thread = _thread.get_ident()

    def handle(self, _number, _frame):
        if not self._requested:
            self._requested = True
            sys.exit(0)

    def insist(self):
        """Repeats the signal: one that arrives just before the main thread falls asleep does not wake it."""
        while not self._requested:
            signal.pthread_kill(self._main_thread, signal.SIGTERM)
            time.sleep(0.05)


def main():
    interpreter.prepare()
    channel = Channel()
    request = channel.receive()
    if request is None:
        return 1
    from squall_host.logs import get_logger, set_up_sensor_logging

    set_up_sensor_logging(request.get("debug"))
    logger = get_logger("SensorWrapper.%s.%s" % (request["pack"], request["class_name"]))
    sensor = instantiate(request, logger)

    stop = Stop()
    signal.signal(signal.SIGTERM, stop.handle)
    try:
        logger.info("Running sensor initialization code")
        sensor.setup()
        for trigger in request.get("triggers") or []:
            sensor.add_trigger(trigger)
        _thread.start_new_thread(follow, (channel, sensor, logger, stop))
        interval = request.get("poll_interval")
        logger.info("Running sensor in %s mode", "active (poll interval=%ss)" % interval if interval else "passive")
        sensor.run()
    except Exception as error:
        logger.warning('Sensor "%s" run method raised an exception: %s.', request["class_name"], error, exc_info=True)
        return 1
    finally:
        logger.info("Invoking cleanup on sensor")
        sensor.cleanup()
    return 0


def instantiate(request, logger):
    from st2reactor.sensor.base import PollingSensor

    from squall_host.loading import load_sensor_class
    from squall_host.service import Identity, SensorService

    sensor_class = load_sensor_class(request["file_path"], request["class_name"])
    who = Identity(request["pack"], request["class_name"], "debug" if request.get("debug") else "info")
    arguments = {"sensor_service": SensorService(who, logger), "config": request.get("config") or {}}
    if request.get("poll_interval") and issubclass(sensor_class, PollingSensor):
        arguments["poll_interval"] = request["poll_interval"]
    return sensor_class(**arguments)


def follow(channel, sensor, logger, stop):
    """Hands on what the server says, until the server is gone."""
    while True:
        message = channel.receive()
        if message is None:
            break
        try:
            handle(message, sensor)
        except Exception:
            logger.exception("Handling %s failed", message.get("event"))
    stop.insist()
    time.sleep(STOP_GRACE_SECONDS)
    os.killpg(0, signal.SIGKILL)


def handle(message, sensor):
    event = message.get("event")
    if event == "token":
        os.environ["ST2_ACTION_AUTH_TOKEN"] = os.environ["ST2_AUTH_TOKEN"] = message["token"]
    elif event in TRIGGER_EVENTS:
        getattr(sensor, event)(message["trigger"])
