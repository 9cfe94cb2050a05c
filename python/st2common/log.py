"""Counterpart: st2common/log.py."""

import logging

from squall_host.logs import AUDIT, get_logger as getLogger

__all__ = ["AUDIT", "getLogger", "setup"]

DEBUG, INFO, WARNING, ERROR, CRITICAL = (
    logging.DEBUG,
    logging.INFO,
    logging.WARNING,
    logging.ERROR,
    logging.CRITICAL,
)


def setup(*_args, **_kwargs):
    """The host has set logging up before pack code runs."""
