from lib.action import RackspaceAction
from lib.dns import create_record
from lib.formatters import record_result
from lib.intent import Intent


class CreateDNSRecordAction(RackspaceAction):
    def run(self, zone_id, name, data, type, priority=None, ttl=None, comment=None):
        intent = Intent(self.action_service, "record", zone_id, name, type, data)
        record = create_record(self.cloud(), intent, zone_id, name, type, data, ttl, priority, comment)
        return record_result(*record)
