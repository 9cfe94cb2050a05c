from lib.action import RackspaceAction
from lib.dns import delete_zone, zone_named


class DeleteDNSZoneAction(RackspaceAction):
    def run(self, zone_id=None, name=None):
        if not (zone_id or name):
            return False, "either zone_id or name is needed"
        cloud = self.cloud()
        if not zone_id:
            zone = zone_named(cloud, name)
            if zone is None:
                return True, {"deleted": []}
            zone_id = str(zone["id"])
        delete_zone(cloud, zone_id)
        return True, {"deleted": [zone_id]}
