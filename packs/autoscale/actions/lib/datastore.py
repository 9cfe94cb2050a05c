"""The datastore as this pack uses it: system keys, compare-and-set where the platform has it."""

# The most that StackStorm gives anybody at once.
PAGE = 100


class Datastore(object):
    def __init__(self, action_service):
        self._service = action_service

    def get(self, name):
        return self._service.get_value(name, local=False)

    def set(self, name, value, ttl=None):
        self._service.set_value(name, str(value), ttl=ttl, local=False)

    def delete(self, name):
        self._service.delete_value(name, local=False)

    def list(self, prefix):
        """Returns `{name: value}`."""
        found, page = {}, None
        while page is None or len(page) == PAGE:
            page = self._service.list_values(local=False, prefix=prefix, limit=PAGE, offset=len(found)) or []
            found.update((pair.name, pair.value) for pair in page)
        return found

    def compare_and_set(self, name, expected, value, ttl=None):
        """Returns whether the value was still `expected` (None: absent) and is `value` now.

        StackStorm has no such call. There it is a look and a write, which two writers at once can defeat.
        """
        native = getattr(self._service, "compare_and_set_value", None)
        if native is not None:
            return native(name, expected, value, ttl=ttl, local=False)
        if self.get(name) != expected:
            return False
        self.set(name, value, ttl)
        return True
