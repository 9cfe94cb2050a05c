"""The configuration of a pack as actions see it. Counterpart: st2common/runners/utils.py, ``PackConfigDict``."""


class PackConfigDict(dict):
    """A dictionary that names the pack and the key when an item is missing."""

    def __init__(self, pack_name, *args):
        super().__init__(*args)
        self._pack_name = pack_name

    def __getitem__(self, key):
        try:
            return super().__getitem__(key)
        except KeyError:
            raise ValueError(
                'Config for pack "%s" is missing key "%s". Add it to configs/%s.yaml and register the configs again.'
                % (self._pack_name, key, self._pack_name)
            ) from None
