//! One resource as a table of properties and values (`PropertyValueTable` of the original).

use serde_json::Value;

use super::table::Table;
use super::{OutputSettings, Transforms, attributes, json, text, transform};
use crate::resource::Resource;

const PROPERTY_WIDTH: usize = 20;
const VALUE_WIDTH: usize = 60;

/// What to show of the resource.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Properties<'a> {
    /// Empty or `all` for every attribute.
    pub(crate) attributes: &'a [String],
    /// Which attributes come first.
    pub(crate) order: &'a [&'a str],
    pub(crate) transforms: Transforms,
}

/// The table, without a trailing line feed.
pub(crate) fn render(subject: &Resource, properties: Properties<'_>, settings: &OutputSettings) -> String {
    let names = property_names(subject, properties);
    let rows = names
        .iter()
        .map(|name| {
            let value = transform::apply(properties.transforms, name, value_of(subject, name), settings);
            vec![name.clone(), value_text(&value)]
        })
        .collect();
    Table {
        headers: vec!["Property".to_owned(), "Value".to_owned()],
        max_widths: vec![PROPERTY_WIDTH, VALUE_WIDTH],
        rows,
    }
    .render()
}

fn property_names(subject: &Resource, properties: Properties<'_>) -> Vec<String> {
    let mut names = if attributes::wants_all(properties.attributes) {
        let mut names: Vec<String> = subject.keys().filter(|name| !name.starts_with('_')).cloned().collect();
        names.sort();
        names
    } else {
        properties.attributes.to_vec()
    };
    for first in properties.order.iter().rev() {
        if let Some(position) = names.iter().position(|name| name == first) {
            let name = names.remove(position);
            names.insert(0, name);
        }
    }
    names
}

fn value_of(subject: &Resource, name: &str) -> Value {
    match attributes::lookup(subject.as_map(), name) {
        None | Some(Value::Null) => Value::String(String::new()),
        Some(Value::Array(items)) if items.is_empty() => Value::String(String::new()),
        Some(Value::Object(map)) if map.is_empty() => Value::String(String::new()),
        Some(value) => value.clone(),
    }
}

fn value_text(value: &Value) -> String {
    match value {
        Value::Array(_) | Value::Object(_) => text::displayable(&json::in_order(value)).into_owned(),
        other => text::cell(other),
    }
}
