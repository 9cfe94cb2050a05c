"""Cloud Servers: machines found by what they carry, created once, waited for, deleted for good."""
import hashlib
import urllib.parse

from lib import web
from lib.cloud import COMPUTE, create_once

TOKEN = "asg_token"


class BuildFailed(Exception):
    """The machine ended in ERROR."""


def list_servers(cloud, metadata=None, name=None):
    """Returns machines in order of creation, those that carry all of `metadata` only."""
    servers = []
    path = "/servers/detail" + ("?name=" + urllib.parse.quote(name) if name else "")
    while path:
        page = cloud.get(COMPUTE, path)
        servers.extend(page["servers"])
        path = _next_page(page, servers)
    wanted = (metadata or {}).items()
    return [
        server
        for server in servers
        if server.get("status") != "DELETED" and all(server.get("metadata", {}).get(k) == str(v) for k, v in wanted)
    ]


def server_named(cloud, name):
    """Returns the one machine of exactly this name, or None."""
    return next((server for server in list_servers(cloud, name=name) if server["name"] == name), None)


def create_server(cloud, name, image_id, flavor_id, key_material=None, metadata=None, idempotency_key=None):
    """Returns `(machine, created)` once it is ACTIVE. A machine that carries our token is adopted, not doubled."""
    metadata = {key: str(value) for key, value in (metadata or {}).items()}
    if idempotency_key:
        metadata[TOKEN] = idempotency_key

    def find():
        if not idempotency_key:
            return None
        return next(iter(list_servers(cloud, {TOKEN: idempotency_key})), None)

    def create():
        server = {"name": name, "imageRef": image_id, "flavorRef": flavor_id, "metadata": metadata}
        if key_material:
            server["key_name"] = _import_key(cloud, key_material)
        return cloud.post(COMPUTE, "/servers", {"server": server})["server"]

    if idempotency_key:
        server, created = create_once(find, create, cloud.deadline, "machine %s" % name)
    else:
        server, created = create(), True
    return _wait_until_active(cloud, server["id"]), created


def get_server(cloud, server_id):
    return cloud.get(COMPUTE, "/servers/" + server_id)["server"]


def delete_server(cloud, server_id):
    """Returns when the machine is gone."""
    cloud.delete(COMPUTE, "/servers/" + server_id)
    while True:
        try:
            if get_server(cloud, server_id)["status"] == "DELETED":
                return
        except web.HttpError as error:
            if error.status == 404:
                return
            raise
        cloud.deadline.pause("machine %s to go" % server_id)


def _wait_until_active(cloud, server_id):
    while True:
        server = get_server(cloud, server_id)
        if server["status"] == "ACTIVE":
            return server
        if server["status"] == "ERROR":
            raise BuildFailed("machine %s ended in ERROR: %s" % (server_id, server.get("fault", {}).get("message")))
        cloud.deadline.pause("machine %s to become ACTIVE" % server_id)


def _import_key(cloud, key_material):
    """The name is derived from the key, so that one key makes one key pair, however many machines use it."""
    name = "key-" + hashlib.sha256(key_material.strip().encode("utf-8")).hexdigest()[:16]
    try:
        cloud.post(COMPUTE, "/os-keypairs", {"keypair": {"name": name, "public_key": key_material.strip()}})
    except web.HttpError as error:
        if error.status != 409:
            raise
    return name


def _next_page(page, servers):
    if servers and any(link.get("rel") == "next" for link in page.get("servers_links", [])):
        return "/servers/detail?marker=" + urllib.parse.quote(servers[-1]["id"])
    return None
