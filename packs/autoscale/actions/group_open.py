import json

from lib import registry
from lib.action import GroupAction
from lib.groups import GROUP_NAME, NUMBERS, GroupError
from lib.settings import IN_SPEC

KEYS = NUMBERS + ("domain", "application_name", "channel", "vm_size_id", "vm_image_id")


class GroupOpenAction(GroupAction):
    def run(self, name, owner, wanted):
        wanted = self._with_defaults(wanted)
        self._check(name, wanted)
        group = self.group(name)
        if not group.take_lease(owner, "creating", self.setting("lease_seconds")):
            raise GroupError("the group %s is being changed by somebody else" % name)
        status = group.get("status")
        if group.exists() and status != "creating":
            group.drop_lease(owner)
            raise GroupError("there is a group %s already" % name)
        group.set("status", "creating")
        group.set("spec", json.dumps({key: wanted[key] for key in IN_SPEC if wanted.get(key) is not None}, sort_keys=True))
        for key in KEYS:
            if wanted.get(key) is not None:
                group.set(key, wanted[key])
        group.set("active_incident", False)
        group.set("last_expand_timestamp", 0)
        group.set("last_deflate_timestamp", int(group.now()))
        group.set("desired", wanted["min_nodes"])
        settings = self.settings(group)
        settings["names"] = group.change_nodes(
            lambda nodes: registry.reserve(
                nodes, owner, wanted["min_nodes"], wanted["max_nodes"], settings["zone_name"], group.now()
            )
        )
        return settings

    def _with_defaults(self, wanted):
        given = {key: value for key, value in wanted.items() if value is not None}
        for key in ("channel", "vm_size_id", "vm_image_id") + IN_SPEC:
            given.setdefault(key, self.setting(key))
        return given

    @staticmethod
    def _check(name, wanted):
        if not GROUP_NAME.match(name):
            raise GroupError("a group's name has lower-case letters, digits and hyphens only, at most 31: %r" % name)
        for key in NUMBERS + ("domain",):
            if key not in wanted:
                raise GroupError("%s is missing" % key)
        if not wanted["vm_image_id"]:
            raise GroupError("vm_image_id is neither a parameter nor configured")
        if not 0 <= wanted["min_nodes"] <= wanted["max_nodes"]:
            raise GroupError("min_nodes %(min_nodes)s and max_nodes %(max_nodes)s do not fit" % wanted)
        for key in ("expand_by", "deflate_by"):
            if wanted[key] < 1:
                raise GroupError("%s has to be at least 1" % key)
        for key in ("expand_delay", "deflate_delay"):
            if wanted[key] < 0:
                raise GroupError("%s can not be negative" % key)
