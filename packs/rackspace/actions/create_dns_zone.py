from lib.action import RackspaceAction
from lib.dns import create_zone
from lib.formatters import zone_result
from lib.intent import Intent


class CreateDNSZoneAction(RackspaceAction):
    def run(self, name, email_address, ttl=None, comment=None):
        intent = Intent(self.action_service, "zone", name)
        return zone_result(*create_zone(self.cloud(), intent, name, email_address, ttl, comment))
