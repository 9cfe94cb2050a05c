"""The actions against a cloud in one small server, with answers that get lost and things that are there already."""
import importlib.util
import inspect
import os
import sys
import types
import unittest

from fake_cloud import FakeCloud

ACTIONS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "actions")
sys.path.insert(0, ACTIONS)
sys.dont_write_bytecode = True


class Action(object):
    def __init__(self, config=None, action_service=None):
        self.config = config
        self.action_service = action_service


class Service(object):
    def __init__(self):
        self.keys = {}

    def get_value(self, name):
        return self.keys.get(name)

    def set_value(self, name, value, ttl):
        self.keys[name] = value

    def delete_value(self, name):
        self.keys.pop(name, None)


for module_name in ("st2common", "st2common.runners", "st2common.runners.base_action"):
    sys.modules.setdefault(module_name, types.ModuleType(module_name))
sys.modules["st2common.runners.base_action"].Action = Action


class Killed(BaseException):
    """The process is gone."""


def kill_after_start(_cloud, start):
    start()
    raise Killed()


class ActionsTest(unittest.TestCase):
    def setUp(self):
        self.cloud = FakeCloud()
        self.addCleanup(self.cloud.close)
        self.service = Service()

    def run_action(self, action, **parameters):
        spec = importlib.util.spec_from_file_location("action_under_test", os.path.join(ACTIONS, action + ".py"))
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found = [kind for _, kind in inspect.getmembers(module, inspect.isclass) if kind.__module__ == module.__name__]
        result = found[0](self.cloud.config(), self.service).run(**parameters)
        if isinstance(result, tuple):
            succeeded, result = result
            self.assertTrue(succeeded, result)
        return result

    def create_vm(self, name="web", key="k1", **more):
        return self.run_action("create_vm", name=name, image_id="i", flavor_id="2", idempotency_key=key, **more)

    def test_a_machine_is_built_and_described(self):
        machine = self.create_vm(metadata={"asg": "g"}, key_material="ssh-rsa AAA")
        expected = {"status": "ACTIVE", "created": True, "private_ips": ["127.10.0.1"], "public_ipv4": "127.20.0.1"}
        self.assertEqual({key: machine[key] for key in expected}, expected)
        self.assertEqual(machine["metadata"], {"asg": "g", "asg_token": "k1"})

    def test_a_repeated_create_adopts(self):
        first, second = self.create_vm(), self.create_vm()
        self.assertEqual((first["id"], second["created"]), (second["id"], False))

    def test_lost_answers_make_no_second_thing(self):
        cases = (
            ("/c/servers", lambda: self.create_vm(), lambda: self.cloud.servers),
            ("/l/loadbalancers", self.create_balancer, lambda: self.cloud.balancers),
            ("/d/domains", self.create_zone, lambda: self.cloud.zones),
        )
        for status in (None, 500, 503):
            for path, create, things in cases:
                with self.subTest(path=path, status=status):
                    self.cloud.servers.clear()
                    self.cloud.balancers.clear()
                    self.cloud.zones.clear()
                    self.cloud.faults.append(("POST", path, status, True))
                    create()
                    self.assertEqual(len(things()), 1)

    def test_a_create_that_never_arrived_is_sent_again(self):
        self.cloud.faults.append(("POST", "/c/servers", None, False))
        self.create_vm()
        self.assertEqual(len(self.cloud.servers), 1)

    def test_an_execution_is_a_key_as_well(self):
        os.environ["ST2_ACTION_EXECUTION_ID"] = "e1"
        self.addCleanup(os.environ.pop, "ST2_ACTION_EXECUTION_ID")
        self.create_vm(key=None)
        self.assertFalse(self.create_vm(key=None)["created"])

    def test_a_machine_in_error_fails(self):
        with self.assertRaisesRegex(Exception, "ERROR"):
            self.create_vm(name="bad")

    def test_limits_are_waited_out(self):
        self.cloud.faults += [("GET", "/c/servers", 413, False), ("POST", "/c/servers", 429, False)]
        self.create_vm()
        self.assertEqual(len(self.cloud.servers), 1)

    def test_deleting_by_key_finds_what_nobody_remembers(self):
        machine = self.create_vm()
        self.assertEqual(self.run_action("delete_vm", idempotency_key="k1"), {"deleted": [machine["id"]]})
        self.assertEqual(self.run_action("delete_vm", vm_id=machine["id"], idempotency_key="k1")["deleted"], [machine["id"]])
        self.assertEqual(self.cloud.servers, {})

    def test_lists_select_by_metadata(self):
        self.create_vm("a", "1", metadata={"asg": "g"})
        self.create_vm("b", "2", metadata={"asg": "h"})
        self.assertEqual(self.run_action("get_vm_names", metadata={"asg": "h"}), ["b"])
        self.assertEqual(self.run_action("get_vm_names", count=1), ["a"])
        self.assertEqual(len(self.run_action("get_vm_ids")), 2)

    def create_balancer(self):
        return self.run_action("create_loadbalancer", name="lb", port=80, protocol="HTTP")

    def test_a_balancer_is_known_by_its_virtual_address(self):
        balancer = self.create_balancer()
        self.assertEqual((balancer["ipv4_public"], balancer["status"]), ("127.30.0.1", "ACTIVE"))
        self.assertFalse(self.create_balancer()["created"])

    def test_members_come_drain_and_go(self):
        balancer = {"loadbalancer_id": self.create_balancer()["id"], "ip": "10.0.0.1"}
        self.cloud.faults.append(("POST", "/nodes", 422, False))
        member = self.run_action("add_node_to_loadbalancer", port="8080", **balancer)
        self.assertEqual((member["port"], member["condition"]), (8080, "ENABLED"))
        self.assertFalse(self.run_action("add_node_to_loadbalancer", port="8080", **balancer)["created"])
        drained = self.run_action("update_loadbalancer_node", condition="DRAINING", **balancer)
        self.assertEqual(drained["condition"], "DRAINING")
        self.assertEqual(self.run_action("delete_node_from_loadbalancer", **balancer), {"removed": True})
        self.assertEqual(self.run_action("delete_node_from_loadbalancer", **balancer), {"removed": False})
        self.assertIsNone(self.run_action("update_loadbalancer_node", condition="DRAINING", **balancer))

    def test_balancers_go_by_id_or_name_and_only_once(self):
        balancer_id = self.create_balancer()["id"]
        self.assertEqual(self.run_action("delete_loadbalancer", name="lb"), {"deleted": [balancer_id]})
        self.assertEqual(self.run_action("delete_loadbalancer", name="lb"), {"deleted": []})
        self.assertEqual(self.run_action("delete_loadbalancer", loadbalancer_id=balancer_id), {"deleted": [balancer_id]})

    def create_zone(self):
        return self.run_action("create_dns_zone", name="g.example.com", email_address="a@example.com")

    def test_records_come_and_go_with_their_zone(self):
        zone_id = self.create_zone()["id"]
        record = dict(zone_id=zone_id, name="a.g.example.com", type="A", data="10.0.0.1")
        created = self.run_action("create_dns_record", **record)
        self.assertEqual(created["created"], True)
        self.assertEqual(self.run_action("create_dns_record", **record)["created"], False)
        self.assertEqual(self.run_action("find_dns_record_id", zone_id=zone_id, name="a.g.example.com"), created["id"])
        gone = self.run_action("delete_dns_record", zone_id=zone_id, name="a.g.example.com")
        self.assertEqual(gone, {"deleted": [created["id"]]})
        self.assertEqual(self.run_action("list_dns_records", zone_id=zone_id), [])
        self.run_action("delete_dns_zone", zone_id=zone_id)
        self.assertEqual(self.run_action("delete_dns_zone", name="g.example.com"), {"deleted": []})
        self.assertEqual(self.run_action("delete_dns_record", zone_id=zone_id, name="a.g.example.com"), {"deleted": []})

    def create_record(self, zone_id):
        return self.run_action("create_dns_record", zone_id=zone_id, name="a.g.example.com", type="A", data="10.0.0.1")

    def test_a_record_that_a_killed_attempt_asked_for_is_waited_for(self):
        """Its job takes effect at the third look; no second job is started."""
        zone_id = self.create_zone()["id"]
        list_records, looks = self.cloud.list_records, []

        def list_after_two_looks(query, body, asked_zone_id):
            looks.append(1)
            if len(looks) == 3:
                for job_id in list(self.cloud.jobs):
                    self.cloud.get_job(None, None, job_id)
            return list_records(query, body, asked_zone_id)

        sys.modules["lib.dns"].run_job, run_job = kill_after_start, sys.modules["lib.dns"].run_job
        self.addCleanup(setattr, sys.modules["lib.dns"], "run_job", run_job)
        with self.assertRaises(Killed):
            self.create_record(zone_id)
        sys.modules["lib.dns"].run_job = run_job
        self.cloud.list_records = list_after_two_looks
        self.assertFalse(self.create_record(zone_id)["created"])
        self.assertEqual(len(self.cloud.posts("/records")), 1)
        self.assertEqual(self.service.keys, {})

    def test_what_a_killed_attempt_never_asked_for_is_asked_for(self):
        zone_id = self.create_zone()["id"]
        self.cloud.faults.append(("POST", "/records", None, False))
        self.assertTrue(self.create_record(zone_id)["created"])
        self.assertEqual(len(self.cloud.posts("/records")), 2)

    def test_a_duplicate_that_somebody_else_made_is_adopted(self):
        zone_id = self.create_zone()["id"]
        original = self.cloud.create_record

        def meanwhile(query, body, asked_zone_id):
            self.cloud.create_record = original
            self.cloud.records[asked_zone_id] = [dict(body["records"][0], id="A-99")]
            return original(query, body, asked_zone_id)

        self.cloud.create_record = meanwhile
        self.assertEqual(self.create_record(zone_id)["id"], "A-99")


if __name__ == "__main__":
    unittest.main()
