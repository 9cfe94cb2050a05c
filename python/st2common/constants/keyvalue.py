"""Counterpart: st2common/constants/keyvalue.py."""

SYSTEM_SCOPE = "system"
FULL_SYSTEM_SCOPE = "st2kv.system"
USER_SCOPE = "user"
FULL_USER_SCOPE = "st2kv.user"
DATASTORE_PARENT_SCOPE = "st2kv"
DATASTORE_KEY_SEPARATOR = ":"
