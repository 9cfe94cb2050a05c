"""The part of st2client's interface that packs use. Counterpart: st2client/client.py, st2client/models/core.py."""

from squall_host.http import Api

_PATHS = {
    "actions": "actions",
    "aliases": "actionalias",
    "apikeys": "apikeys",
    "configs": "configs",
    "executions": "executions",
    "inquiries": "inquiries",
    "liveactions": "executions",
    "packs": "packs",
    "policies": "policies",
    "policytypes": "policytypes",
    "rules": "rules",
    "ruleenforcements": "ruleenforcements",
    "runners": "runnertypes",
    "sensors": "sensortypes",
    "tokens": "tokens",
    "trace": "traces",
    "triggerinstances": "triggerinstances",
    "triggers": "triggers",
    "triggertypes": "triggertypes",
}


class Resource:
    """An object of the API: its fields are attributes."""

    def __init__(self, **fields):
        self.__dict__.update(fields)

    def serialize(self):
        return dict(self.__dict__)

    to_dict = serialize

    @classmethod
    def deserialize(cls, document):
        return cls(**document)

    def __repr__(self):
        return "<%s %s>" % (type(self).__name__, getattr(self, "ref", None) or getattr(self, "name", None))


class KeyValuePair(Resource):
    @property
    def id(self):
        return getattr(self, "name", None)

    @id.setter
    def id(self, _value):
        """A pair is named by its key; st2client lets callers set the id and ignores it too."""


class ResourceManager:
    def __init__(self, api, path, resource=Resource):
        self._api = api
        self._path = "/" + path
        self.resource = resource

    def _item(self, identity):
        from urllib.parse import quote

        return "%s/%s" % (self._path, quote(str(identity), safe=""))

    def _read_list(self, query):
        return [self.resource.deserialize(item) for item in self._api.call("GET", self._path, query).body or []]

    def get_all(self, params=None, **query):
        return self._read_list(dict(params or {}, **query))

    query = get_all

    def get_by_id(self, id, params=None, **query):
        reply = self._api.call("GET", self._item(id), dict(params or {}, **query), accept=(404,))
        return None if reply.status == 404 else self.resource.deserialize(reply.body)

    get_by_ref_or_id = get_by_id

    def get_by_name(self, name, **query):
        found = self._read_list(dict(query, name=name))
        if len(found) > 1:
            raise Exception('More than one object is named "%s"' % name)
        return found[0] if found else None

    def get_property(self, id_, property_name, **_ignored):
        return self._api.call("GET", "%s/%s" % (self._item(id_), property_name.strip("/"))).body

    def create(self, instance, **_ignored):
        return self.resource.deserialize(self._api.call("POST", self._path, body=instance.serialize()).body)

    def update(self, instance, **_ignored):
        reply = self._api.call("PUT", self._item(instance.id), body=instance.serialize())
        return self.resource.deserialize(reply.body or {})

    def delete(self, instance, params=None, **_ignored):
        return self.delete_by_id(instance.id, params=params)

    def delete_by_id(self, instance_id, params=None, **_ignored):
        reply = self._api.call("DELETE", self._item(instance_id), params, accept=(404,))
        return reply.status != 404


class KeyValuePairManager(ResourceManager):
    def __init__(self, api):
        super().__init__(api, "keys", KeyValuePair)

    def get_by_name(self, name, **query):
        return self.get_by_id(name, **query)


class ExecutionManager(ResourceManager):
    def get_result(self, execution_id, **_ignored):
        return self.get_property(execution_id, "attribute/result")

    def get_children(self, execution_id, **_ignored):
        return [self.resource.deserialize(item) for item in self.get_property(execution_id, "children")]

    def re_run(self, execution_id, parameters=None, **_ignored):
        body = {"parameters": parameters or {}}
        return self.resource.deserialize(self._api.call("POST", self._item(execution_id) + "/re_run", body=body).body)

    def _set_status(self, execution_id, status):
        return self.resource.deserialize(self._api.call("PUT", self._item(execution_id), body={"status": status}).body)

    def pause(self, execution_id, **_ignored):
        return self._set_status(execution_id, "pausing")

    def resume(self, execution_id, **_ignored):
        return self._set_status(execution_id, "resuming")


class InquiryManager(ResourceManager):
    def respond(self, inquiry_id, inquiry_response, **_ignored):
        body = {"id": inquiry_id, "response": inquiry_response}
        return self.resource.deserialize(self._api.call("PUT", self._item(inquiry_id), body=body).body)


class WebhookManager:
    def __init__(self, api):
        self._api = api

    def post_generic_webhook(self, trigger, payload=None, trace_tag=None, for_ever=False, **_ignored):
        body = {"trigger": trigger, "payload": payload or {}}
        headers = {"St2-Trace-Tag": trace_tag} if trace_tag else None
        return self._api.call("POST", "/webhooks/st2", body=body, headers=headers, for_ever=for_ever).body


class Client:
    """Signs every call with the token of the execution unless another is given."""

    def __init__(self, base_url=None, api_url=None, token=None, **_ignored):
        if base_url and not api_url:
            api_url = base_url.rstrip("/") + ":9101/v1"
        self.api = Api(api_url, token)
        self.keys = KeyValuePairManager(self.api)
        self.webhooks = WebhookManager(self.api)

    def __getattr__(self, name):
        if name not in _PATHS:
            raise AttributeError(name)
        kind = {"executions": ExecutionManager, "liveactions": ExecutionManager, "inquiries": InquiryManager}
        return kind.get(name, ResourceManager)(self.api, _PATHS[name])

    def get_user_info(self, **_ignored):
        return self.api.call("GET", "/user").body
