from lib.action import RackspaceAction
from lib.dns import create_zone
from lib.formatters import zone_result


class CreateDNSZoneAction(RackspaceAction):
    def run(self, name, email_address, ttl=None, comment=None):
        return zone_result(*create_zone(self.cloud(), name, email_address, ttl, comment))
