"""Cloud Load Balancers: found by name, members found by address; a balancer that is changing is waited for."""
from lib import web
from lib.cloud import LOAD_BALANCERS, OVER_LIMIT, create_once

GONE = ("PENDING_DELETE", "DELETED")


class BalancerFailed(Exception):
    """The load balancer ended in ERROR."""


def balancer_named(cloud, name):
    """Returns the living load balancer of this name, or None."""
    for balancer in cloud.get(LOAD_BALANCERS, "/loadbalancers")["loadBalancers"]:
        if balancer["name"] == name and balancer["status"] not in GONE:
            return balancer
    return None


def create_balancer(cloud, name, port, protocol):
    """Returns `(load balancer, created)` once it is ACTIVE; one of this name is adopted."""

    def create():
        body = {"name": name, "port": port, "protocol": protocol, "virtualIps": [{"type": "PUBLIC", "ipVersion": "IPV4"}]}
        return cloud.post(LOAD_BALANCERS, "/loadbalancers", {"loadBalancer": body})["loadBalancer"]

    balancer, created = create_once(
        lambda: balancer_named(cloud, name), create, cloud.deadline, "load balancer %s" % name
    )
    return wait_until_active(cloud, balancer["id"]), created


def get_balancer(cloud, balancer_id):
    return cloud.get(LOAD_BALANCERS, "/loadbalancers/%s" % balancer_id)["loadBalancer"]


def wait_until_active(cloud, balancer_id):
    while True:
        balancer = get_balancer(cloud, balancer_id)
        if balancer["status"] == "ACTIVE":
            return balancer
        if balancer["status"] == "ERROR" or balancer["status"] in GONE:
            raise BalancerFailed("load balancer %s has the status %s" % (balancer_id, balancer["status"]))
        cloud.deadline.pause("load balancer %s to become ACTIVE" % balancer_id)


def delete_balancer(cloud, balancer_id):
    """Returns when the load balancer is gone, or was before."""
    try:
        if get_balancer(cloud, balancer_id)["status"] not in GONE:
            cloud.delete(LOAD_BALANCERS, "/loadbalancers/%s" % balancer_id)
        while get_balancer(cloud, balancer_id)["status"] != "DELETED":
            cloud.deadline.pause("load balancer %s to go" % balancer_id)
    except web.HttpError as error:
        if error.status not in (404, 410):
            raise


def find_member(cloud, balancer_id, address, port=None):
    """Returns the member at this address (and port, if given), or None."""
    try:
        members = cloud.get(LOAD_BALANCERS, "/loadbalancers/%s/nodes" % balancer_id)["nodes"]
    except web.HttpError as error:
        if error.status in (404, 410):
            return None
        raise
    for member in members:
        if member["address"] == address and (port is None or str(member["port"]) == str(port)):
            return member
    return None


def add_member(cloud, balancer_id, address, port):
    """Returns `(member, created)`; a member at this address and port is adopted."""

    def find():
        return find_member(cloud, balancer_id, address, port)

    def create():
        body = {"nodes": [{"address": address, "port": int(port), "condition": "ENABLED"}]}
        try:
            return cloud.post(LOAD_BALANCERS, "/loadbalancers/%s/nodes" % balancer_id, body)["nodes"][0]
        except web.HttpError as error:
            if error.status == OVER_LIMIT and "uplicate" in error.text:
                return find()
            raise

    member, created = create_once(find, create, cloud.deadline, "member %s" % address)
    wait_until_active(cloud, balancer_id)
    return member, created


def set_condition(cloud, balancer_id, address, condition, port=None):
    """Returns the member with its new condition, or None if there is no such member."""
    member = find_member(cloud, balancer_id, address, port)
    if member is None or member["condition"] == condition:
        return member
    path = "/loadbalancers/%s/nodes/%s" % (balancer_id, member["id"])
    try:
        cloud.put(LOAD_BALANCERS, path, {"node": {"condition": condition}})
    except web.HttpError as error:
        if error.status in (404, 410):
            return None
        raise
    return dict(member, condition=condition)


def remove_member(cloud, balancer_id, address, port=None):
    """Returns whether there was something to remove."""
    member = find_member(cloud, balancer_id, address, port)
    if member is None:
        return False
    cloud.delete(LOAD_BALANCERS, "/loadbalancers/%s/nodes/%s" % (balancer_id, member["id"]))
    return True
