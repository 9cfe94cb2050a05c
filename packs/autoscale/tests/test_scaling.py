"""Plans, leases, the registry and incidents, with two at once and with a kill before every single write."""
import json
import unittest

from harness import Crash, Pack
from lib.groups import GroupError


def incident(pack, number="1"):
    return pack.run("open_incident", application="shop", incident_id=number)


def plan(pack, owner="expand", direction="up", **more):
    return pack.run("plan_scaling", asg="web", direction=direction, owner=owner, **more)


def finish(pack, names, owner="expand", direction="up"):
    return pack.run("finish_scaling", asg="web", direction=direction, owner=owner, names=names)


class ScalingTest(unittest.TestCase):
    def setUp(self):
        self.pack = Pack()

    def test_creation_writes_the_keys_of_2015(self):
        names = self.pack.create()
        self.assertEqual(len(names), 2)
        expected = {
            "status": "idle",
            "total_nodes": "2",
            "active_incident": "False",
            "min_nodes": "2",
            "max_nodes": "5",
            "expand_delay": "10",
            "domain": "example.com",
            "application_name": "shop",
            "channel": "#bot-testing",
            "vm_image_id": "image",
        }
        for field, value in expected.items():
            self.assertEqual(self.pack.key(field), value, field)

    def test_a_second_group_of_the_name_is_refused(self):
        self.pack.create()
        with self.assertRaisesRegex(GroupError, "there is a group web already"):
            self.pack.run("group_open", name="web", owner="other", wanted=ScalingTest.wanted())

    def test_names_with_a_dot_are_refused(self):
        with self.assertRaisesRegex(GroupError, "lower-case"):
            self.pack.run("group_open", name="we.b", owner="create", wanted=ScalingTest.wanted())

    @staticmethod
    def wanted():
        return dict(domain="d", application_name="shop", min_nodes=1, max_nodes=2, expand_by=1, expand_delay=1, deflate_by=1, deflate_delay=1)

    def test_an_incident_expands_up_to_the_maximum(self):
        self.pack.create()
        incident(self.pack)
        self.assertEqual(self.pack.key("active_incident"), "True")
        first = plan(self.pack)
        self.assertTrue(first["go"])
        self.assertEqual(self.pack.key("status"), "expanding")
        self.pack.serve(*first["names"])
        self.assertEqual(finish(self.pack, first["names"])["in_service"], 4)
        self.assertEqual(self.pack.key("status"), "idle")
        self.assertFalse(plan(self.pack, "again")["go"])
        self.pack.time += 601
        self.assertEqual(plan(self.pack, "again")["count"], 1)

    def test_two_pulses_at_once_act_once(self):
        self.pack.create()
        incident(self.pack)
        others = []
        self.pack.service.interfere = lambda: others.append(plan(self.pack, "second"))
        mine = plan(self.pack, "first")
        self.assertEqual([mine["go"], others[0]["go"]], [False, True])

    def test_a_lease_that_ran_out_holds_nobody_up(self):
        self.pack.create()
        incident(self.pack)
        self.assertTrue(plan(self.pack, "lost")["go"])
        self.assertFalse(plan(self.pack, "next")["go"])
        self.pack.time += 601
        self.assertTrue(plan(self.pack, "next")["go"])

    def test_deflation_marks_the_oldest_and_keeps_the_minimum(self):
        names = self.pack.create(deflate_by=5)
        incident(self.pack)
        more = plan(self.pack)["names"]
        self.pack.time += 1
        self.pack.serve(*more)
        finish(self.pack, more)
        self.pack.run("close_incident", application="shop", incident_id="1")
        self.pack.time += 1801
        down = plan(self.pack, "deflate", "down")
        self.assertEqual(sorted(down["names"]), sorted(names))
        for name in down["names"]:
            self.pack.run("node_forget", asg="web", name=name)
        finish(self.pack, down["names"], "deflate", "down")
        self.assertEqual((self.pack.key("total_nodes"), self.pack.key("desired")), ("2", "2"))

    def test_two_alerts_and_one_recovery_is_not_recovered(self):
        self.pack.create()
        incident(self.pack, "1")
        incident(self.pack, "2")
        self.pack.run("close_incident", application="shop", incident_id="1")
        self.assertEqual(self.pack.key("active_incident"), "True")
        self.pack.run("close_incident", application="shop", incident_id="2")
        self.assertEqual(self.pack.key("active_incident"), "False")

    def test_a_recovery_without_an_id_closes_all_of_the_application(self):
        self.pack.create()
        incident(self.pack, "1")
        incident(self.pack, "2")
        self.pack.run("close_incident", application="shop")
        self.assertEqual(json.loads(self.pack.key("incidents")), {})

    def test_a_host_leads_to_its_group(self):
        host = self.pack.create()[0]
        touched = self.pack.run("open_incident", application="other", incident_id="1", entities=[host])
        self.assertEqual([group["asg"] for group in touched["groups"]], ["web"])

    def test_a_failed_expansion_backs_off_instead_of_cooling_down(self):
        self.pack.create()
        incident(self.pack)
        names = plan(self.pack)["names"]
        self.pack.run("node_forget", asg="web", name=names[0])
        self.pack.run("node_forget", asg="web", name=names[1])
        self.assertFalse(finish(self.pack, names)["complete"])
        self.assertEqual(self.pack.key("last_expand_timestamp"), "0")
        self.assertFalse(plan(self.pack, "again")["go"])

    def test_the_governor_pulses_only_what_is_due(self):
        self.pack.create()
        self.pack.run("governor")
        self.assertEqual(self.pack.service.dispatched, [])
        incident(self.pack)
        self.pack.run("governor")
        expected = {"asg": "web", "desired": 4, "reason": "1 open incident(s)"}
        self.assertEqual(self.pack.service.dispatched, [("autoscale.ScaleUpPulse", expected)])

    def test_the_governor_survives_a_group_it_cannot_read(self):
        self.pack.create()
        self.pack.service.keys["asg.broken.domain"] = "example.com"
        incident(self.pack)
        seen = self.pack.run("governor")
        self.assertIn("cannot be read", seen["broken"])
        self.assertEqual(len(self.pack.service.dispatched), 1)

    def test_deletion_waits_for_a_change_and_leaves_no_key(self):
        self.pack.create()
        incident(self.pack)
        names = plan(self.pack)["names"]
        self.assertFalse(self.pack.run("group_close", asg="web", owner="delete")["ready"])
        self.pack.serve(*names)
        finish(self.pack, names)
        closed = self.pack.run("group_close", asg="web", owner="delete")
        self.assertEqual((closed["ready"], len(closed["names"])), (True, 4))
        with self.assertRaisesRegex(GroupError, "being deleted"):
            self.pack.run("reserve_node", asg="web", owner="late")
        self.pack.run("group_forget", asg="web")
        self.assertEqual(self.pack.service.keys, {})

    def test_a_lost_node_can_still_be_condemned(self):
        self.pack.create()
        known = {"vm_id": "s1", "ip": "10.0.0.1", "token": "t"}
        condemned = self.pack.run("node_condemn", asg="gone", name="x", known=known, drain_seconds=0)
        self.assertEqual((condemned["vm_id"], condemned["has_machine"], condemned["in_balancer"]), ("s1", True, False))

    def test_status_counts_and_looks_ahead(self):
        self.pack.create()
        incident(self.pack)
        report = self.pack.run("asg_status", asg="web")
        self.assertEqual((report["in_service"], report["next"]["direction"]), (2, "up"))
        self.assertEqual(self.pack.run("asg_status"), {"web": report})

    def test_lookup_compares_the_application_only(self):
        self.pack.create()
        self.assertEqual(self.pack.run("lookup", application_name="shop"), (True, "web"))
        self.assertEqual(self.pack.run("lookup", application_name="example.com")[0], False)


