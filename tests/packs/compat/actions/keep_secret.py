import hashlib

from st2common.runners.base_action import Action


class KeepSecretAction(Action):
    """Answers with digests, so that the test sees that the secrets arrived without reading them anywhere."""

    def run(self, password, stored):
        digests = {name: self.digest(value) for name, value in (("password", password), ("stored", stored))}
        digests["configured"] = self.digest(self.config["service_token"])
        return digests

    @staticmethod
    def digest(value):
        return hashlib.sha256(value.encode()).hexdigest()
