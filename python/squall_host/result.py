"""Turns what ``run()`` returned into the message for the server."""

import json
import sys

INVALID_STATUS_EXIT_CODE = 220

INVALID_STATUS_HELP = """If this is an existing action which returns a tuple with two items, it needs to be updated to
either:

1. Return a list instead of a tuple
2. Return a tuple where a first items is a status flag - (True, ('item1', 'item2'))

For more information, please see: https://docs.stackstorm.com/upgrade_notes.html#st2-v1-6"""


class InvalidStatus(Exception):
    """A pair was returned whose first half is no boolean."""

    def __str__(self):
        first = "Status returned from the action run() method must either be True or False, got: %s\n"
        return first % self.args[0] + INVALID_STATUS_HELP


def encode_output(output):
    """Returns the JSON bytes of ``{"result": …, "status": true, false or null}``."""
    status, result = None, output
    if isinstance(output, tuple) and len(output) == 2:
        status, result = output
        if status is not None and not isinstance(status, bool):
            raise InvalidStatus(status)
    try:
        text = _encode({"result": result, "status": status})
    except (TypeError, ValueError, RecursionError):
        text = json.dumps({"result": _unserialisable(status, result), "status": status})
    return text.encode("utf-8", "backslashreplace")


def _unserialisable(status, result):
    if status is not None:
        return str(result)
    # StackStorm prints the repr of the whole answer and cuts it behind the first key; packs compare with that text.
    return str({"result": result, "status": status})[len("{'result': "):]


def _encode(value):
    try:
        return json.dumps(value, default=_known_type, allow_nan=False)
    except ValueError:
        return json.dumps(_without_nan(value), default=_known_type, allow_nan=False)


def _known_type(value):
    """Types that StackStorm's encoder knows. A module that is not loaded cannot have made the value."""
    loaded = sys.modules
    if "datetime" in loaded and isinstance(value, (loaded["datetime"].date, loaded["datetime"].time)):
        return value.isoformat()
    if "uuid" in loaded and isinstance(value, loaded["uuid"].UUID):
        return str(value)
    if "enum" in loaded and isinstance(value, loaded["enum"].Enum):
        return value.value
    if "dataclasses" in loaded and loaded["dataclasses"].is_dataclass(value) and not isinstance(value, type):
        return loaded["dataclasses"].asdict(value)
    raise TypeError("not serialisable: %s" % type(value))


def _without_nan(value):
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(item) for item in value]
    return value
