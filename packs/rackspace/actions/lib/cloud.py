"""An authenticated session: token and endpoints from the identity service, limits and locks waited out."""
from lib import web
from lib.deadline import Deadline

COMPUTE = "compute"
LOAD_BALANCERS = "rax:load-balancer"
DNS = "rax:dns"

IMMUTABLE = 422
OVER_LIMIT = 413
TOO_MANY_REQUESTS = 429


class Cloud(object):
    def __init__(self, config, region=None, deadline=None):
        self._identity_url = _setting(config, "identity_url", "https://identity.api.rackspacecloud.com/v2.0").rstrip("/")
        self._username = config["username"]
        self._api_key = config["api_key"]
        self._region = region or _setting(config, "region", "")
        self.deadline = deadline or Deadline(
            float(_setting(config, "deadline_seconds", 570)), float(_setting(config, "poll_seconds", 5))
        )
        self.settle_seconds = float(_setting(config, "dns_settle_seconds", 20))
        self._token = None
        self._catalogue = []

    def get(self, service, path):
        return self._call("GET", service, path, None)

    def post(self, service, path, body):
        """Never repeats a request whose fate is unknown: creating twice is worse than looking again."""
        return self._call("POST", service, path, body)

    def put(self, service, path, body):
        return self._call("PUT", service, path, body)

    def delete(self, service, path):
        """Deletes; something that is already gone is as good as deleted."""
        try:
            return self._call("DELETE", service, path, None)
        except web.HttpError as error:
            if error.status in (404, 410):
                return None
            raise

    def _call(self, method, service, path, body):
        self._log_in_once()
        while True:
            try:
                url = self._endpoint(service) + path
                return web.request(method, url, {"X-Auth-Token": self._token}, body)
            except web.HttpError as error:
                self._wait_if_temporary(method, error)
            except web.NoAnswer:
                if method == "POST":
                    raise
                self.deadline.pause("an answer from %s" % service)

    def _wait_if_temporary(self, method, error):
        if error.status == 401 and self._token is not None:
            self._token = None
            self.deadline.pause("a fresh token")
            self._log_in_once()
        elif error.status == IMMUTABLE and "immutable" in error.text:
            self.deadline.pause("a load balancer that is changing")
        elif error.status in (OVER_LIMIT, TOO_MANY_REQUESTS) and error.retry_after() is not None:
            self.deadline.pause("the rate limit", error.retry_after())
        elif error.status >= 500 and method != "POST":
            self.deadline.pause("a service that answers %s" % error.status)
        else:
            raise error

    def _log_in_once(self):
        while self._token is None:
            credentials = {"username": self._username, "apiKey": self._api_key}
            try:
                answer = web.request(
                    "POST", self._identity_url + "/tokens", body={"auth": {"RAX-KSKEY:apiKeyCredentials": credentials}}
                )
            except web.NoAnswer:
                self.deadline.pause("the identity service")
                continue
            except web.HttpError as error:
                if error.status < 500 and error.retry_after() is None:
                    raise
                self.deadline.pause("the identity service", error.retry_after())
                continue
            access = answer["access"]
            self._token = access["token"]["id"]
            self._catalogue = access["serviceCatalog"]
            self._region = self._region or access["user"].get("RAX-AUTH:defaultRegion", "")

    def _endpoint(self, service):
        for entry in self._catalogue:
            if entry["type"] != service:
                continue
            for endpoint in entry["endpoints"]:
                if endpoint.get("region", self._region) == self._region or len(entry["endpoints"]) == 1:
                    return endpoint["publicURL"].rstrip("/")
        raise ValueError("the catalogue has no %s endpoint in region %s" % (service, self._region))


def create_once(find, create, deadline, what, look_again=None):
    """Returns `(object, created)`: looks first, and looks again whenever the fate of a create is unknown."""
    look = find
    while True:
        found = look()
        if found is not None:
            return found, False
        try:
            return create(), True
        except web.NoAnswer:
            deadline.pause(what)
        except web.HttpError as error:
            if error.status < 500:
                raise
            deadline.pause(what)
        look = look_again or find


def _setting(config, name, default):
    value = config.get(name)
    return default if value in (None, "") else value
