"""A group in the datastore: settings and state under their 2015 names, the registry of nodes, the lease.

Everything that two executions may change at once (`.nodes`, `.incidents`, `.lease`) changes by compare-and-set.
"""
import json
import random
import re
import time

from lib import decide

PREFIX = "asg."
GROUP_NAME = re.compile(r"^[a-z0-9][a-z0-9-]{0,30}$")
NUMBERS = ("min_nodes", "max_nodes", "expand_by", "expand_delay", "deflate_by", "deflate_delay")
ATTEMPTS = 400


class GroupError(Exception):
    """What was asked of a group cannot be done; the text says why."""


class Group(object):
    def __init__(self, datastore, name, now=time.time):
        self.name = name
        self.now = now
        self._datastore = datastore

    # Single values

    def key(self, field):
        return "%s%s.%s" % (PREFIX, self.name, field)

    def get(self, field):
        return self._datastore.get(self.key(field))

    def set(self, field, value, ttl=None):
        self._datastore.set(self.key(field), value, ttl)

    def fields(self):
        """Returns all values by field, in one look."""
        prefix = self.key("")
        return {name[len(prefix):]: value for name, value in self._datastore.list(prefix).items()}

    def forget(self):
        """Deletes every key; the ones that keep others away go last."""
        last = ("domain", "spec", "lease", "status")
        found = self.fields()
        for field in sorted(found, key=lambda field: (last.index(field) + 1 if field in last else 0, field)):
            self._datastore.delete(self.key(field))

    # Values that several executions change

    def change(self, field, step):
        """Applies `step` to the JSON object of a field until nobody interfered; returns what `step` returned.

        `step` gets the object, may change it, and may run more than once.
        """
        for _ in range(ATTEMPTS):
            stored = self.get(field)
            value = json.loads(stored) if stored else {}
            result = step(value)
            changed = json.dumps(value, sort_keys=True)
            if changed == (stored or "{}") or self._datastore.compare_and_set(self.key(field), stored, changed):
                return result
            time.sleep(random.uniform(0.005, 0.05))
        raise GroupError("%s is too busy: %d attempts to change it failed" % (self.key(field), ATTEMPTS))

    def nodes(self):
        return json.loads(self.get("nodes") or "{}")

    def incidents(self):
        return json.loads(self.get("incidents") or "{}")

    def change_nodes(self, step):
        """Changes the registry and brings `total_nodes` in line; whoever writes last has looked after writing."""
        result = self.change("nodes", step)
        while True:
            count = len(decide.in_service(self.nodes()))
            if self.get("total_nodes") != str(count):
                self.set("total_nodes", count)
            if len(decide.in_service(self.nodes())) == count:
                return result

    # The lease: one change of a group at a time

    def lease(self):
        """Returns the lease that holds now, or None."""
        held = json.loads(self.get("lease") or "null")
        return held if held and held["until"] > self.now() else None

    def take_lease(self, owner, verb, seconds, take_over_from=None):
        """Returns whether `owner` holds the lease now; a lease it holds already is left as it is."""
        stored = self.get("lease")
        held = json.loads(stored) if stored else None
        if held and held["until"] > self.now():
            if held["owner"] == owner:
                return True
            if held["owner"] != take_over_from:
                return False
        lease = {"owner": owner, "verb": verb, "until": int(self.now() + seconds)}
        return self._datastore.compare_and_set(self.key("lease"), stored, json.dumps(lease, sort_keys=True), ttl=seconds)

    def extend_lease(self, owner, **notes):
        """Writes notes into the lease that `owner` holds; they outlive a kill of whoever wrote them."""
        stored = self.get("lease")
        held = json.loads(stored) if stored else {}
        if held.get("owner") != owner:
            raise GroupError("the lease of the group %s is lost" % self.name)
        text = json.dumps(dict(held, **notes), sort_keys=True)
        if not self._datastore.compare_and_set(self.key("lease"), stored, text, ttl=self._left(held)):
            raise GroupError("the lease of the group %s is lost" % self.name)

    def _left(self, held):
        return max(1, int(held["until"] - self.now()))

    def drop_lease(self, owner):
        held = self.lease()
        if held and held["owner"] == owner:
            self._datastore.delete(self.key("lease"))

    # Views

    def exists(self):
        return self.get("domain") is not None

    def require(self):
        if not self.exists():
            raise GroupError("there is no autoscaling group %s" % self.name)

    def facts(self, fields=None):
        """Returns the group as `decide` wants it."""
        return facts(self.fields() if fields is None else fields, self.now())


def facts(fields, now):
    """Returns numbers and status from the texts of a group's keys."""
    result = {name: float(fields[name]) for name in NUMBERS}
    for name in ("min_nodes", "max_nodes", "expand_by", "deflate_by"):
        result[name] = int(result[name])
    for name in ("last_expand", "last_deflate", "last_recovery", "last_failure"):
        result[name] = float(fields.get(name + "_timestamp") or 0)
    result["failures"] = int(fields.get("failures") or 0)
    result["status"] = fields.get("status") or "idle"
    held = json.loads(fields.get("lease") or "null")
    if held and held["until"] > now:
        result["status"] = held["verb"]
    elif result["status"] in ("expanding", "deflating"):
        # Its lease ran out: whoever changed the group is gone.
        result["status"] = "idle"
    return result


def group_names(datastore):
    """Returns the names of all groups, and their keys by field."""
    groups = {}
    for key, value in datastore.list(PREFIX).items():
        name, _, field = key[len(PREFIX):].partition(".")
        groups.setdefault(name, {})[field] = value
    return {name: fields for name, fields in sorted(groups.items()) if "domain" in fields}
