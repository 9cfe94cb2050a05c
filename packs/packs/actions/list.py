from st2common.runners.base_action import Action

from lib import api


class ListAction(Action):
    def run(self):
        shown = ("ref", "name", "description", "version", "author")
        return [{key: pack.get(key) for key in shown} for pack in api.call("GET", "/packs?limit=100")]
