from lib.action import RackspaceAction
from lib.dns import create_record
from lib.formatters import record_result


class CreateDNSRecordAction(RackspaceAction):
    def run(self, zone_id, name, data, type, priority=None, ttl=None, comment=None):
        return record_result(*create_record(self.cloud(), zone_id, name, type, data, ttl, priority, comment))
