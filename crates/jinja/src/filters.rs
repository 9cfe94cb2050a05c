//! StackStorm's own functions, pure: Jinja registers them as filters, Orquesta also as functions in both languages.
//! Counterpart: st2common/expressions/functions.

mod arguments;
mod data;
mod jsonpath;
mod path;
mod regex;
mod time;
mod version;
mod workflow;

use serde_json::{Map, Value};

use crate::error::HostError;

pub use arguments::Arguments;
pub use data::NONE_MAGIC;
pub use regex::Regex;

/// Why a filter refused its arguments: the Python exception's name and message.
pub type FilterError = HostError;

/// Takes positional arguments and keywords.
pub type Call = fn(&[Value], &Map<String, Value>) -> Result<Value, FilterError>;

/// A function of StackStorm's by its name in templates.
#[derive(Clone, Copy, Debug)]
pub struct Filter {
    pub name: &'static str,
    /// Names of the parameters in order, as keywords spell them; the first is the value that a filter is applied to.
    pub parameters: &'static [&'static str],
    pub call: Call,
}

/// What StackStorm registers everywhere, except `decrypt_kv`, which needs a [`Lookup`](crate::Lookup).
pub const TABLE: &[Filter] = &[
    Filter { name: "basename", parameters: &["path"], call: path::basename },
    Filter { name: "dirname", parameters: &["path"], call: path::dirname },
    Filter { name: "from_json_string", parameters: &["value"], call: data::from_json_string },
    Filter { name: "from_yaml_string", parameters: &["value"], call: data::from_yaml_string },
    Filter { name: "json_dump", parameters: data::TO_JSON, call: data::to_json_string },
    Filter { name: "json_escape", parameters: &["value"], call: data::json_escape },
    Filter { name: "json_parse", parameters: &["value"], call: data::from_json_string },
    Filter { name: "jsonpath_query", parameters: &["value", "query"], call: data::jsonpath_query },
    Filter { name: "regex_match", parameters: regex::MATCH, call: regex::regex_match },
    Filter { name: "regex_replace", parameters: regex::REPLACE, call: regex::regex_replace },
    Filter { name: "regex_search", parameters: regex::MATCH, call: regex::regex_search },
    Filter { name: "regex_substring", parameters: regex::SUBSTRING, call: regex::regex_substring },
    Filter { name: "to_complex", parameters: &["value"], call: data::to_complex },
    Filter { name: "to_human_time_from_seconds", parameters: &["seconds"], call: time::to_human_time_from_seconds },
    Filter { name: "to_json_string", parameters: data::TO_JSON, call: data::to_json_string },
    Filter { name: "to_yaml_string", parameters: data::TO_YAML, call: data::to_yaml_string },
    Filter { name: "use_none", parameters: &["value"], call: data::use_none },
    Filter { name: "version_bump_major", parameters: &["value"], call: version::bump_major },
    Filter { name: "version_bump_minor", parameters: &["value"], call: version::bump_minor },
    Filter { name: "version_bump_patch", parameters: &["value"], call: version::bump_patch },
    Filter { name: "version_compare", parameters: version::COMPARE, call: version::compare },
    Filter { name: "version_equal", parameters: version::COMPARE, call: version::equal },
    Filter { name: "version_less_than", parameters: version::COMPARE, call: version::less_than },
    Filter { name: "version_match", parameters: version::COMPARE, call: version::matches },
    Filter { name: "version_more_than", parameters: version::COMPARE, call: version::more_than },
    Filter { name: "version_strip_patch", parameters: &["value"], call: version::strip_patch },
    Filter { name: "yaml_dump", parameters: data::TO_YAML, call: data::to_yaml_string },
    Filter { name: "yaml_parse", parameters: &["value"], call: data::from_yaml_string },
];

/// What Orquesta adds that needs nothing of the workflow.
pub const WORKFLOW_TABLE: &[Filter] = &[
    Filter { name: "json", parameters: &["s"], call: workflow::json },
    Filter { name: "zip", parameters: &[], call: workflow::zip },
];
