from lib.action import GroupAction
from lib.groups import group_names


class LookupAction(GroupAction):
    def run(self, application_name):
        for name, fields in group_names(self.datastore()).items():
            if fields.get("application_name") == application_name:
                return True, name
        return False, "no group watches %s" % application_name
