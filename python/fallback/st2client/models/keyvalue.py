"""Counterpart: st2client/models/keyvalue.py."""

from squall_host.client import KeyValuePair

__all__ = ["KeyValuePair"]
