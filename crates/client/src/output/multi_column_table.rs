//! A list of resources as a table with one column an attribute (`MultiColumnTable` of the original).

use serde_json::{Map, Value};

use super::table::Table;
use super::{OutputSettings, Transforms, attributes, text, transform};
use crate::resource::Resource;

/// Ids are never broken over lines.
const MIN_ID_COLUMN_WIDTH: usize = 26;
const MIN_COLUMN_WIDTH: usize = 5;
/// Room for `succeeded (1234s elapsed)`, which must not be broken: it may be coloured.
const STATUS_COLUMN_WIDTH: usize = 24;
/// The width of columns when nothing else is said.
const DEFAULT_COLUMN_WIDTH: usize = 28;

/// What to show of the entries.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Columns<'a> {
    /// Empty or `all` for every attribute of the first entry.
    pub(crate) attributes: &'a [String],
    /// Widths from the command line, if any.
    pub(crate) widths: &'a [usize],
    pub(crate) transforms: Transforms,
}

/// The table, without a trailing line feed.
pub(crate) fn render(entries: &[Resource], columns: Columns<'_>, settings: &OutputSettings) -> String {
    let computed = column_widths(entries, columns, settings.width);
    let names = column_names(entries, columns.attributes);
    let max_widths = if names.len() == computed.len() {
        computed
    } else {
        let width = if let [only] = computed[..] { only } else { DEFAULT_COLUMN_WIDTH };
        vec![width; names.len()]
    };
    let rows = entries
        .iter()
        .map(|entry| names.iter().map(|name| cell(entry, name, columns.transforms, settings)).collect())
        .collect();
    Table { headers: names, max_widths, rows }.render()
}

fn column_names(entries: &[Resource], attributes: &[String]) -> Vec<String> {
    if !attributes::wants_all(attributes) {
        return attributes.to_vec();
    }
    let mut names: Vec<String> = entries.first().map(|entry| entry.keys().cloned().collect()).unwrap_or_default();
    names.retain(|name| !name.starts_with('_'));
    names.sort();
    names
}

fn column_widths(entries: &[Resource], columns: Columns<'_>, terminal_width: usize) -> Vec<usize> {
    let attributes = columns.attributes;
    if !columns.widths.is_empty() || attributes.is_empty() {
        return columns.widths.to_vec();
    }
    let id_width = attributes[0].eq("id").then(|| required_id_width(entries));
    let shared = terminal_width.saturating_sub(id_width.unwrap_or(0)) / attributes.len();
    let mut widths = vec![id_width.unwrap_or(shared)];
    let mut borrowed = 0_i64;
    for (index, attribute) in attributes.iter().enumerate().skip(1) {
        let is_last = index == attributes.len() - 1;
        if attribute == "status" {
            borrowed += signed(STATUS_COLUMN_WIDTH) - signed(shared);
            widths.push(STATUS_COLUMN_WIDTH);
        } else if is_last && borrowed != 0 {
            let left = signed(shared) - borrowed;
            widths.push(usize::try_from(left).unwrap_or(0).max(MIN_COLUMN_WIDTH));
        } else {
            widths.push(shared);
        }
    }
    widths
}

fn signed(width: usize) -> i64 {
    i64::try_from(width).unwrap_or(i64::MAX)
}

fn required_id_width(entries: &[Resource]) -> usize {
    entries.iter().map(|entry| entry.id().chars().count()).fold(MIN_ID_COLUMN_WIDTH, usize::max)
}

fn cell(entry: &Resource, name: &str, transforms: Transforms, settings: &OutputSettings) -> String {
    if let Some((first, rest)) = name.split_once('.') {
        let empty = Value::Object(Map::new());
        let value = nested_value(entry.get(first).unwrap_or(&empty), rest);
        return text::cell(&value);
    }
    let value = simple_value(entry.get(name));
    text::cell(&transform::apply(transforms, name, value, settings))
}

/// A list of words is shown as words, an empty list as nothing.
fn simple_value(value: Option<&Value>) -> Value {
    match value {
        None => Value::String(String::new()),
        Some(Value::Array(items)) if items.is_empty() => Value::String(String::new()),
        Some(Value::Array(items)) if items.iter().all(Value::is_string) => {
            let words: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            Value::String(words.join(", "))
        }
        Some(value) => value.clone(),
    }
}

fn nested_value(value: &Value, path: &str) -> Value {
    let mut value = value;
    for step in path.split('.') {
        match value.get(step) {
            None | Some(Value::Null) => return Value::String(String::new()),
            Some(Value::Array(items)) if items.is_empty() => return Value::String(String::new()),
            Some(Value::Object(map)) if map.is_empty() => return Value::String(String::new()),
            Some(inner) => value = inner,
        }
    }
    value.clone()
}
