//! Parameters as a script's command line. Counterpart: st2common/util/action_db.py `get_args`, st2common/models/
//! system/action.py `ShellScriptAction`.

use serde_json::Value;
use squall_model::Map;

use crate::python_text::python_str;

/// Returns the words after the script's name: named arguments in their order, then positional ones.
pub(crate) fn script_arguments(parameters: &Map, schemas: &Map, kwarg_operator: &str) -> Vec<String> {
    let positional = positional_names(schemas);
    let named = parameters
        .iter()
        .filter(|(name, _)| !positional.contains(&name.as_str()))
        .filter_map(|(name, value)| named_argument(kwarg_operator, name, value));
    let absent = Value::Null;
    let ordered = positional.iter().map(|name| positional_argument(parameters.get(*name).unwrap_or(&absent)));
    named.chain(ordered).collect()
}

fn positional_names(schemas: &Map) -> Vec<&str> {
    let mut names: Vec<(i64, &str)> =
        schemas.iter().filter_map(|(name, schema)| Some((schema.get("position")?.as_i64()?, name.as_str()))).collect();
    names.sort_by_key(|(position, _)| *position);
    names.into_iter().map(|(_, name)| name).collect()
}

fn named_argument(operator: &str, name: &str, value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Bool(false) => None,
        Value::String(text) if text.is_empty() => None,
        Value::Bool(true) => Some(format!("{operator}{name}")),
        other => Some(format!("{operator}{name}={}", python_str(other))),
    }
}

fn positional_argument(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(value) => i32::from(*value).to_string(),
        Value::Array(items) => items.iter().map(python_str).collect::<Vec<_>>().join(","),
        Value::Object(_) => value.to_string(),
        other => python_str(other),
    }
}

/// Quotes a word for a POSIX shell.
pub(crate) fn shell_quote(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_@%+=:,./-".contains(&byte);
    if !word.is_empty() && word.bytes().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r#"'"'"'"#))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn map(value: Value) -> Map {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn named_before_positional_each_in_its_form() {
        let schemas = map(json!({
            "b": {"type": "boolean", "position": 1}, "a": {"type": "string", "position": 0},
            "c": {"type": "array", "position": 2}, "d": {"type": "object", "position": 3}, "n": {"type": "string"},
        }));
        for (parameters, operator, expected) in [
            (json!({}), "--", vec!["", "", "", ""]),
            (
                json!({"a": "x y", "b": true, "c": [1, "b c"], "d": {"k": 1}, "n": "it's", "flag": true, "num": 1.5}),
                "--",
                vec!["--n=it's", "--flag", "--num=1.5", "x y", "1", "1,b c", "{\"k\":1}"],
            ),
            (json!({"b": false, "flag": false, "n": "", "m": null}), "--", vec!["", "0", "", ""]),
            (json!({"a": "$(x)", "n": [1, "y"]}), "-", vec!["-n=[1, 'y']", "$(x)", "", "", ""]),
        ] {
            assert_eq!(script_arguments(&map(parameters.clone()), &schemas, operator), expected, "{parameters}");
        }
    }

    #[test]
    fn words_survive_the_shell() {
        for (word, expected) in
            [("plain-1.5", "plain-1.5"), ("", "''"), ("a b", "'a b'"), ("$(x)", "'$(x)'"), ("it's", r#"'it'"'"'s'"#)]
        {
            assert_eq!(shell_quote(word), expected);
        }
    }
}
