from st2common.runners.base_action import Action

from lib import api

# The API says what a thing is in the singular.
TYPES = {"aliases": "alias", "policies": "policy"}


class LoadAction(Action):
    def run(self, register="all", packs=None, timeout=300):
        kinds = [kind.strip() for kind in register.split(",") if kind.strip()]
        wanted = {"types": [TYPES.get(kind, kind[:-1] if kind.endswith("s") else kind) for kind in kinds]}
        if packs:
            wanted["packs"] = packs
        return api.call("POST", "/packs/register", wanted, timeout)
