"""What a group should do now, and why. Pure: facts and the time go in, a decision comes out.

Order of the reasons: is the group free? which way? back-off after failures, cooldown, minimum and maximum.
Only a change that did something starts a cooldown; a failed one starts a back-off instead.
"""
import collections

UP, DOWN, HOLD = "up", "down", "hold"
IN_SERVICE, DRAINING, FAILED = "in_service", "draining", "failed"
BUSY = ("creating", "expanding", "deflating", "deleting")
LONGEST_BACK_OFF = 3600
# A node that is still being built after so many seconds has lost whoever was building it.
LONGEST_BUILD = 3600

Decision = collections.namedtuple("Decision", "direction count desired reason not_before")


def decide(group, nodes, incidents, now, only=None, force=False):
    """Returns a Decision. `only` asks about one direction; `force` ignores cooldowns, never minimum and maximum."""
    if group["status"] in BUSY:
        return _hold(len(alive(nodes, now)), "the group is %s" % group["status"])
    direction = only or _direction(group, nodes, incidents, now)
    if direction == UP:
        return _expand(group, nodes, incidents, now, force)
    return _deflate(group, nodes, incidents, now, force)


def alive(nodes, now):
    """Returns the names of nodes that serve or will."""
    return [name for name, node in nodes.items() if not _is_left_over(node, now)]


def in_service(nodes):
    return [name for name, node in nodes.items() if node["phase"] == IN_SERVICE]


def leftovers(nodes, now):
    """Returns the names of nodes that somebody failed to build or to remove, oldest first."""
    return _oldest_first(nodes, [name for name, node in nodes.items() if _is_left_over(node, now)])


def pick_victims(nodes, minimum, at_most, now):
    """Returns the names of nodes to remove: what is broken first, then the oldest; `minimum` stay in service."""
    serving = in_service(nodes)
    surplus = max(0, min(at_most, len(serving) - minimum))
    return leftovers(nodes, now) + _oldest_first(nodes, serving)[:surplus]


def _is_left_over(node, now):
    if node["phase"] in (DRAINING, FAILED):
        return True
    return node["phase"] != IN_SERVICE and node.get("since", now) + LONGEST_BUILD < now


def _direction(group, nodes, incidents, now):
    return UP if incidents or len(alive(nodes, now)) < group["min_nodes"] else DOWN


def _expand(group, nodes, incidents, now, force):
    count = len(alive(nodes, now))
    missing = group["min_nodes"] - count
    # Bringing a group back to its minimum is a repair: no cooldown holds it up.
    repair = missing > 0 and not incidents
    room = group["max_nodes"] - count
    if room <= 0:
        return _hold(count, "%d of at most %d nodes" % (count, group["max_nodes"]))
    cooled = 0 if repair else group["last_expand"] + group["expand_delay"] * 60
    not_before = max(cooled, _backed_off(group))
    if now < not_before and not force:
        return _hold(count, "too soon to expand", not_before)
    step = min(room, missing if repair else max(group["expand_by"], missing))
    if repair:
        reason = "%d of at least %d nodes" % (count, group["min_nodes"])
    else:
        reason = "%d open incident(s)" % len(incidents) if incidents else "asked to expand"
    return Decision(UP, step, count + step, reason, 0)


def _deflate(group, nodes, incidents, now, force):
    count = len(alive(nodes, now))
    if incidents and not force:
        return _hold(count, "%d open incident(s)" % len(incidents))
    if now < _backed_off(group) and not force:
        return _hold(count, "backing off after a failure", _backed_off(group))
    broken = len(leftovers(nodes, now))
    removable = len(pick_victims(nodes, group["min_nodes"], group["deflate_by"], now))
    surplus = removable - broken
    not_before = max(group["last_expand"], group["last_deflate"], group["last_recovery"]) + group["deflate_delay"] * 60
    if now < not_before and not force:
        if broken == 0:
            reason = "too soon to deflate" if surplus else "at the minimum of %d" % group["min_nodes"]
            return _hold(count, reason, not_before if surplus else 0)
        surplus = 0
    if broken + surplus == 0:
        return _hold(count, "at the minimum of %d" % group["min_nodes"])
    reason = "quiet for %g minutes" % group["deflate_delay"] if surplus else "%d broken node(s)" % broken
    return Decision(DOWN, surplus, count - surplus, reason, 0)


def _backed_off(group):
    if not group["failures"]:
        return 0
    pause = max(1, group["expand_delay"] * 60) * 2 ** min(group["failures"] - 1, 10)
    return group["last_failure"] + min(pause, LONGEST_BACK_OFF)


def _hold(count, reason, not_before=0):
    return Decision(HOLD, 0, count, reason, not_before)


def _oldest_first(nodes, names):
    return sorted(names, key=lambda name: (nodes[name].get("since", 0), name))
