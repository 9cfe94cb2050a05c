import json

from st2common.runners.base_action import Action

from lib.delivery import post_form


class PostMessageAction(Action):
    def run(
        self,
        message,
        username=None,
        icon_emoji=None,
        icon_url=None,
        channel=None,
        disable_formatting=False,
        webhook_url=None,
    ):
        config = self.config.get("post_message_action") or {}
        webhook_url = webhook_url or config.get("webhook_url")
        if not webhook_url:
            return False, "webhook_url is neither a parameter nor configured (post_message_action.webhook_url)"
        body = {
            "text": message,
            "username": username or config.get("username"),
            "icon_emoji": icon_emoji or config.get("icon_emoji"),
            "icon_url": icon_url or config.get("icon_url"),
            "channel": channel or config.get("channel"),
            "parse": "none" if disable_formatting else None,
        }
        payload = {key: value for key, value in body.items() if value is not None}
        post_form(webhook_url, {"payload": json.dumps(payload)})
        return True, True
