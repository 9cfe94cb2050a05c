"""Counterpart: st2client/client.py."""

from squall_host.client import Client

__all__ = ["Client"]
