from urllib.parse import quote

from st2common.runners.base_action import Action

from lib import api


class GetAction(Action):
    def run(self, pack, branch="master"):
        return {"pack": api.call("GET", "/packs/" + quote(pack, safe="")), "git_status": None}
