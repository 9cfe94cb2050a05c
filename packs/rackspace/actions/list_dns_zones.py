from lib.action import RackspaceAction
from lib.dns import list_zones
from lib.formatters import zone_result


class ListDNSZonesAction(RackspaceAction):
    def run(self):
        return [zone_result(zone) for zone in list_zones(self.cloud())]
