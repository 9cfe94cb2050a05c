import urllib.parse

from st2common.runners.base_action import Action

from lib import web


class GetMetricDataAction(Action):
    def run(self, metric_base_name, metrics, time_from, time_to, app_id):
        fields = [("names[]", "%s/%s" % (metric_base_name, metric)) for metric in metrics]
        fields += [("from", time_from), ("to", time_to)]
        path = "/applications/%s/metrics/data.json?%s" % (urllib.parse.quote(app_id), urllib.parse.urlencode(fields))
        url = self.config["api_url"].rstrip("/") + path
        return web.request("GET", url, {"X-Api-Key": self.config["api_key"]})["metric_data"]
