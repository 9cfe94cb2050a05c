from lib.action import RackspaceAction
from lib.dns import zone_named


class FindDNSZoneIdAction(RackspaceAction):
    def run(self, name):
        zone = zone_named(self.cloud(), name)
        if zone is None:
            return False, "no zone is named %s" % name
        return True, str(zone["id"])
