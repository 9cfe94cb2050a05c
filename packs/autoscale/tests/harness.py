"""What the tests of this pack stand on: the action classes, a datastore in memory, a clock that is moved by hand.

Run with `python3 -m unittest discover -s packs/autoscale/tests`.
"""
import importlib.util
import inspect
import os
import sys
import types

ACTIONS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "actions")
sys.path.insert(0, ACTIONS)
sys.dont_write_bytecode = True


class Action(object):
    def __init__(self, config=None, action_service=None):
        self.config = config
        self.action_service = action_service


for module_name in ("st2common", "st2common.runners", "st2common.runners.base_action"):
    sys.modules.setdefault(module_name, types.ModuleType(module_name))
sys.modules["st2common.runners.base_action"].Action = Action

from lib import groups  # noqa: E402

CONFIG = {"vm_image_id": "image", "lease_seconds": 600}


class Crash(BaseException):
    """The process was killed; nothing in it may run any more, so no `except Exception` sees this."""


class Pair(object):
    def __init__(self, name, value):
        self.name = name
        self.value = value


class Service(object):
    """Counterpart of the action service. Dies before the write number `crash_before`, if that is set."""

    def __init__(self):
        self.keys = {}
        self.dispatched = []
        self.writes = 0
        self.crash_before = None
        self.interfere = None

    def get_value(self, name, local=True):
        assert not local
        return self.keys.get(name)

    def list_values(self, local=True, prefix=None, limit=None, offset=0):
        found = [Pair(name, value) for name, value in sorted(self.keys.items()) if name.startswith(prefix)]
        return found[offset:offset + limit]

    def set_value(self, name, value, ttl=None, local=True):
        assert isinstance(value, str) and not local
        self._write()
        self.keys[name] = value

    def delete_value(self, name, local=True):
        self._write()
        self.keys.pop(name, None)

    def compare_and_set_value(self, name, expected, value, ttl=None, local=True):
        if self.interfere:
            step, self.interfere = self.interfere, None
            step()
        self._write()
        if self.keys.get(name) != expected:
            return False
        self.keys[name] = value
        return True

    def dispatch(self, trigger, payload=None, trace_tag=None):
        self.dispatched.append((trigger, payload))

    def _write(self):
        if self.writes == self.crash_before:
            raise Crash()
        self.writes += 1


class Pack(object):
    """Runs the pack's actions against one service at a time that stands still until it is moved."""

    def __init__(self, service=None):
        self.service = service or Service()
        self.time = 1000000.0

    def run(self, action, **parameters):
        path = os.path.join(ACTIONS, action + ".py")
        spec = importlib.util.spec_from_file_location("action_under_test", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found = [kind for _, kind in inspect.getmembers(module, inspect.isclass) if kind.__module__ == module.__name__]
        instance = found[0](dict(CONFIG), self.service)
        original = groups.Group.__init__.__defaults__
        groups.Group.__init__.__defaults__ = (lambda: self.time,)
        try:
            return instance.run(**parameters)
        finally:
            groups.Group.__init__.__defaults__ = original

    def create(self, **wanted):
        settings = dict(
            domain="example.com",
            application_name="shop",
            min_nodes=2,
            max_nodes=5,
            expand_by=2,
            expand_delay=10,
            deflate_by=1,
            deflate_delay=30,
        )
        settings.update(wanted)
        opened = self.run("group_open", name="web", owner="create", wanted=settings)
        self.serve(*opened["names"])
        self.run("finish_scaling", asg="web", direction="create", owner="create", names=opened["names"])
        return opened["names"]

    def serve(self, *names):
        for name in names:
            self.run("node_note", asg="web", name=name, phase="in_service")

    def key(self, field):
        return self.service.keys.get("asg.web." + field)
