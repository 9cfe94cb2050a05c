"""The datastore's actions against a datastore in memory."""
import os
import sys
import unittest

PACK = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(PACK, "actions"))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(PACK)), "python"))
sys.dont_write_bytecode = True

from kv_delete import DeleteAction  # noqa: E402
from kv_get import GetAction  # noqa: E402
from kv_set import SetAction  # noqa: E402


class Datastore:
    def __init__(self):
        self.values = {}

    def get_value(self, name, local=True, scope="system", decrypt=False):
        assert not local, "the key is nobody's own"
        return self.values.get(name)

    def set_value(self, name, value, ttl=None, local=True, scope="system", encrypt=False):
        assert not local, "the key is nobody's own"
        self.values[name] = value

    def delete_value(self, name, local=True, scope="system"):
        assert not local, "the key is nobody's own"
        del self.values[name]


class KeyValueTest(unittest.TestCase):
    def setUp(self):
        self.datastore = Datastore()

    def run_action(self, action, **parameters):
        return action(config={}, action_service=self.datastore).run(**parameters)

    def test_what_is_set_can_be_read_until_it_is_deleted(self):
        self.run_action(SetAction, key="asg.web.channel", value="#ops")
        self.assertEqual(self.run_action(GetAction, key="asg.web.channel"), (True, "#ops"))
        self.assertEqual(self.run_action(DeleteAction, key="asg.web.channel"), (True, True))
        self.assertEqual(self.datastore.values, {})

    def test_a_key_that_does_not_exist_is_a_failure(self):
        for action in (GetAction, DeleteAction):
            self.assertEqual(self.run_action(action, key="none"), (False, "there is no key none"))

    def test_a_secret_is_not_in_the_result(self):
        self.assertEqual(self.run_action(SetAction, key="k", value="v", encrypt=True)["value"], "********")


if __name__ == "__main__":
    unittest.main()
