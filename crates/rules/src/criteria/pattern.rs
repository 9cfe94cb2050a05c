//! Patterns that are templates: `{{ trigger.body.w }}` keeps the type of what it names.
//! Counterpart: st2reactor/rules/filter.py, `_render_criteria_pattern`.

use serde_json::Value;
use squall_jinja::{Context as Names, Environment, ErrorKind, Evaluated};

use crate::python::{OperatorError, raise};

/// Renders a pattern against what templates may see.
pub(crate) fn render(templates: &Environment, pattern: &str, names: &Names) -> Result<Value, OperatorError> {
    if !pattern.contains('{') {
        return Ok(Value::String(pattern.to_owned()));
    }
    if let Some(last) = last_expression(pattern)
        && is_datastore_object(last)
    {
        return raise("Object of type KeyValueLookup is not JSON serializable");
    }
    if let Some(expression) = only_expression(pattern) {
        return match templates.evaluate(expression, names) {
            Ok(Evaluated::Value(value)) => Ok(value),
            Ok(Evaluated::Undefined) => raise("Object of type StrictUndefined is not JSON serializable"),
            Err(error) => raise(error.message),
        };
    }
    if let Some(typed) = as_json(templates, pattern, names)? {
        return Ok(typed);
    }
    templates.render(pattern, names).map(Value::String).map_err(|error| OperatorError(error.message))
}

/// Renders with the last value written as JSON; `None` when the whole is not JSON then.
fn as_json(templates: &Environment, pattern: &str, names: &Names) -> Result<Option<Value>, OperatorError> {
    let Some((before, after)) = pattern.rsplit_once("}}").filter(|(before, _)| before.contains("{{")) else {
        return Ok(None);
    };
    match templates.render(&format!("{before} | to_complex}}}}{after}"), names) {
        Ok(text) => Ok(serde_json::from_str(&text).ok()),
        Err(error) if error.kind == ErrorKind::Undefined => raise(error.message),
        Err(_) => Ok(None),
    }
}

/// Returns the expression if the pattern is nothing but one placeholder.
fn only_expression(pattern: &str) -> Option<&str> {
    let inside = pattern.trim().strip_prefix("{{")?.strip_suffix("}}")?;
    (!inside.contains("{{") && !inside.contains("}}")).then_some(inside)
}

fn last_expression(pattern: &str) -> Option<&str> {
    let (before, _) = pattern.rsplit_once("}}")?;
    before.rsplit_once("{{").map(|(_, inside)| inside)
}

/// Tells whether the expression names a datastore item and nothing more: that is an object of StackStorm's, not its value, and a
/// pattern can't hold it. A filter behind it makes it a text.
fn is_datastore_object(expression: &str) -> bool {
    let expression = expression.trim();
    let path = expression.strip_prefix("st2kv.system").or_else(|| expression.strip_prefix("system"));
    path.is_some_and(|path| {
        let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '.' | '[' | ']' | '\'' | '"');
        path.starts_with(['.', '[']) && path.chars().all(is_part)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(pattern: &str, expected: Result<Value, &str>) {
        let mut names = Names::new();
        names.insert("trigger", &json!({"n": 7, "s": "s", "l": [1], "o": {"k": null}, "digits": "12"}));
        let rendered = render(&Environment::default(), pattern, &names);
        assert_eq!(rendered, expected.map_err(|text| OperatorError(text.to_owned())), "{pattern}");
    }

    #[test]
    fn a_single_placeholder_keeps_its_type() {
        check("{{trigger.n}}", Ok(json!(7)));
        check(" {{ trigger.l }} ", Ok(json!([1])));
        check("{{ trigger.o }}", Ok(json!({"k": null})));
        check("{{ trigger.digits }}", Ok(json!("12")));
        check("{{ trigger.n + 1 }}", Ok(json!(8)));
    }

    #[test]
    fn other_text_is_text_unless_the_whole_is_json() {
        check("10", Ok(json!("10")));
        check("a{{trigger.s}}b", Ok(json!("asb")));
        check("[{{trigger.n}}, {{trigger.s}}]", Ok(json!([7, "s"])));
        check("{% if trigger.n %}yes{% endif %}", Ok(json!("yes")));
    }

    #[test]
    fn what_json_cannot_hold_is_an_error() {
        check("{{ trigger.w }}", Err("Object of type StrictUndefined is not JSON serializable"));
        for pattern in ["{{st2kv.system.k}}", "{{ st2kv.system.k }}", "a{{st2kv.system.k}}b", "{{system.k}}"] {
            check(pattern, Err("Object of type KeyValueLookup is not JSON serializable"));
        }
    }
}