class KilledTest(unittest.TestCase):
    """Each action is killed before its first, second, ... write, repeated, and has to end as if nothing had happened."""

    def prepare(self):
        pack = Pack()
        pack.create()
        incident(pack)
        return pack

    def check(self, prepare, step):
        undisturbed = prepare()
        expected_result = step(undisturbed)
        expected_keys = dict(undisturbed.service.keys)
        kills = 0
        while True:
            pack = prepare()
            pack.service.crash_before = pack.service.writes + kills
            try:
                step(pack)
            except Crash:
                kills += 1
                pack.service.crash_before = None
                self.assertEqual(step(pack), expected_result, "after a kill before write %d" % kills)
                self.assertEqual(pack.service.keys, expected_keys, "after a kill before write %d" % kills)
            else:
                self.assertGreater(kills, 0)
                return

    def test_opening(self):
        wanted = ScalingTest.wanted()
        self.check(Pack, lambda pack: pack.run("group_open", name="web", owner="create", wanted=wanted))

    def test_planning_up(self):
        self.check(self.prepare, plan)

    def test_planning_down(self):
        def prepare():
            pack = Pack()
            pack.create(min_nodes=3)
            pack.service.keys["asg.web.min_nodes"] = "1"
            pack.time += 3600
            return pack

        self.check(prepare, lambda pack: plan(pack, direction="down"))

    def test_reserving(self):
        self.check(self.prepare, lambda pack: pack.run("reserve_node", asg="web", owner="add"))

    def test_entering_service(self):
        def prepare():
            pack = self.prepare()
            pack.name = pack.run("reserve_node", asg="web", owner="add")["name"]
            return pack

        self.check(prepare, lambda pack: pack.run("node_note", asg="web", name=pack.name, phase="in_service"))

    def test_finishing(self):
        def prepare():
            pack = self.prepare()
            pack.names = plan(pack)["names"]
            pack.serve(*pack.names)
            return pack

        self.check(prepare, lambda pack: finish(pack, pack.names))

    def test_closing_and_forgetting(self):
        def step(pack):
            if pack.key("domain"):
                pack.run("group_close", asg="web", owner="delete")
            return pack.run("group_forget", asg="web")

        self.check(self.prepare, step)

    def test_incidents(self):
        self.check(self.prepare, lambda pack: pack.run("close_incident", application="shop", incident_id="1")["groups"][0]["open"])


if __name__ == "__main__":
    unittest.main()
