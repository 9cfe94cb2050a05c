"""Nodes on a Chef server: made once, given a run list, watched until they have converged."""
import time
import urllib.parse

from lib import web


class ConvergeFailed(Exception):
    """The node reported a failed run, or none in time."""


def find(server, name):
    """Returns the node, or None."""
    try:
        return server.call("GET", _path(name))
    except web.HttpError as error:
        if error.status == 404:
            return None
        raise


def ensure(server, name, run_list, environment=None, attributes=None):
    """Returns `(node, changed)`. A node that is as wanted is not written, for writing a run list starts a run."""
    wanted = {"run_list": run_list, "chef_environment": environment or "_default", "normal": attributes or {}}
    while True:
        node = find(server, name)
        if node is None:
            try:
                server.call("POST", "/nodes", dict(wanted, name=name))
            except web.HttpError as error:
                if error.status != 409:
                    raise
            else:
                return find(server, name), True
        elif _as_wanted(node, wanted):
            return node, False
        else:
            server.call("PUT", _path(name), dict(node, **wanted))
            return find(server, name), True


def delete(server, name):
    """Returns whether there was a node; its API client goes with it."""
    existed = _delete(server, _path(name))
    _delete(server, "/clients/" + urllib.parse.quote(name, safe=""))
    return existed


def wait_for_converge(server, name, timeout, longest_pause, clock=time.monotonic, sleep=time.sleep):
    """Returns the node once it has reported a successful run."""
    end = clock() + timeout
    pause = min(0.25, longest_pause)
    while True:
        node = find(server, name)
        if node is None:
            raise ConvergeFailed("node %s is not on the Chef server" % name)
        automatic = node.get("automatic") or {}
        if automatic.get("converge_status") == "failed":
            raise ConvergeFailed("the Chef run on %s failed" % name)
        if automatic.get("ohai_time"):
            return node
        if clock() + pause > end:
            raise ConvergeFailed("node %s did not converge within %s seconds" % (name, timeout))
        sleep(pause)
        pause = min(pause * 1.5, longest_pause)


def summary(node):
    automatic = node.get("automatic") or {}
    return {
        "name": node["name"],
        "environment": node.get("chef_environment"),
        "run_list": node.get("run_list", []),
        "ohai_time": automatic.get("ohai_time"),
        "ipaddress": automatic.get("ipaddress"),
    }


def _as_wanted(node, wanted):
    return all((node.get(key) or type(value)()) == value for key, value in wanted.items())


def _delete(server, path):
    try:
        server.call("DELETE", path)
        return True
    except web.HttpError as error:
        if error.status == 404:
            return False
        raise


def _path(name):
    return "/nodes/" + urllib.parse.quote(name, safe="")
