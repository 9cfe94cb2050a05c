from lib.action import RackspaceAction
from lib.dns import delete_zone


class DeleteDNSZoneAction(RackspaceAction):
    def run(self, zone_id):
        delete_zone(self.cloud(), zone_id)
        return True
