from lib.action import RackspaceAction
from lib.dns import find_records


class FindDNSRecordIdAction(RackspaceAction):
    def run(self, zone_id, name):
        records = find_records(self.cloud(), zone_id, name)
        if not records:
            return False, "zone %s has no record %s" % (zone_id, name)
        return True, records[0]["id"]
