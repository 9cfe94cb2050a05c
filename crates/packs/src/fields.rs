//! The keys that each kind of metadata file may and must have.

/// The fields of one kind of file.
pub(crate) struct Fields {
    pub(crate) required: &'static [&'static str],
    pub(crate) known: &'static [&'static str],
}

pub(crate) const ACTION: Fields = Fields {
    required: &["name", "runner_type"],
    known: &[
        "name",
        "runner_type",
        "description",
        "enabled",
        "entry_point",
        "pack",
        "parameters",
        "output_schema",
        "tags",
        "notify",
        "metadata_file",
        "uid",
        "ref",
        "id",
    ],
};

pub(crate) const RULE: Fields = Fields {
    required: &["name", "trigger", "action"],
    known: &[
        "name",
        "pack",
        "description",
        "type",
        "trigger",
        "criteria",
        "action",
        "enabled",
        "context",
        "tags",
        "metadata_file",
        "uid",
        "ref",
        "id",
    ],
};

pub(crate) const SENSOR: Fields = Fields {
    required: &["class_name", "entry_point"],
    known: &[
        "name",
        "class_name",
        "entry_point",
        "description",
        "enabled",
        "poll_interval",
        "trigger_types",
        "pack",
        "artifact_uri",
        "metadata_file",
        "uid",
        "ref",
        "id",
    ],
};

pub(crate) const ALIAS: Fields = Fields {
    required: &["name", "action_ref", "formats"],
    known: &[
        "name",
        "action_ref",
        "formats",
        "description",
        "enabled",
        "pack",
        "ack",
        "result",
        "extra",
        "immutable_parameters",
        "metadata_file",
        "uid",
        "ref",
        "id",
    ],
};

pub(crate) const POLICY: Fields = Fields {
    required: &["name", "resource_ref", "policy_type"],
    known: &[
        "name",
        "resource_ref",
        "policy_type",
        "description",
        "enabled",
        "parameters",
        "pack",
        "metadata_file",
        "uid",
        "ref",
        "id",
    ],
};

pub(crate) const TRIGGER_TYPE: Fields = Fields {
    required: &["name"],
    known: &[
        "name",
        "pack",
        "description",
        "payload_schema",
        "parameters_schema",
        "tags",
        "metadata_file",
        "uid",
        "ref",
        "id",
    ],
};
