from lib.action import RackspaceAction
from lib.dns import delete_record, find_records


class DeleteDNSRecordAction(RackspaceAction):
    def run(self, zone_id, record_id=None, name=None):
        if not (record_id or name):
            return False, "either record_id or name is needed"
        cloud = self.cloud()
        doomed = [record_id] if record_id else [record["id"] for record in find_records(cloud, zone_id, name)]
        for doomed_id in doomed:
            delete_record(cloud, zone_id, doomed_id)
        return True, {"deleted": doomed}
