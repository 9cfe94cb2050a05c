//! A value of the definition: as written, and ready to be evaluated.

use serde_json::Value;

use crate::expressions::Template;
use crate::options::Options;

#[derive(Clone, Debug)]
pub struct Property {
    pub raw: Value,
    pub template: Template,
}

impl Property {
    pub fn new(raw: Value, options: Options) -> Self {
        let template = Template::new(&raw, options);
        Self { raw, template }
    }
}

/// A list of one-key mappings; a bare name stands for that name with the value null.
pub(super) fn named_list(list: &Value, options: Options) -> Vec<(String, Property)> {
    let items = list.as_array().map(Vec::as_slice).unwrap_or_default();
    items
        .iter()
        .filter_map(|item| match item {
            Value::String(name) => Some((name.clone(), Value::Null)),
            Value::Object(pair) => pair.iter().next().map(|(name, value)| (name.clone(), value.clone())),
            _ => None,
        })
        .map(|(name, value)| (name, Property::new(value, options)))
        .collect()
}
