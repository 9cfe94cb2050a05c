"""Delivers one request to Slack, waiting out rate limits and short outages for a while."""
import http.client
import time
import urllib.error
import urllib.parse
import urllib.request

ATTEMPTS = 5
LONGEST_PAUSE = 10.0


class Refused(Exception):
    """Slack answered, and said no."""


def form_fields(arguments):
    """Returns the arguments of a method as a form has them: without what is not given, booleans in small letters."""
    given = {name: value for name, value in arguments.items() if value is not None and value != ""}
    return {name: str(value).lower() if isinstance(value, bool) else value for name, value in given.items()}


def post_form(url, fields, headers=None, attempts=ATTEMPTS, sleep=time.sleep):
    """Returns the answer's text. The address of a webhook is a secret: no message names it."""
    data = urllib.parse.urlencode(fields).encode("utf-8")
    pause = 0.5
    while True:
        attempts -= 1
        try:
            with urllib.request.urlopen(urllib.request.Request(url, data, headers or {}), timeout=10) as answer:
                return answer.read().decode("utf-8")
        except urllib.error.HTTPError as error:
            text = error.read().decode("utf-8", "replace")
            temporary = error.code == 429 or error.code >= 500
            if not temporary or attempts <= 0:
                raise Refused("Slack answered %s: %s" % (error.code, text[:200])) from None
            pause = _retry_after(error.headers) or pause
        except (OSError, http.client.HTTPException) as error:
            if attempts <= 0:
                raise Refused("Slack cannot be reached: %s" % error) from None
        sleep(min(pause, LONGEST_PAUSE))
        pause *= 2


def _retry_after(headers):
    try:
        return float(headers.get("Retry-After"))
    except (TypeError, ValueError):
        return None
