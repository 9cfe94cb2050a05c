//! The kinds of resources: where they live, what they are called and which attributes people see first.

/// How a resource is found by what the user typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lookup {
    Reference,
    Name,
    Id,
}

/// One kind of resource.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ResourceKind {
    /// `Key Value Pair "x" is not found.`
    pub(crate) display: &'static str,
    /// `Note: Only first 2 key value pairs are displayed.`
    pub(crate) plural: &'static str,
    /// The collection's part of the URL.
    pub(crate) path: &'static str,
    pub(crate) lookup: Lookup,
    /// Columns of a list.
    pub(crate) list_attributes: &'static [&'static str],
    /// Attributes of one resource.
    pub(crate) get_attributes: &'static [&'static str],
    /// Attributes that come first when one resource is shown.
    pub(crate) order: &'static [&'static str],
}

const ALL: &[&str] = &["all"];
const DESCRIBED: &[&str] = &["id", "name", "description"];
const PACKED: &[&str] = &["ref", "pack", "description", "enabled"];

/// The order after `create`, `update`, `enable` and `disable`.
pub(crate) const CHANGED_ORDER: &[&str] = &["id", "name", "pack", "description"];

const fn kind(display: &'static str, plural: &'static str, path: &'static str, lookup: Lookup) -> ResourceKind {
    ResourceKind { display, plural, path, lookup, list_attributes: DESCRIBED, get_attributes: ALL, order: DESCRIBED }
}

pub(crate) const ACTION: ResourceKind = ResourceKind {
    list_attributes: &["ref", "pack", "description"],
    order: &["id", "uid", "ref", "pack", "name", "description", "enabled", "entry_point", "runner_type", "parameters"],
    ..kind("Action", "actions", "actions", Lookup::Reference)
};

pub(crate) const ACTION_ALIAS: ResourceKind = ResourceKind {
    list_attributes: PACKED,
    order: &["id", "ref", "pack", "name", "description", "enabled", "action_ref", "formats"],
    ..kind("Action Alias", "action aliases", "actionalias", Lookup::Name)
};

pub(crate) const API_KEY: ResourceKind = ResourceKind {
    list_attributes: &["id", "user", "metadata"],
    order: &["id", "user", "metadata"],
    ..kind("API Key", "api keys", "apikeys", Lookup::Id)
};

pub(crate) const EXECUTION: ResourceKind = ResourceKind {
    list_attributes: &["id", "action.ref", "context.user", "status", "start_timestamp", "end_timestamp"],
    ..kind("Action Execution", "action executions", "executions", Lookup::Id)
};

pub(crate) const INQUIRY: ResourceKind = ResourceKind {
    list_attributes: &["id", "roles", "users", "route", "ttl"],
    get_attributes: &["id", "roles", "users", "route", "ttl", "schema"],
    ..kind("Inquiry", "inquiries", "inquiries", Lookup::Id)
};

pub(crate) const KEY: ResourceKind = ResourceKind {
    list_attributes: &["name", "value", "secret", "encrypted", "scope", "user", "expire_timestamp"],
    get_attributes: &["name", "value", "secret", "encrypted", "scope", "expire_timestamp"],
    ..kind("Key Value Pair", "key value pairs", "keys", Lookup::Id)
};

pub(crate) const PACK: ResourceKind = ResourceKind {
    list_attributes: &["ref", "name", "description", "version", "author"],
    get_attributes: &["name", "version", "author", "email", "keywords", "description"],
    order: &["name", "version", "author", "email", "keywords", "description"],
    ..kind("Pack", "packs", "packs", Lookup::Reference)
};

pub(crate) const POLICY: ResourceKind = ResourceKind {
    list_attributes: &["ref", "resource_ref", "policy_type", "enabled"],
    order: &["id", "ref", "pack", "name", "description", "enabled", "resource_ref", "policy_type", "parameters"],
    ..kind("Policy", "policies", "policies", Lookup::Reference)
};

pub(crate) const POLICY_TYPE: ResourceKind = ResourceKind {
    list_attributes: &["id", "resource_type", "name", "description"],
    ..kind("Policy type", "policy types", "policytypes", Lookup::Reference)
};

pub(crate) const ROLE: ResourceKind = ResourceKind {
    list_attributes: &["id", "name", "system", "description"],
    order: &["id", "name", "system", "permission_grants"],
    ..kind("Role", "roles", "rbac/roles", Lookup::Id)
};

pub(crate) const ROLE_ASSIGNMENT: ResourceKind = ResourceKind {
    list_attributes: &["id", "role", "user", "is_remote", "source", "description"],
    order: &["id", "role", "user", "is_remote", "description"],
    ..kind("Role Assignment", "role assignments", "rbac/role_assignments", Lookup::Id)
};

pub(crate) const RULE: ResourceKind = ResourceKind {
    list_attributes: PACKED,
    order: &["id", "uid", "ref", "pack", "name", "description", "enabled"],
    ..kind("Rule", "rules", "rules", Lookup::Reference)
};

pub(crate) const RULE_ENFORCEMENT: ResourceKind = ResourceKind {
    list_attributes: &["id", "rule.ref", "trigger_instance_id", "execution_id", "enforced_at"],
    get_attributes: &["id", "rule.ref", "trigger_instance_id", "execution_id", "failure_reason", "enforced_at"],
    order: &["id", "rule.ref", "trigger_instance_id", "execution_id", "failure_reason", "enforced_at"],
    ..kind("Rule Enforcement", "rule enforcements", "ruleenforcements", Lookup::Id)
};

pub(crate) const RUNNER: ResourceKind = kind("Runner", "runners", "runnertypes", Lookup::Name);

pub(crate) const SENSOR: ResourceKind = ResourceKind {
    list_attributes: PACKED,
    order: &["id", "uid", "ref", "pack", "name", "enabled", "entry_point", "artifact_uri", "trigger_types"],
    ..kind("Sensor", "sensortypes", "sensortypes", Lookup::Reference)
};

pub(crate) const TIMER: ResourceKind = ResourceKind {
    list_attributes: &["id", "uid", "pack", "name", "type", "parameters"],
    order: &["type", "pack", "name", "description", "parameters"],
    ..kind("Timer", "timers", "timers", Lookup::Id)
};

pub(crate) const TRACE: ResourceKind = ResourceKind {
    list_attributes: &["id", "uid", "trace_tag", "start_timestamp"],
    ..kind("Trace", "traces", "traces", Lookup::Id)
};

pub(crate) const TRIGGER: ResourceKind = ResourceKind {
    list_attributes: &["ref", "pack", "description"],
    order: &["id", "ref", "pack", "name", "description", "parameters_schema", "payload_schema"],
    ..kind("Trigger", "triggers", "triggertypes", Lookup::Reference)
};

pub(crate) const TRIGGER_INSTANCE: ResourceKind = ResourceKind {
    list_attributes: &["id", "trigger", "occurrence_time", "status"],
    order: &["id", "trigger", "occurrence_time", "payload"],
    ..kind("Trigger Instance", "triggerinstances", "triggerinstances", Lookup::Id)
};

pub(crate) const WEBHOOK: ResourceKind = ResourceKind {
    list_attributes: &["url", "type", "description"],
    order: &["type", "description"],
    ..kind("Webhook", "webhooks", "webhooks", Lookup::Id)
};
