//! The keywords of draft 4. Counterpart: jsonschema/_keywords.py.

use serde_json::Value;
use squall_jinja::{filters::Regex, python::repr};

use super::Check;

/// Checks one keyword of a schema; unknown ones mean nothing.
pub(super) fn check<'a>(
    check: &mut Check<'a, '_>,
    keyword: &str,
    expected: &'a Value,
    schema: &'a Value,
    value: &'a Value,
) {
    match keyword {
        "type" => types(check, expected, value),
        "enum" => {
            let options = expected.as_array().map(Vec::as_slice).unwrap_or_default();
            if !options.iter().any(|option| same(option, value)) {
                check.refuse(format!("{} is not one of {}", repr(value), repr(expected)));
            }
        }
        "properties" => properties(check, expected, value),
        "patternProperties" => pattern_properties(check, expected, value),
        "additionalProperties" => additional_properties(check, expected, schema, value),
        "required" => required(check, expected, value),
        "items" => items(check, expected, value),
        "additionalItems" => additional_items(check, expected, schema, value),
        "minimum" | "maximum" => bounds(check, keyword, expected, schema, value),
        "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties" => {
            sizes(check, keyword, expected, value);
        }
        "pattern" => pattern(check, expected, value),
        "multipleOf" => multiple(check, expected, value),
        "uniqueItems" => unique(check, expected, value),
        "allOf" => {
            for (index, schema) in list(expected).iter().enumerate() {
                check.under(index, |check| check.run(schema, value));
            }
        }
        "anyOf" | "oneOf" => alternatives(check, keyword, expected, value),
        "not" if check.fits(expected, value) => {
            check.refuse(format!("{} should not be valid under {}", repr(value), repr(expected)));
        }
        "dependencies" => dependencies(check, expected, value),
        _ => {}
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Equality as Python has it: 1 is 1.0.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        _ => left == right,
    }
}

fn is_type(name: &str, value: &Value) -> bool {
    match name {
        "array" => value.is_array(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "object" => value.is_object(),
        "string" => value.is_string(),
        _ => true,
    }
}

fn types<'a>(check: &mut Check<'a, '_>, expected: &'a Value, value: &'a Value) {
    let names = match expected {
        Value::Array(names) => names.as_slice(),
        single => std::slice::from_ref(single),
    };
    let fits = names.iter().any(|name| match name {
        Value::String(name) => is_type(name, value),
        schema => check.fits(schema, value),
    });
    if !fits {
        let names: Vec<String> = names.iter().map(repr).collect();
        check.refuse(format!("{} is not of type {}", repr(value), names.join(", ")));
    }
}

fn properties<'a>(check: &mut Check<'a, '_>, expected: &'a Value, value: &'a Value) {
    let (Some(schemas), Some(pairs)) = (expected.as_object(), value.as_object()) else { return };
    for (name, schema) in schemas {
        if let Some(value) = pairs.get(name) {
            check.under(name.as_str(), |check| check.inside(name.as_str(), schema, value));
        } else if schema.get("required").and_then(Value::as_bool).unwrap_or(false) {
            refuse_missing(check, name);
        }
    }
}

/// What is missing counts as being inside, as it does in StackStorm: of two mistakes the one further out is told.
fn refuse_missing(check: &mut Check<'_, '_>, name: &str) {
    let message = format!("{} is a required property", repr(&Value::from(name)));
    let place = check.path.iter().cloned().chain([Value::from(name)]).collect();
    check.path.push(Value::from("required"));
    check.under(name, |check| check.under("required", |check| check.refuse_at(message, place)));
    check.path.pop();
}

fn required<'a>(check: &mut Check<'a, '_>, expected: &'a Value, value: &'a Value) {
    let Some(pairs) = value.as_object() else { return };
    for name in list(expected) {
        if name.as_str().is_some_and(|name| !pairs.contains_key(name)) {
            check.refuse(format!("{} is a required property", repr(name)));
        }
    }
}

