"""What every action of this pack stands on."""
from st2common.runners.base_action import Action

from lib.cloud import Cloud


class RackspaceAction(Action):
    def cloud(self, region=None):
        return Cloud(self.config, region)
