"""What an action was about to ask for, kept in the datastore until it has it.

A DNS write takes effect a while after it was accepted. An action that is repeated after a kill can not see yet what its
first attempt asked for; that it has asked is what this note tells it.
"""
import hashlib

KEPT_SECONDS = 3600


class Intent(object):
    def __init__(self, action_service, *what):
        self._service = action_service
        self._name = "asked." + hashlib.sha256("\n".join(str(part) for part in what).encode("utf-8")).hexdigest()[:32]

    def declared(self):
        return self._service.get_value(self._name) is not None

    def declare(self):
        self._service.set_value(self._name, "yes", ttl=KEPT_SECONDS)

    def fulfilled(self):
        self._service.delete_value(self._name)
