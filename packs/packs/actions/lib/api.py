"""This platform's own API, with the token that the execution was given."""
import json
import os
import urllib.error
import urllib.request


class ApiError(Exception):
    """The API refused; the text is its own."""


def call(method, path, body=None, timeout=60):
    request = urllib.request.Request(
        os.environ["ST2_ACTION_API_URL"].rstrip("/") + path,
        None if body is None else json.dumps(body).encode("utf-8"),
        {"X-Auth-Token": os.environ.get("ST2_ACTION_AUTH_TOKEN", ""), "Content-Type": "application/json"},
        method=method,
    )
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return json.loads(answer.read().decode("utf-8"))
    except urllib.error.HTTPError as error:
        raise ApiError(error.read().decode("utf-8", "replace")) from None
