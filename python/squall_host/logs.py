"""Loggers as pack code expects them. Counterpart: st2common/log.py."""

import logging
import sys

AUDIT = logging.CRITICAL + 10
logging.AUDIT = AUDIT
logging.addLevelName(AUDIT, "AUDIT")

ACTION_FORMAT = "%(name)-12s: %(levelname)-8s %(message)s"
SENSOR_FORMAT = "%(levelname)s %(name)s %(message)s"

_action_loggers = {}


def _audit(self, message, *args, **kwargs):
    if self.isEnabledFor(AUDIT):
        self._log(AUDIT, message, args, **kwargs)


logging.Logger.audit = _audit


def level_of(name):
    level = getattr(logging, str(name).upper(), None)
    return level if isinstance(level, int) else logging.DEBUG


def get_logger(name):
    """Returns a logger below ``st2``, however the caller spelled the name."""
    return logging.getLogger(name if name.startswith("st2.") else "st2." + name)


def action_logger(action_name, log_level="debug"):
    """Returns the logger of an action: it prints to standard error."""
    name = "actions.python.%s" % action_name
    if name not in _action_loggers:
        handler = logging.StreamHandler()
        handler.setLevel(level_of(log_level))
        handler.setFormatter(logging.Formatter(ACTION_FORMAT))
        logger = get_logger(name)
        logger.addHandler(handler)
        logger.setLevel(level_of(log_level))
        logger.propagate = False
        _action_loggers[name] = logger
    return _action_loggers[name]


def set_up_sensor_logging(debug):
    logging.basicConfig(
        stream=sys.stderr, level=logging.DEBUG if debug else logging.INFO, format=SENSOR_FORMAT
    )
