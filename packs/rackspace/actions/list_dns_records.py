from lib.action import RackspaceAction
from lib.dns import list_records
from lib.formatters import record_result


class ListDNSRecordsAction(RackspaceAction):
    def run(self, zone_id):
        return [record_result(record) for record in list_records(self.cloud(), zone_id)]
