import unittest

import harness  # noqa: F401
from lib import decide

NOW = 1000000


def group(**changes):
    facts = dict(
        status="idle",
        min_nodes=2,
        max_nodes=6,
        expand_by=2,
        expand_delay=10,
        deflate_by=1,
        deflate_delay=30,
        last_expand=0,
        last_deflate=0,
        last_recovery=0,
        last_failure=0,
        failures=0,
    )
    return dict(facts, **changes)


def nodes(*phases):
    return {"n%d" % number: {"phase": phase, "since": NOW - 100 + number} for number, phase in enumerate(phases)}


S = decide.IN_SERVICE
INCIDENT = {"1": {}}

# (what it shows, group, nodes, incidents, only, force) -> (direction, count, words of the reason)
CASES = (
    ("an incident expands", group(), nodes(S, S), INCIDENT, None, False, ("up", 2, "1 open incident")),
    ("the maximum caps the step", group(), nodes(S, S, S, S, S), INCIDENT, None, False, ("up", 1, "incident")),
    ("nodes being built count", group(), nodes(S, S, S, S, "planned", "built"), INCIDENT, None, False, ("hold", 0, "6 of at most 6")),
    ("force does not exceed the maximum", group(), nodes(S, S, S, S, S, S), {}, "up", True, ("hold", 0, "at most")),
    ("cooldown holds", group(last_expand=NOW - 599), nodes(S, S), INCIDENT, None, False, ("hold", 0, "too soon")),
    ("cooldown ends", group(last_expand=NOW - 600), nodes(S, S), INCIDENT, None, False, ("up", 2, "incident")),
    ("force skips the cooldown", group(last_expand=NOW), nodes(S, S), {}, "up", True, ("up", 2, "asked")),
    ("fractions of minutes", group(last_expand=NOW - 3, expand_delay=0.05), nodes(S, S), INCIDENT, None, False, ("up", 2, "incident")),
    ("deflation does not delay expansion", group(last_deflate=NOW), nodes(S, S), INCIDENT, None, False, ("up", 2, "incident")),
    ("below the minimum is repaired at once", group(last_expand=NOW), nodes(S), {}, None, False, ("up", 1, "at least 2")),
    ("a failed repair backs off", group(failures=1, last_failure=NOW - 599), nodes(S), {}, None, False, ("hold", 0, "too soon")),
    ("back-off grows", group(failures=2, last_failure=NOW - 1199), nodes(S), {}, None, False, ("hold", 0, "too soon")),
    ("back-off ends", group(failures=2, last_failure=NOW - 1200), nodes(S), {}, None, False, ("up", 1, "at least")),
    ("quiet deflates", group(), nodes(S, S, S, S), {}, None, False, ("down", 1, "quiet for 30 minutes")),
    ("never below the minimum", group(deflate_by=9), nodes(S, S, S), {}, None, False, ("down", 1, "quiet")),
    ("at the minimum nothing happens", group(), nodes(S, S), {}, None, False, ("hold", 0, "minimum of 2")),
    ("force does not go below the minimum", group(), nodes(S, S), {}, "down", True, ("hold", 0, "minimum of 2")),
    ("nodes being built do not serve yet", group(), nodes(S, S, "built"), {}, None, False, ("hold", 0, "minimum")),
    ("an expansion delays deflation", group(last_expand=NOW - 1799), nodes(S, S, S), {}, None, False, ("hold", 0, "too soon")),
    ("a deflation delays the next", group(last_deflate=NOW - 1799), nodes(S, S, S), {}, None, False, ("hold", 0, "too soon")),
    ("a recovery starts the clock", group(last_recovery=NOW - 1799), nodes(S, S, S), {}, None, False, ("hold", 0, "too soon")),
    ("no deflation during an incident", group(), nodes(S, S, S), INCIDENT, "down", False, ("hold", 0, "open incident")),
    ("broken nodes go at once", group(last_expand=NOW), nodes(S, S, "failed"), {}, None, False, ("down", 0, "1 broken")),
    ("busy groups are left alone", group(status="expanding"), nodes(S, S), INCIDENT, None, False, ("hold", 0, "expanding")),
    ("deleted groups are left alone", group(status="deleting"), nodes(), {}, None, True, ("hold", 0, "deleting")),
)


class DecideTest(unittest.TestCase):
    def test_decisions(self):
        for shows, facts, registry, incidents, only, force, expected in CASES:
            with self.subTest(shows):
                decision = decide.decide(facts, registry, incidents, NOW, only, force)
                self.assertEqual((decision.direction, decision.count), expected[:2], decision)
                self.assertIn(expected[2], decision.reason)

    def test_says_when_a_hold_ends(self):
        decision = decide.decide(group(last_expand=NOW - 100), nodes(S, S), INCIDENT, NOW)
        self.assertEqual(decision.not_before, NOW + 500)

    def test_takes_broken_nodes_first_then_the_oldest(self):
        registry = nodes(S, "failed", S, S)
        self.assertEqual(decide.pick_victims(registry, 1, 2, NOW), ["n1", "n0", "n2"])

    def test_a_build_that_never_ended_is_left_over(self):
        registry = nodes(S, "built")
        registry["n1"]["since"] = NOW - decide.LONGEST_BUILD - 1
        self.assertEqual(decide.leftovers(registry, NOW), ["n1"])
        self.assertEqual(decide.alive(registry, NOW), ["n0"])


if __name__ == "__main__":
    unittest.main()
