"""A Chef server's API: signed requests, repeated while the server cannot be reached."""
import base64
import datetime
import hashlib
import json
import time
import urllib.parse

from lib import rsa, web

SIGNATURE_VERSION = "1.3"
API_VERSION = "1"
LINE = 60


class ChefServer(object):
    def __init__(self, config, now=None, sleep=time.sleep):
        self._url = config["server_url"].rstrip("/")
        self._client_name = config["client_name"]
        self._client_key = config["client_key"]
        self._now = now or (lambda: datetime.datetime.now(datetime.timezone.utc))
        self._sleep = sleep

    def call(self, method, path, body=None, attempts=6):
        """Returns the answer. Every call of this pack may be repeated: an unknown fate is simply tried again."""
        pause = 0.25
        while True:
            attempts -= 1
            try:
                return web.request(method, self._url + path, self._signed_headers(method, path, body), body)
            except web.NoAnswer:
                if attempts <= 0:
                    raise
            except web.HttpError as error:
                if (error.status < 500 and error.status != 429) or attempts <= 0:
                    raise
            self._sleep(pause)
            pause *= 2

    def _signed_headers(self, method, path, body):
        full_path = urllib.parse.urlsplit(self._url + path).path
        timestamp = self._now().strftime("%Y-%m-%dT%H:%M:%SZ")
        # The same text that `web.request` sends.
        content = b"" if body is None else json.dumps(body).encode("utf-8")
        content_hash = base64.b64encode(hashlib.sha256(content).digest()).decode("ascii")
        to_sign = (
            "Method:%s\nPath:%s\nX-Ops-Content-Hash:%s\nX-Ops-Sign:version=%s\n"
            "X-Ops-Timestamp:%s\nX-Ops-UserId:%s\nX-Ops-Server-API-Version:%s"
        ) % (method, full_path, content_hash, SIGNATURE_VERSION, timestamp, self._client_name, API_VERSION)
        signature = base64.b64encode(rsa.sign(self._client_key, to_sign.encode("utf-8"))).decode("ascii")
        headers = {
            "X-Chef-Version": "18.0.0",
            "X-Ops-Sign": "algorithm=sha256;version=%s;" % SIGNATURE_VERSION,
            "X-Ops-Userid": self._client_name,
            "X-Ops-Timestamp": timestamp,
            "X-Ops-Content-Hash": content_hash,
            "X-Ops-Server-API-Version": API_VERSION,
        }
        for number, start in enumerate(range(0, len(signature), LINE), 1):
            headers["X-Ops-Authorization-%d" % number] = signature[start:start + LINE]
        return headers
