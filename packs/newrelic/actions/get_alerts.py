import urllib.parse

from st2common.runners.base_action import Action

from lib import web


class GetAlertsAction(Action):
    def run(self, app_name=None):
        query = "?" + urllib.parse.urlencode({"filter[name]": app_name}) if app_name else ""
        url = self.config["api_url"].rstrip("/") + "/applications.json" + query
        answer = web.request("GET", url, {"X-Api-Key": self.config["api_key"]})
        return {application["name"]: application["health_status"] for application in answer["applications"]}
