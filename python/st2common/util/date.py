"""Dates with a time zone. Counterpart: st2common/util/date.py."""

import datetime
import re

__all__ = ["add_utc_tz", "append_milliseconds_to_time", "convert_to_utc", "get_datetime_utc_now", "parse"]


def get_datetime_utc_now():
    return datetime.datetime.now(datetime.timezone.utc)


def append_milliseconds_to_time(date, millis):
    return convert_to_utc(date + datetime.timedelta(milliseconds=millis))


def add_utc_tz(dt):
    if dt.tzinfo and dt.tzinfo.utcoffset(dt) != datetime.timedelta(0):
        raise ValueError("datetime already contains a non UTC timezone")
    return dt.replace(tzinfo=datetime.timezone.utc)


def convert_to_utc(dt):
    return dt.astimezone(datetime.timezone.utc) if dt.tzinfo else add_utc_tz(dt)


def parse(value, preserve_original_tz=False):
    """Reads ISO 8601 as written by the API; other spellings need python-dateutil."""
    dt = value if isinstance(value, datetime.datetime) else _parse_text(str(value))
    if not dt.tzinfo:
        dt = add_utc_tz(dt)
    return dt if preserve_original_tz else convert_to_utc(dt)


def _parse_text(text):
    # Before Python 3.11 the standard library reads neither "Z" nor "+0000" nor fractions of odd lengths.
    normal = re.sub(r"[Zz]$", "+00:00", text.strip())
    normal = re.sub(r"([+-]\d\d)(\d\d)?$", lambda m: "%s:%s" % (m[1], m[2] or "00"), normal) if "T" in normal else normal
    normal = re.sub(r"\.(\d+)", lambda m: "." + m[1][:6].ljust(6, "0"), normal)
    try:
        return datetime.datetime.fromisoformat(normal)
    except ValueError:
        from dateutil import parser

        return parser.parse(text)
