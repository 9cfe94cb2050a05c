import json

from lib import web
from lib.action import ChefAction


class SoloAction(ChefAction):
    def run(
        self, hosts, attributes, environment=None, override_runlist=None, timeout=1200, **_of_the_ssh_transport
    ):
        document = web.request("GET", attributes) if "://" in attributes else json.loads(attributes)
        run_list = document.pop("run_list", [])
        if override_runlist:
            run_list = [item.strip() for item in override_runlist.split(",")]
        names = [name.strip() for name in hosts.split(",") if name.strip()]
        return [self.converge(name, run_list, environment, document, timeout) for name in names]
