"""ISO 8601 texts. Counterpart: st2common/util/isotime.py."""

import datetime
import re

from st2common.util import date as date_utils

__all__ = ["format", "parse", "validate"]

ISO8601_UTC_REGEX = r"^\d{4}-\d{2}-\d{2}(\s|T)\d{2}:\d{2}:\d{2}(\.\d{3,6})?(Z|\+00|\+0000|\+00:00)$"


def format(dt, usec=True, offset=True):
    if isinstance(dt, str):
        dt = parse(dt)
    elif isinstance(dt, int):
        dt = datetime.datetime.fromtimestamp(dt, datetime.timezone.utc)
    text = dt.strftime("%Y-%m-%dT%H:%M:%S.%f" if usec else "%Y-%m-%dT%H:%M:%S")
    if offset:
        zone = dt.strftime("%z")
        return text + (zone[:3] + ":" + zone[3:] if zone else "+00:00")
    zone = dt.tzinfo.tzname(dt) if dt.tzinfo else "UTC"
    return text + ("Z" if zone == "UTC" else zone)


def validate(value, raise_exception=True):
    if isinstance(value, datetime.datetime) or (isinstance(value, str) and re.match(ISO8601_UTC_REGEX, value)):
        return True
    if raise_exception:
        raise ValueError("Datetime value does not match expected format.")
    return False


def parse(value, preserve_original_tz=False, validate_value=True):
    if validate_value:
        validate(value)
    return date_utils.parse(value, preserve_original_tz=preserve_original_tz)
