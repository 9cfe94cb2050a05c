"""The datastore as pack code sees it. Counterpart: st2common/services/datastore.py."""

from squall_host.client import Client, KeyValuePair
from squall_host.http import HTTPError

SYSTEM_SCOPE = "system"


class DatastoreService:
    """Keys are local to ``<pack>.<class>`` unless the caller asks otherwise."""

    def __init__(self, logger, pack_name, class_name, auth_token=None):
        self._logger = logger
        self._prefix = "%s.%s:" % (pack_name, class_name)
        self._auth_token = auth_token
        self._client = None

    def get_api_client(self):
        if self._client is None:
            self._logger.debug("Creating new Client object.")
            self._client = Client(token=self._auth_token)
        return self._client

    def get_user_info(self):
        client = self.get_api_client()
        self._logger.debug("Retrieving user information")
        return client.get_user_info()

    def list_values(self, local=True, prefix=None, limit=None, offset=0):
        client = self.get_api_client()
        self._logger.debug("Retrieving all the values from the datastore")
        if local:
            prefix = self._prefix + (prefix or "")
        return client.keys.get_all(prefix=prefix, limit=limit or 100, offset=offset or 0)

    def get_value(self, name, local=True, scope=SYSTEM_SCOPE, decrypt=False):
        name = self._key(name, local, scope)
        client = self.get_api_client()
        self._logger.debug("Retrieving value from the datastore (name=%s)", name)
        try:
            pair = client.keys.get_by_id(name, decrypt=str(bool(decrypt)).lower(), scope=scope)
        except HTTPError as error:
            self._logger.exception("Exception retrieving value from datastore (name=%s): %s", name, error)
            return None
        return pair.value if pair else None

    def set_value(self, name, value, ttl=None, local=True, scope=SYSTEM_SCOPE, encrypt=False):
        name = self._key(name, local, scope)
        client = self.get_api_client()
        self._logger.debug("Setting value in the datastore (name=%s)", name)
        client.keys.update(_pair(name, value, scope, ttl, encrypt))
        return True

    def delete_value(self, name, local=True, scope=SYSTEM_SCOPE):
        name = self._key(name, local, scope)
        client = self.get_api_client()
        self._logger.debug("Deleting value from the datastore (name=%s)", name)
        try:
            client.keys.delete_by_id(name, params={"scope": scope})
        except HTTPError as error:
            self._logger.exception("Exception deleting value from datastore (name=%s): %s", name, error)
            return False
        return True

    def compare_and_set_value(self, name, expected, value, ttl=None, local=True):
        """Sets the value only if it is ``expected`` now (None: only if the key is absent). Not in StackStorm."""
        name = self._key(name, local, SYSTEM_SCOPE)
        api = self.get_api_client().api
        body = _pair(name, value, SYSTEM_SCOPE, ttl, False).serialize()
        body["if_value"] = None if expected is None else str(expected)
        self._logger.debug("Comparing and setting value in the datastore (name=%s)", name)
        from urllib.parse import quote

        reply = api.call("PUT", "/keys/" + quote(name, safe=""), body=body, accept=(412,))
        if reply.status != 412:
            return True
        # A repeat after a lost answer meets its own effect: then the first try had won.
        return reply.attempts > 1 and self.get_value(name, local=False) == str(value)

    def _key(self, name, local, scope):
        if scope != SYSTEM_SCOPE:
            raise ValueError("Scope %s is unsupported." % scope)
        return self._prefix + name if local else name


def _pair(name, value, scope, ttl, encrypt):
    pair = KeyValuePair(name=name, value=str(value), scope=scope)
    if ttl:
        pair.ttl = ttl
    if encrypt:
        pair.secret = True
    return pair
