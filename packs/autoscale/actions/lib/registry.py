"""Steps on a group's registry of nodes. Pure: each gets the registry as an object and changes it."""
from lib import decide, names

PLANNED = "planned"


def reserve(nodes, owner, count, maximum, zone_name, now):
    """Returns the names that `owner` has reserved, adding what is missing to make `count`, never beyond `maximum`."""
    mine = [name for name, node in nodes.items() if node.get("by") == owner]
    known = {nodes[name]["token"] for name in mine}
    for index in range(count):
        token = names.token(owner, index)
        if token in known or len(mine) >= count or len(decide.alive(nodes, now)) >= maximum:
            continue
        name = names.host_name(token, nodes)
        nodes[name] = {
            "phase": PLANNED,
            "token": token,
            "fqdn": "%s.%s" % (name, zone_name),
            "by": owner,
            "since": int(now),
        }
        mine.append(name)
    return sorted(mine)


def note(nodes, name, phase, facts, now):
    """Moves a node to a phase and adds facts; returns the node, or None if it is not in the registry."""
    node = nodes.get(name)
    if node is None:
        return None
    node.update({key: value for key, value in (facts or {}).items() if value is not None})
    if phase and node["phase"] != phase:
        node["phase"] = phase
        node["since"] = int(now)
    return node


def condemn(nodes, minimum, at_most, owner, now):
    """Returns the names that `owner` removes: those it chose before, or else the victims, marked as draining."""
    mine = sorted(name for name, node in nodes.items() if node.get("removed_by") == owner)
    if mine:
        return mine
    victims = decide.pick_victims(nodes, minimum, at_most, now)
    for name in victims:
        note(nodes, name, decide.DRAINING, {"removed_by": owner}, now)
    return victims
