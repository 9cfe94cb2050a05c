"""Calls to the platform's API that survive its restart.

A connection that fails or a 503 is normal while the server restarts: the call waits and tries again. Any other status
is an answer.
"""

import json
import os
import random
import time

RETRY_SECONDS = 60.0
FIRST_DELAY = 0.1
LONGEST_DELAY = 5.0
CALL_TIMEOUT = 30.0


class HTTPError(Exception):
    """The API answered, and the answer is no."""

    def __init__(self, status, reason, message, url):
        super().__init__("%s %s: %s\nMESSAGE: %s for url: %s" % (status, _kind(status), reason, message, url))
        self.status = status
        self.message = message


def _kind(status):
    return "Server Error" if status >= 500 else "Client Error"


class Reply:
    def __init__(self, status, body, attempts):
        self.status = status
        self.body = body
        self.attempts = attempts


class Api:
    """The API at one base URL, such as ``http://127.0.0.1:9101/v1``."""

    def __init__(self, base_url=None, token=None, retry_seconds=RETRY_SECONDS):
        self._base_url = base_url
        self._token = token
        self._retry_seconds = retry_seconds

    @property
    def base_url(self):
        url = self._base_url or os.environ.get("ST2_ACTION_API_URL") or os.environ.get("ST2_API_URL")
        if not url:
            raise ValueError("ST2_ACTION_API_URL is not set: there is no API to call")
        return url.rstrip("/")

    @property
    def token(self):
        # Read at each call: a sensor's token is replaced while it runs.
        return self._token or os.environ.get("ST2_ACTION_AUTH_TOKEN") or os.environ.get("ST2_AUTH_TOKEN")

    def call(self, method, path, query=None, body=None, accept=(), for_ever=False, headers=None):
        """Returns the reply of a call; statuses that are neither 2xx nor in ``accept`` raise HTTPError."""
        from urllib.parse import urlencode

        url = self.base_url + path
        if query:
            url += "?" + urlencode({name: value for name, value in query.items() if value is not None})
        payload = None if body is None else json.dumps(body).encode("utf-8")
        deadline = None if for_ever else time.monotonic() + self._retry_seconds
        delay, attempts = FIRST_DELAY, 0
        while True:
            attempts += 1
            try:
                status, reason, text = self._once(method, url, payload, headers)
            except OSError as error:
                failure = error
            else:
                if status != 503:
                    return self._reply(url, status, reason, text, attempts, accept)
                failure = HTTPError(status, reason, _message(text), url)
            if deadline is not None and time.monotonic() + delay > deadline:
                raise failure
            time.sleep(delay * random.uniform(0.5, 1.0))
            delay = min(delay * 2, LONGEST_DELAY)

    @staticmethod
    def _reply(url, status, reason, text, attempts, accept):
        if not 200 <= status < 300 and status not in accept:
            raise HTTPError(status, reason, _message(text), url)
        try:
            body = json.loads(text) if text else None
        except ValueError:
            body = text
        return Reply(status, body, attempts)

    def _once(self, method, url, payload, extra_headers):
        import http.client
        from urllib.parse import urlsplit

        parts = urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname, parts.port, timeout=CALL_TIMEOUT)
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        headers.update(extra_headers or {})
        if self.token:
            headers["X-Auth-Token"] = self.token
        target = parts.path + ("?" + parts.query if parts.query else "")
        try:
            connection.request(method, target, body=payload, headers=headers)
            response = connection.getresponse()
            return response.status, response.reason, response.read().decode("utf-8", "replace")
        except http.client.HTTPException as error:
            # The server died in the middle of an answer.
            raise ConnectionError("%s: %s" % (type(error).__name__, error))
        finally:
            connection.close()


def _message(text):
    try:
        return json.loads(text)["faultstring"]
    except (ValueError, KeyError, TypeError):
        return text