fn matches(pattern: &str, text: &str) -> bool {
    Regex::new(pattern, false).and_then(|regex| regex.find(text)).is_ok_and(|found| found.is_some())
}

fn pattern_properties<'a>(check: &mut Check<'a, '_>, expected: &'a Value, value: &'a Value) {
    let (Some(schemas), Some(pairs)) = (expected.as_object(), value.as_object()) else { return };
    for (pattern, schema) in schemas {
        for (name, value) in pairs.iter().filter(|(name, _)| matches(pattern, name)) {
            check.under(pattern.as_str(), |check| check.inside(name.as_str(), schema, value));
        }
    }
}

fn is_additional(schema: &Value, name: &str) -> bool {
    let properties = schema.get("properties").and_then(Value::as_object);
    let patterns = schema.get("patternProperties").and_then(Value::as_object);
    !properties.is_some_and(|known| known.contains_key(name))
        && !patterns.is_some_and(|patterns| patterns.keys().any(|pattern| matches(pattern, name)))
}

fn additional_properties<'a>(check: &mut Check<'a, '_>, expected: &'a Value, schema: &'a Value, value: &'a Value) {
    let Some(pairs) = value.as_object() else { return };
    let extra: Vec<(&String, &'a Value)> = pairs.iter().filter(|(name, _)| is_additional(schema, name)).collect();
    match expected {
        Value::Object(_) => {
            extra.iter().for_each(|(name, value)| check.inside(name.as_str(), expected, value));
        }
        Value::Bool(false) if !extra.is_empty() => {
            let mut names: Vec<String> = extra.iter().map(|(name, _)| (*name).clone()).collect();
            names.sort();
            let shown: Vec<String> = names.into_iter().map(|name| repr(&Value::String(name))).collect();
            let patterns = schema.get("patternProperties").and_then(Value::as_object).filter(|known| !known.is_empty());
            if let Some(patterns) = patterns {
                let verb = if shown.len() == 1 { "does" } else { "do" };
                let known: Vec<String> = patterns.keys().map(|name| repr(&Value::String(name.clone()))).collect();
                check.refuse(format!("{} {verb} not match any of the regexes: {}", shown.join(", "), known.join(", ")));
            } else {
                check.refuse(format!("Additional properties are not allowed ({})", unexpected(&shown)));
            }
        }
        _ => {}
    }
}

fn unexpected(shown: &[String]) -> String {
    format!("{} {} unexpected", shown.join(", "), if shown.len() == 1 { "was" } else { "were" })
}

fn items<'a>(check: &mut Check<'a, '_>, expected: &'a Value, value: &'a Value) {
    let Some(values) = value.as_array() else { return };
    for (index, value) in values.iter().enumerate() {
        let schema = match expected {
            Value::Array(schemas) => schemas.get(index),
            single => Some(single),
        };
        match schema {
            Some(schema) if expected.is_array() => check.under(index, |check| check.inside(index, schema, value)),
            Some(schema) => check.inside(index, schema, value),
            None => {}
        }
    }
}

fn additional_items<'a>(check: &mut Check<'a, '_>, expected: &'a Value, schema: &'a Value, value: &'a Value) {
    let (Some(values), Some(known)) = (value.as_array(), schema.get("items").and_then(Value::as_array)) else { return };
    let extra = values.get(known.len()..).unwrap_or_default();
    match expected {
        Value::Object(_) => {
            for (index, value) in extra.iter().enumerate() {
                check.inside(known.len() + index, expected, value);
            }
        }
        Value::Bool(false) if !extra.is_empty() => {
            let shown: Vec<String> = extra.iter().map(repr).collect();
            check.refuse(format!("Additional items are not allowed ({})", unexpected(&shown)));
        }
        _ => {}
    }
}

