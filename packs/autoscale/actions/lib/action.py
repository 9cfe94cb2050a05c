"""What every action of this pack stands on."""
from st2common.runners.base_action import Action

from lib.datastore import Datastore
from lib.groups import Group
from lib.settings import configured, settings


class GroupAction(Action):
    def datastore(self):
        return Datastore(self.action_service)

    def group(self, name):
        return Group(self.datastore(), name)

    def setting(self, name):
        return configured(self.config, name)

    def settings(self, group, fields=None):
        return settings(self.config, group.name, group.fields() if fields is None else fields)
