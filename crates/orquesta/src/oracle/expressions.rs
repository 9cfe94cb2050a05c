//! Evaluating, checking and searching expressions.

use serde_json::{Map, Value, json};

use super::{Answer, UPSTREAM, refusal};
use crate::expressions::{
    InvalidExpression, Language, Scope, Template, evaluate_typed, in_context, referenced_variables,
    validate as validate_value, validate_in, written_references,
};
use crate::host::NoHost;

pub(super) fn evaluate(question: &Value) -> Answer {
    let context = question["ctx"].as_object().cloned().unwrap_or_default();
    let language = language(question)?;
    in_context(&context, &NoHost, |scope| evaluate_in(language, &question["expr"], scope))
}

fn evaluate_in(language: Option<Language>, value: &Value, scope: &Scope<'_>) -> Answer {
    match value {
        Value::String(text) => evaluate_text(language, text, scope),
        _ if language.is_some() => Err(not_a_text()),
        Value::Array(items) => items.iter().map(|item| evaluate_in(None, item, scope)).collect(),
        Value::Object(map) if !map.keys().any(|key| Language::of(key).is_some()) => {
            let entries = map.iter().map(|(key, value)| Ok((key.clone(), evaluate_in(None, value, scope)?)));
            entries.collect::<Result<Map<String, Value>, _>>().map(Value::Object)
        }
        other => {
            let template = Template::new(other, UPSTREAM);
            template.evaluate(scope).map_err(|error| (error.class, error.message))
        }
    }
}

fn evaluate_text(language: Option<Language>, text: &str, scope: &Scope<'_>) -> Answer {
    let template = match language {
        Some(language) => Template::in_language(text, language, UPSTREAM),
        None => Template::new(&Value::from(text), UPSTREAM),
    };
    let taken_as = language.or_else(|| Language::of(text));
    if taken_as == Some(Language::Yaql)
        && let Some(value) = evaluate_typed(text, scope, squall_yaql::oracle::tag)
    {
        return Ok(value);
    }
    template.evaluate(scope).map_err(|error| (error.class, error.message))
}

/// The language that is asked by itself; none where the text chooses.
fn language(question: &Value) -> Result<Option<Language>, (String, String)> {
    match question["lang"].as_str() {
        Some("yaql") => Ok(Some(Language::Yaql)),
        Some("jinja") => Ok(Some(Language::Jinja)),
        Some("auto") | None => Ok(None),
        Some(other) => Err(refusal("ValueError", format!("`{other}` is not a language"))),
    }
}

fn not_a_text() -> (String, String) {
    refusal("ValueError", "Text to be evaluated is not typeof string.")
}

pub(super) fn validate(question: &Value) -> Answer {
    let list = |errors: Vec<InvalidExpression>| -> Value {
        let error = |error: InvalidExpression| json!({"type": error.language, "expression": error.expression, "message": error.message});
        errors.into_iter().map(error).collect()
    };
    match language(question)? {
        None => Ok(json!({"errors": list(validate_value(&question["expr"]))})),
        Some(language) => {
            let text = question["expr"].as_str().ok_or_else(not_a_text)?;
            Ok(list(validate_in(language, text)))
        }
    }
}

pub(super) fn extract_variables(question: &Value) -> Answer {
    match language(question)? {
        None => {
            let found = referenced_variables(&question["expr"]).into_iter();
            Ok(found.map(|found| json!([found.language, found.expression, found.name])).collect())
        }
        Some(language) => {
            let text = question["expr"].as_str().ok_or_else(not_a_text)?;
            Ok(json!(written_references(text, language)))
        }
    }
}
