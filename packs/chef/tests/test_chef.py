"""Signatures against the arithmetic they are defined by, and nodes against a server in memory."""
import base64
import datetime
import hashlib
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "actions"))
sys.dont_write_bytecode = True

from lib import nodes, rsa, web  # noqa: E402
from lib.server import ChefServer  # noqa: E402

# Two Mersenne primes: a key that protects nothing and that no scanner mistakes for one.
P, Q, E = 2**521 - 1, 2**607 - 1, 65537
N = P * Q
D = pow(E, -1, (P - 1) * (Q - 1))


def der(tag, content):
    size = len(content)
    length = bytes([size]) if size < 128 else bytes([0x82]) + size.to_bytes(2, "big")
    return bytes([tag]) + length + content


def der_integer(number):
    return der(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def pem(content):
    return "-----BEGIN KEY-----\n%s\n-----END KEY-----\n" % base64.encodebytes(content).decode("ascii")


PKCS1 = der(0x30, b"".join(der_integer(n) for n in (0, N, E, D, P, Q, D % (P - 1), D % (Q - 1), pow(Q, -1, P))))
PKCS8 = der(0x30, der_integer(0) + der(0x30, b"\x05\x00") + der(0x04, PKCS1))


class SignatureTest(unittest.TestCase):
    def test_a_signature_opens_with_the_public_key(self):
        for form in (PKCS1, PKCS8):
            signature = rsa.sign(pem(form), b"message")
            opened = pow(int.from_bytes(signature, "big"), E, N).to_bytes(len(signature), "big")
            self.assertTrue(opened.startswith(b"\x00\x01\xff\xff\xff"))
            self.assertTrue(opened.endswith(b"\x00" + rsa.SHA256_PREFIX + hashlib.sha256(b"message").digest()))

    def test_what_is_no_key_is_refused_without_showing_it(self):
        for text in ("", "hunter2", "-----BEGIN KEY-----\n!!!\n-----END KEY-----", pem(PKCS1[:200]), pem(der(0x30, b""))):
            with self.assertRaises(rsa.BadKey) as caught:
                rsa.sign(text, b"message")
            self.assertNotIn("hunter2", str(caught.exception))

    def test_requests_carry_the_headers_of_the_protocol(self):
        now = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
        config = {"server_url": "http://chef/organizations/o/", "client_name": "c", "client_key": pem(PKCS1)}
        headers = ChefServer(config, now=lambda: now)._signed_headers("GET", "/nodes/a?x=1", None)
        self.assertEqual(headers["X-Ops-Timestamp"], "2026-01-02T03:04:05Z")
        self.assertEqual(headers["X-Ops-Content-Hash"], "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
        parts = [headers["X-Ops-Authorization-%d" % number] for number in range(1, 5)]
        signature = int.from_bytes(base64.b64decode("".join(parts)), "big")
        text = (
            "Method:GET\nPath:/organizations/o/nodes/a\nX-Ops-Content-Hash:%s\nX-Ops-Sign:version=1.3\n"
            "X-Ops-Timestamp:2026-01-02T03:04:05Z\nX-Ops-UserId:c\nX-Ops-Server-API-Version:1"
        ) % headers["X-Ops-Content-Hash"]
        digest = hashlib.sha256(text.encode("ascii")).digest()
        self.assertTrue(pow(signature, E, N).to_bytes(141, "big").endswith(digest))


class Server(object):
    """Counterpart of ChefServer: nodes in memory, which converge when they have been looked at `looks` times."""

    def __init__(self, looks=2):
        self.nodes, self.clients, self.writes = {}, set(), []
        self.looks = looks
        self.status = "success"

    def call(self, method, path, body=None):
        kind, _, name = path.strip("/").partition("/")
        if method != "GET":
            self.writes.append((method, path))
        if method == "POST":
            if body["name"] in self.nodes:
                raise web.HttpError(method, path, 409, {}, "exists")
            self.nodes[body["name"]] = dict(body, seen=0)
        elif kind == "clients" or name not in self.nodes:
            raise web.HttpError(method, path, 404, {}, "not found")
        elif method == "DELETE":
            del self.nodes[name]
        elif method == "PUT":
            self.nodes[name] = dict(body, seen=0)
        else:
            node = self.nodes[name]
            node["seen"] += 1
            if node["seen"] > self.looks:
                node["automatic"] = {"converge_status": self.status}
                if self.status == "success":
                    node["automatic"]["ohai_time"] = 1.0
            return dict(node)
        return None


class NodesTest(unittest.TestCase):
    def converge(self, server, timeout=10):
        now = [0.0]
        return nodes.wait_for_converge(
            server, "a", timeout, 1.0, clock=lambda: now[0], sleep=lambda pause: now.__setitem__(0, now[0] + pause)
        )

    def test_a_node_is_made_once_and_left_alone(self):
        server = Server()
        self.assertTrue(nodes.ensure(server, "a", ["recipe[x]"])[1])
        self.assertFalse(nodes.ensure(server, "a", ["recipe[x]"])[1])
        self.assertEqual(server.writes, [("POST", "/nodes")])

    def test_another_run_list_is_written(self):
        server = Server()
        nodes.ensure(server, "a", [])
        self.assertTrue(nodes.ensure(server, "a", ["recipe[x]"])[1])
        self.assertEqual(server.nodes["a"]["run_list"], ["recipe[x]"])

    def test_a_run_is_waited_for(self):
        server = Server(looks=5)
        nodes.ensure(server, "a", ["recipe[x]"])
        self.assertEqual(self.converge(server)["automatic"]["ohai_time"], 1.0)

    def test_a_failed_or_endless_run_fails(self):
        server = Server(looks=10**6)
        nodes.ensure(server, "a", ["recipe[x]"])
        with self.assertRaisesRegex(nodes.ConvergeFailed, "within 10 seconds"):
            self.converge(server)
        server.looks, server.status = 0, "failed"
        with self.assertRaisesRegex(nodes.ConvergeFailed, "failed"):
            self.converge(server)

    def test_deleting_twice_is_a_success(self):
        server = Server()
        nodes.ensure(server, "a", [])
        self.assertEqual([nodes.delete(server, "a"), nodes.delete(server, "a")], [True, False])


if __name__ == "__main__":
    unittest.main()
