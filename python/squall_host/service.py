"""What actions and sensors can ask of the platform. Counterpart: ``ActionService`` and ``SensorService``."""

SYSTEM_SCOPE = "system"


class PlatformService:
    """The methods that actions and sensors share."""

    @property
    def datastore_service(self):
        raise NotImplementedError

    def get_user_info(self):
        return self.datastore_service.get_user_info()

    def list_values(self, local=True, prefix=None, limit=None, offset=None):
        return self.datastore_service.list_values(local=local, prefix=prefix, limit=limit, offset=offset)

    def get_value(self, name, local=True, scope=SYSTEM_SCOPE, decrypt=False):
        return self.datastore_service.get_value(name=name, local=local, scope=scope, decrypt=decrypt)

    def set_value(self, name, value, ttl=None, local=True, scope=SYSTEM_SCOPE, encrypt=False):
        return self.datastore_service.set_value(
            name=name, value=value, ttl=ttl, local=local, scope=scope, encrypt=encrypt
        )

    def delete_value(self, name, local=True, scope=SYSTEM_SCOPE):
        return self.datastore_service.delete_value(name=name, local=local, scope=scope)

    def compare_and_set_value(self, name, expected, value, ttl=None, local=True):
        return self.datastore_service.compare_and_set_value(name, expected, value, ttl=ttl, local=local)

    def dispatch(self, trigger, payload=None, trace_tag=None):
        """Hands the event to the platform and returns once the platform has acknowledged it."""
        webhooks = self.datastore_service.get_api_client().webhooks
        return webhooks.post_generic_webhook(trigger, payload, trace_tag, for_ever=True)


class Identity:
    """Who is running; pack code reaches in for these names."""

    def __init__(self, pack, class_name, log_level):
        self._pack = pack
        self._class_name = class_name
        self._log_level = log_level


class ActionService(PlatformService):
    def __init__(self, action_wrapper):
        self._action_wrapper = action_wrapper
        self._datastore_service = None

    @property
    def datastore_service(self):
        if self._datastore_service is None:
            from squall_host.datastore import DatastoreService
            from squall_host.logs import action_logger

            who = self._action_wrapper
            logger = action_logger(who._class_name, who._log_level)
            self._datastore_service = DatastoreService(logger, who._pack, who._class_name)
        return self._datastore_service


class SensorService(PlatformService):
    def __init__(self, sensor_wrapper, logger):
        from squall_host.datastore import DatastoreService

        self._sensor_wrapper = sensor_wrapper
        self._logger = logger
        self._datastore_service = DatastoreService(logger, sensor_wrapper._pack, sensor_wrapper._class_name)

    @property
    def datastore_service(self):
        return self._datastore_service

    def get_logger(self, name):
        import logging

        return logging.getLogger("%s.%s" % (self._logger.name, name))

    def dispatch(self, trigger, payload=None, trace_tag=None):
        from squall_host.http import HTTPError

        self._logger.debug("Dispatching trigger %s with payload %s.", trigger, payload)
        try:
            return super().dispatch(trigger, payload, trace_tag)
        except HTTPError as error:
            # As in StackStorm, an event that the platform refuses does not end the sensor.
            self._logger.error("Trigger %s was refused: %s", trigger, error)
            return None

    def dispatch_with_context(self, trigger, payload=None, trace_context=None):
        if isinstance(trace_context, dict):
            trace_tag = trace_context.get("trace_tag")
        else:
            trace_tag = getattr(trace_context, "trace_tag", None)
        return self.dispatch(trigger, payload=payload, trace_tag=trace_tag)
