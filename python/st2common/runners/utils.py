"""Counterpart: st2common/runners/utils.py."""

from squall_host.action import instantiate
from squall_host.config import PackConfigDict
from squall_host.logs import action_logger as get_logger_for_python_runner_action

__all__ = ["PackConfigDict", "get_action_class_instance", "get_logger_for_python_runner_action"]


def get_action_class_instance(action_cls, config=None, action_service=None):
    return instantiate(action_cls, config, action_service)
