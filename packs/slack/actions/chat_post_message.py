import json

from st2common.runners.base_action import Action

from lib.delivery import Refused, form_fields, post_form


class ChatPostMessageAction(Action):
    def run(self, token=None, **message):
        token = token or self.config.get("action_token")
        if not token:
            return False, "token is neither a parameter nor configured (action_token)"
        url = (self.config.get("api_url") or "https://slack.com/api/").rstrip("/") + "/chat.postMessage"
        answer = json.loads(post_form(url, form_fields(message), {"Authorization": "Bearer " + token}))
        if not answer.get("ok"):
            raise Refused("chat.postMessage: %s" % answer.get("error"))
        return True, answer
