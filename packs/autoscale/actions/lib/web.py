"""One HTTP request with a JSON body and a JSON answer, on the standard library alone."""
import http.client
import json
import urllib.error
import urllib.request


class HttpError(Exception):
    """The service answered, and the answer is an error."""

    def __init__(self, method, url, status, headers, text):
        super().__init__("%s %s answered %s: %s" % (method, url, status, text[:500]))
        self.status = status
        self.text = text
        self._headers = headers

    def retry_after(self):
        """Seconds the service asks us to stay away, or None."""
        try:
            return float(self._headers.get("Retry-After"))
        except (TypeError, ValueError):
            return None


class NoAnswer(Exception):
    """The connection failed: whether the request took effect is unknown."""


def request(method, url, headers=None, body=None, timeout=30):
    """Returns the decoded JSON answer (None if it is empty)."""
    headers = dict(headers or {}, Accept="application/json")
    data = None
    if body is not None:
        data = json.dumps(body).encode("utf-8")
        headers["Content-Type"] = "application/json"
    outgoing = urllib.request.Request(url, data=data, headers=headers, method=method)
    try:
        with urllib.request.urlopen(outgoing, timeout=timeout) as answer:
            text = answer.read().decode("utf-8")
    except urllib.error.HTTPError as error:
        text = error.read().decode("utf-8", "replace")
        raise HttpError(method, url, error.code, error.headers, text) from None
    except (OSError, http.client.HTTPException) as error:
        raise NoAnswer("%s %s: %s" % (method, url, error)) from None
    return json.loads(text) if text.strip() else None
