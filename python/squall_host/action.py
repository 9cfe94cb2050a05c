"""Runs one action. Counterpart: python_runner/python_action_wrapper.py.

The request is one line: ``{"pack", "file_path", "parameters", "config", "user", "log_level"}``; nothing of it appears
in the process list. The answer goes back over the same socket, so whatever the action prints is output and nothing
else.
"""

import sys

from squall_host import interpreter
from squall_host.channel import Channel
from squall_host.result import INVALID_STATUS_EXIT_CODE, InvalidStatus, encode_output


def main():
    interpreter.prepare()
    channel = Channel()
    request = channel.receive()
    if request is None:
        return 1
    channel.die_with_server()
    try:
        answer = encode_output(run(request))
    except InvalidStatus as error:
        sys.stderr.write(str(error))
        return INVALID_STATUS_EXIT_CODE
    channel.send_bytes(answer)
    return 0


def run(request):
    from squall_host.loading import load_action_class
    from squall_host.service import ActionService, Identity

    action_class = load_action_class(request["file_path"])
    who = Identity(request["pack"], action_class.__name__, request.get("log_level") or "DEBUG")
    action = instantiate(action_class, request.get("config") or {}, ActionService(who))
    return action.run(**request.get("parameters") or {})


def instantiate(action_class, config, action_service):
    """Old packs have constructors that know nothing of ``action_service``; they get it afterwards."""
    try:
        return action_class(config=config, action_service=action_service)
    except TypeError as error:
        if "unexpected keyword argument 'action_service'" not in str(error):
            raise
    action = action_class(config=config)
    action.action_service = action_service
    return action
