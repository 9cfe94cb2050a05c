"""A cloud in one small server: enough of identity, servers, load balancers and DNS for this pack's tests.

Everything is ready at the second look. `faults` is a list of `(method, part of the path, status or None, apply)`, each
used once: the request is answered with the status (None: the connection is dropped), and takes effect if `apply`.
"""
import http.server
import json
import re
import threading
import urllib.parse


class FakeCloud(object):
    def __init__(self):
        self.servers, self.balancers, self.zones, self.records, self.jobs = {}, {}, {}, {}, {}
        self.keypairs = set()
        self.faults, self.log = [], []
        self._number = 0
        cloud = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def _serve(self):
                cloud.serve(self)

            do_GET = do_POST = do_PUT = do_DELETE = _serve

            def log_message(self, *_):
                pass

        self._httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._httpd.daemon_threads = True
        self._lock = threading.Lock()
        self.url = "http://127.0.0.1:%d" % self._httpd.server_address[1]
        threading.Thread(target=self._httpd.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self):
        self._httpd.shutdown()
        self._httpd.server_close()

    def config(self):
        return {
            "username": "u",
            "api_key": "k",
            "identity_url": self.url + "/identity/v2.0",
            "poll_seconds": 0.01,
            "deadline_seconds": 5,
            "dns_settle_seconds": 0.2,
        }

    def posts(self, part):
        return [path for method, path in self.log if method == "POST" and part in path]

    def serve(self, handler):
        length = int(handler.headers.get("Content-Length") or 0)
        body = json.loads(handler.rfile.read(length) or b"null")
        url = urllib.parse.urlsplit(handler.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        with self._lock:
            self.log.append((handler.command, url.path))
            fault = self._take_fault(handler.command, url.path)
            if fault is None or fault[3]:
                status, answer = self._route(handler.command, url.path, query, body)
            if fault is not None:
                status, answer = fault[2], {"message": "is considered immutable", "code": fault[2]}
        if status is None:
            handler.close_connection = True
            return
        handler.send_response(status)
        if status in (413, 429):
            handler.send_header("Retry-After", "0.01")
        handler.end_headers()
        handler.wfile.write(json.dumps(answer).encode("utf-8"))

    def _take_fault(self, method, path):
        for fault in self.faults:
            if fault[0] == method and fault[1] in path:
                self.faults.remove(fault)
                return fault
        return None

    def _next(self):
        self._number += 1
        return self._number

    def _route(self, method, path, query, body):
        for verb, pattern, answer in ROUTES:
            match = re.fullmatch(pattern, path)
            if verb == method and match:
                return getattr(self, answer.__name__)(query, body, *match.groups())
        return 404, {"message": "no such thing"}

    def identity(self, _query, _body):
        kinds = (("compute", "c"), ("rax:load-balancer", "l"), ("rax:dns", "d"))
        catalogue = [
            {"type": kind, "endpoints": [{"region": "SIM", "publicURL": "%s/%s" % (self.url, path)}]} for kind, path in kinds
        ]
        user = {"RAX-AUTH:defaultRegion": "SIM"}
        return 200, {"access": {"token": {"id": "t"}, "user": user, "serviceCatalog": catalogue}}

    def list_servers(self, query, _body):
        return 200, {"servers": [s for s in self.servers.values() if query.get("name", "") in s["name"]]}

    def create_server(self, _query, body):
        number = self._next()
        addresses = {
            "public": [{"addr": "127.20.0.%d" % number, "version": 4}, {"addr": "fd20::1", "version": 6}],
            "private": [{"addr": "127.10.0.%d" % number, "version": 4}],
        }
        server = dict(body["server"], id="s%d" % number, status="BUILD", addresses=addresses)
        self.servers[server["id"]] = server
        return 202, {"server": {"id": server["id"]}}

    def get_server(self, _query, _body, server_id):
        server = self.servers.get(server_id)
        if server is None:
            return 404, {"itemNotFound": {"code": 404}}
        answer = dict(server)
        server["status"] = "ERROR" if server["name"].startswith("bad") else "ACTIVE"
        return 200, {"server": answer}

    def delete_server(self, _query, _body, server_id):
        return (204, None) if self.servers.pop(server_id, None) else (404, {})

    def create_keypair(self, _query, body):
        name = body["keypair"]["name"]
        if name in self.keypairs:
            return 409, {"conflictingRequest": {"code": 409}}
        self.keypairs.add(name)
        return 200, body

    def list_balancers(self, _query, _body):
        return 200, {"loadBalancers": list(self.balancers.values())}

    def create_balancer(self, _query, body):
        number = self._next()
        balancer = dict(body["loadBalancer"], id=number, status="BUILD", nodes=[], algorithm="RANDOM", cluster={"name": "c"})
        balancer["virtualIps"] = [{"id": 1, "address": "127.30.0.1", "type": "PUBLIC", "ipVersion": "IPV4"}]
        balancer["sourceAddresses"] = {"ipv4Public": "127.99.0.1", "ipv4Servicenet": "127.99.0.2"}
        self.balancers[str(number)] = balancer
        return 202, {"loadBalancer": dict(balancer)}

    def get_balancer(self, _query, _body, balancer_id):
        balancer = self.balancers.get(balancer_id)
        if balancer is None:
            return 404, {"code": 404}
        answer = dict(balancer)
        balancer["status"] = {"PENDING_DELETE": "DELETED", "DELETED": "DELETED"}.get(balancer["status"], "ACTIVE")
        return 200, {"loadBalancer": answer}

    def delete_balancer(self, _query, _body, balancer_id):
        self.balancers[balancer_id]["status"] = "PENDING_DELETE"
        return 202, None

    def list_members(self, _query, _body, balancer_id):
        return 200, {"nodes": self.balancers[balancer_id]["nodes"]}

    def add_member(self, _query, body, balancer_id):
        members = self.balancers[balancer_id]["nodes"]
        wanted = body["nodes"][0]
        if any(m["address"] == wanted["address"] and m["port"] == wanted["port"] for m in members):
            return 413, {"message": "Duplicate nodes detected.", "code": 413}
        members.append(dict(wanted, id=self._next()))
        return 202, {"nodes": [members[-1]]}

    def put_member(self, _query, body, balancer_id, member_id):
        for member in self.balancers[balancer_id]["nodes"]:
            if str(member["id"]) == member_id:
                member.update(body["node"])
                return 202, None
        return 404, {}

    def delete_member(self, _query, _body, balancer_id, member_id):
        members = self.balancers[balancer_id]["nodes"]
        members[:] = [member for member in members if str(member["id"]) != member_id]
        return 202, None

    def _job(self, work):
        job_id = "j%d" % self._next()
        self.jobs[job_id] = work
        return 202, {"jobId": job_id, "status": "RUNNING"}

    def get_job(self, _query, _body, job_id):
        work = self.jobs[job_id]
        outcome = work() if callable(work) else work
        self.jobs[job_id] = outcome
        return 200, dict(outcome, jobId=job_id)

    def list_zones(self, query, _body):
        zones = [zone for zone in self.zones.values() if query.get("name", zone["name"]) == zone["name"]]
        return 200, {"domains": zones, "totalEntries": len(zones)}

    def create_zone(self, _query, body):
        def work():
            zone = dict(body["domains"][0], id=self._next())
            if any(known["name"] == zone["name"] for known in self.zones.values()):
                return {"status": "ERROR", "error": {"code": 409, "message": "exists"}}
            self.zones[str(zone["id"])] = zone
            return {"status": "COMPLETED", "response": {"domains": [zone]}}

        return self._job(work)

    def delete_zone(self, _query, _body, zone_id):
        if zone_id not in self.zones:
            return 404, {}
        return self._job(lambda: {"status": "COMPLETED", "response": self.zones.pop(zone_id, None) and None})

    def list_records(self, query, _body, zone_id):
        if zone_id not in self.zones:
            return 404, {}
        records = [
            record
            for record in self.records.get(zone_id, [])
            if all(query.get(key, record[key]) == record[key] for key in ("name", "type"))
        ]
        return 200, {"records": records, "totalEntries": len(records)}

    def create_record(self, _query, body, zone_id):
        def work():
            record = dict(body["records"][0], id="A-%d" % self._next())
            known = self.records.setdefault(zone_id, [])
            if any(all(k[key] == record[key] for key in ("name", "type", "data")) for k in known):
                return {"status": "ERROR", "error": {"code": 409, "message": "duplicate"}}
            known.append(record)
            return {"status": "COMPLETED", "response": {"records": [record]}}

        return self._job(work)

    def delete_record(self, _query, _body, zone_id, record_id):
        def work():
            self.records[zone_id] = [record for record in self.records.get(zone_id, []) if record["id"] != record_id]
            return {"status": "COMPLETED"}

        return self._job(work)


ROUTES = (
    ("POST", r"/identity/v2.0/tokens", FakeCloud.identity),
    ("GET", r"/c/servers/detail", FakeCloud.list_servers),
    ("POST", r"/c/servers", FakeCloud.create_server),
    ("GET", r"/c/servers/([^/]+)", FakeCloud.get_server),
    ("DELETE", r"/c/servers/([^/]+)", FakeCloud.delete_server),
    ("POST", r"/c/os-keypairs", FakeCloud.create_keypair),
    ("GET", r"/l/loadbalancers", FakeCloud.list_balancers),
    ("POST", r"/l/loadbalancers", FakeCloud.create_balancer),
    ("GET", r"/l/loadbalancers/(\d+)", FakeCloud.get_balancer),
    ("DELETE", r"/l/loadbalancers/(\d+)", FakeCloud.delete_balancer),
    ("GET", r"/l/loadbalancers/(\d+)/nodes", FakeCloud.list_members),
    ("POST", r"/l/loadbalancers/(\d+)/nodes", FakeCloud.add_member),
    ("PUT", r"/l/loadbalancers/(\d+)/nodes/(\d+)", FakeCloud.put_member),
    ("DELETE", r"/l/loadbalancers/(\d+)/nodes/(\d+)", FakeCloud.delete_member),
    ("GET", r"/d/status/(\w+)", FakeCloud.get_job),
    ("GET", r"/d/domains", FakeCloud.list_zones),
    ("POST", r"/d/domains", FakeCloud.create_zone),
    ("DELETE", r"/d/domains/(\d+)", FakeCloud.delete_zone),
    ("GET", r"/d/domains/(\d+)/records", FakeCloud.list_records),
    ("POST", r"/d/domains/(\d+)/records", FakeCloud.create_record),
    ("DELETE", r"/d/domains/(\d+)/records/([\w-]+)", FakeCloud.delete_record),
)
