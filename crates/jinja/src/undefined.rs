//! Says which name or attribute does not exist, in Jinja2's words; looked for only after a failure.

use minijinja::value::{Value as Jinja, ValueKind};

/// Returns the text about the first of these dotted names that leads nowhere.
pub(crate) fn explain(mut names: Vec<String>, root: &Jinja, is_global: impl Fn(&str) -> bool) -> Option<String> {
    names.sort();
    names.iter().find_map(|name| missing(name, root, &is_global))
}

fn missing(dotted: &str, root: &Jinja, is_global: &impl Fn(&str) -> bool) -> Option<String> {
    let mut parts = dotted.split('.');
    let first = parts.next().filter(|name| !is_global(name))?;
    let mut value = root.get_attr(first).ok()?;
    if value.is_undefined() {
        return Some(format!("'{first}' is undefined"));
    }
    for part in parts {
        let inner = value.get_attr(part).ok()?;
        if inner.is_undefined() {
            return Some(match value.kind() {
                ValueKind::None => format!("'None' has no attribute '{part}'"),
                _ => format!("'{} object' has no attribute '{part}'", type_name(&value)),
            });
        }
        value = inner;
    }
    None
}

fn type_name(value: &Jinja) -> &'static str {
    match value.kind() {
        ValueKind::Bool => "bool",
        ValueKind::Number if value.is_integer() => "int",
        ValueKind::Number => "float",
        ValueKind::String => "str",
        ValueKind::Bytes => "bytes",
        ValueKind::Seq if value.is_tuple() => "tuple",
        ValueKind::Seq => "list",
        ValueKind::Map => "dict",
        ValueKind::Iterable => "generator",
        _ => "object",
    }
}
