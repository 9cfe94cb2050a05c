"""Cloud DNS: every write is a job; what a job says exists already is looked up and adopted."""
import urllib.parse

from lib import web
from lib.cloud import DNS, create_once
from lib.deadline import DeadlineExceeded

CONFLICT = 409
LOOKS_AFTER_CONFLICT = 5


class JobFailed(Exception):
    """A DNS job ended in ERROR."""

    def __init__(self, error):
        super().__init__("DNS job failed: %s %s" % (error.get("message"), error.get("details", "")))
        codes = [error.get("code")] + [fault.get("code") for fault in error.get("failedItems", {}).get("faults", [])]
        self.conflict = CONFLICT in codes
        self.missing = 404 in codes


def list_zones(cloud, name=None):
    query = "?name=" + urllib.parse.quote(name) if name else ""
    return _all_pages(cloud, "/domains" + query, "domains")


def zone_named(cloud, name):
    """Returns the zone of exactly this name, or None."""
    return next((zone for zone in list_zones(cloud, name) if zone["name"] == name), None)


def create_zone(cloud, intent, name, email_address, ttl=None, comment=None):
    """Returns `(zone, created)`; one of this name is adopted."""
    body = _without_nulls({"name": name, "emailAddress": email_address, "ttl": ttl, "comment": comment})

    def create():
        answer = run_job(cloud, lambda: cloud.post(DNS, "/domains", {"domains": [body]}))
        return answer["domains"][0]

    return _create_or_adopt(cloud, intent, lambda: zone_named(cloud, name), create, "zone %s" % name)


def delete_zone(cloud, zone_id):
    """Deletes a zone with its records; a zone that is gone is as good as deleted."""
    _run_deletion(cloud, "/domains/%s" % zone_id)


def list_records(cloud, zone_id, name=None, record_type=None):
    query = urllib.parse.urlencode(_without_nulls({"name": name, "type": record_type}))
    path = "/domains/%s/records" % zone_id
    return _all_pages(cloud, path + ("?" + query if query else ""), "records")


def find_records(cloud, zone_id, name, record_type=None, data=None):
    """Returns the records of exactly this name (type, data: if given); none if the zone is gone."""
    try:
        records = list_records(cloud, zone_id, name, record_type)
    except web.HttpError as error:
        if error.status in (404, 410):
            return []
        raise
    return [
        record
        for record in records
        if record["name"] == name and (data is None or record["data"] == data)
    ]


def create_record(cloud, intent, zone_id, name, record_type, data, ttl=None, priority=None, comment=None):
    """Returns `(record, created)`; one with this name, type and data is adopted."""
    body = {"name": name, "type": record_type, "data": data, "ttl": ttl, "priority": priority, "comment": comment}

    def find():
        return next(iter(find_records(cloud, zone_id, name, record_type, data)), None)

    def create():
        path = "/domains/%s/records" % zone_id
        answer = run_job(cloud, lambda: cloud.post(DNS, path, {"records": [_without_nulls(body)]}))
        return answer["records"][0]

    return _create_or_adopt(cloud, intent, find, create, "record %s" % name)


def delete_record(cloud, zone_id, record_id):
    _run_deletion(cloud, "/domains/%s/records/%s" % (zone_id, record_id))


def run_job(cloud, start):
    """Starts a job and returns its response once it is COMPLETED."""
    job = start()
    while job["status"] == "RUNNING":
        cloud.deadline.pause("DNS job %s" % job["jobId"])
        job = cloud.get(DNS, "/status/%s?showDetails=true" % job["jobId"])
    if job["status"] == "ERROR":
        raise JobFailed(job.get("error", {}))
    return job.get("response") or {}


def _run_deletion(cloud, path):
    def start():
        return cloud.delete(DNS, path) or {"status": "COMPLETED"}

    try:
        run_job(cloud, start)
    except JobFailed as error:
        if not error.missing:
            raise


def _create_or_adopt(cloud, intent, find, create, what):
    """Returns `(thing, created)`: what an earlier attempt asked for gets the time to appear."""

    def find_patiently():
        return _await_earlier_attempt(cloud, find, what)

    def declare_and_create():
        intent.declare()
        return create()

    look = find_patiently if intent.declared() else find
    for looks_left in range(LOOKS_AFTER_CONFLICT, -1, -1):
        try:
            result = create_once(look, declare_and_create, cloud.deadline, what, find_patiently)
            break
        except JobFailed as error:
            # Refused as a duplicate: somebody got there between our look and our job.
            if not error.conflict or looks_left == 0:
                raise
            cloud.deadline.pause(what)
    intent.fulfilled()
    return result


def _await_earlier_attempt(cloud, find, what):
    patience = cloud.deadline.part(cloud.settle_seconds)
    while True:
        found = find()
        if found is not None:
            return found
        try:
            patience.pause(what)
        except DeadlineExceeded:
            return None


def _all_pages(cloud, path, collection):
    items = []
    separator = "&" if "?" in path else "?"
    while True:
        page = cloud.get(DNS, "%s%soffset=%d" % (path, separator, len(items)))
        items.extend(page[collection])
        if not page[collection] or len(items) >= page.get("totalEntries", 0):
            return items


def _without_nulls(body):
    return {key: value for key, value in body.items() if value is not None}