fn bounds<'a>(check: &mut Check<'a, '_>, keyword: &str, expected: &'a Value, schema: &'a Value, value: &'a Value) {
    let (Some(bound), Some(number)) = (expected.as_f64(), value.as_f64()) else { return };
    let (exclusive, beyond, word) = match keyword {
        "minimum" => ("exclusiveMinimum", number < bound, "less"),
        _ => ("exclusiveMaximum", number > bound, "greater"),
    };
    let is_exclusive = schema.get(exclusive).and_then(Value::as_bool).unwrap_or(false);
    if beyond || (is_exclusive && number == bound) {
        let or_equal = if is_exclusive { " than or equal to" } else { " than" };
        check.refuse(format!("{} is {word}{or_equal} the {keyword} of {}", repr(value), repr(expected)));
    }
}

fn sizes<'a>(check: &mut Check<'a, '_>, keyword: &str, expected: &'a Value, value: &'a Value) {
    let size = match (&keyword[3..], value) {
        ("Length", Value::String(text)) => text.chars().count(),
        ("Items", Value::Array(items)) => items.len(),
        ("Properties", Value::Object(pairs)) => pairs.len(),
        _ => return,
    };
    let Some(limit) = expected.as_u64() else { return };
    let (is_minimum, size) = (keyword.starts_with("min"), size as u64);
    if if is_minimum { size >= limit } else { size <= limit } {
        return;
    }
    let complaint = match (is_minimum, value.is_object()) {
        (true, _) if limit == 1 => "should be non-empty",
        (false, _) if limit == 0 => "is expected to be empty",
        (true, true) => "does not have enough properties",
        (false, true) => "has too many properties",
        (true, false) => "is too short",
        (false, false) => "is too long",
    };
    check.refuse(format!("{} {complaint}", repr(value)));
}

fn pattern<'a>(check: &mut Check<'a, '_>, expected: &'a Value, value: &'a Value) {
    if let (Some(pattern), Some(text)) = (expected.as_str(), value.as_str())
        && !matches(pattern, text)
    {
        check.refuse(format!("{} does not match {}", repr(value), repr(expected)));
    }
}

fn multiple<'a>(check: &mut Check<'a, '_>, expected: &'a Value, value: &'a Value) {
    if let (Some(step), Some(number)) = (expected.as_f64(), value.as_f64())
        && step != 0.0
        && (number / step).fract() != 0.0
    {
        check.refuse(format!("{} is not a multiple of {}", repr(value), repr(expected)));
    }
}

fn unique<'a>(check: &mut Check<'a, '_>, expected: &'a Value, value: &'a Value) {
    let (Some(true), Some(items)) = (expected.as_bool(), value.as_array()) else { return };
    let mut seen = std::collections::HashSet::new();
    if !items.iter().all(|item| seen.insert(item.to_string())) {
        check.refuse(format!("{} has non-unique elements", repr(value)));
    }
}

fn alternatives<'a>(check: &mut Check<'a, '_>, keyword: &str, expected: &'a Value, value: &'a Value) {
    let fitting: Vec<&Value> = list(expected).iter().filter(|schema| check.fits(schema, value)).collect();
    if fitting.is_empty() {
        check.refuse(format!("{} is not valid under any of the given schemas", repr(value)));
    } else if keyword == "oneOf" && fitting.len() > 1 {
        let shown: Vec<String> = fitting.into_iter().map(repr).collect();
        check.refuse(format!("{} is valid under each of {}", repr(value), shown.join(", ")));
    }
}

fn dependencies<'a>(check: &mut Check<'a, '_>, expected: &'a Value, value: &'a Value) {
    let (Some(rules), Some(pairs)) = (expected.as_object(), value.as_object()) else { return };
    for (name, rule) in rules.iter().filter(|(name, _)| pairs.contains_key(*name)) {
        match rule {
            Value::Object(_) => check.under(name.as_str(), |check| check.run(rule, value)),
            names => {
                for needed in
                    list(names).iter().filter(|needed| needed.as_str().is_some_and(|key| !pairs.contains_key(key)))
                {
                    let name = repr(&Value::String(name.clone()));
                    check.refuse(format!("{} is a dependency of {name}", repr(needed)));
                }
            }
        }
    }
}
