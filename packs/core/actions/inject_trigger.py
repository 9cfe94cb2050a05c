from st2common.runners.base_action import Action


class InjectTriggerAction(Action):
    def run(self, trigger=None, trigger_name=None, payload=None, trace_tag=None):
        if trigger and trigger_name:
            raise ValueError("Parameters `trigger` and `trigger_name` are mutually exclusive.")
        if not (trigger or trigger_name):
            raise ValueError("You must include the `trigger_name` parameter.")
        trigger, payload = trigger or trigger_name, payload or {}
        client = self.action_service.datastore_service.get_api_client()
        self.logger.debug('Injecting trigger "%s" with payload="%s"', trigger, payload)
        return client.webhooks.post_generic_webhook(trigger=trigger, payload=payload, trace_tag=trace_tag)
