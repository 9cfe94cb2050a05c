//! Whether expressions are well formed, without evaluating them.

use serde_json::Value;

use super::detect::Language;
use super::{jinja, yaql};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidExpression {
    /// None when a text mixes languages.
    pub language: Option<Language>,
    pub expression: String,
    pub message: String,
}

/// Everything wrong with the expressions anywhere in a value.
pub fn validate(value: &Value) -> Vec<InvalidExpression> {
    let mut errors = Vec::new();
    collect(value, &mut errors);
    errors
}

fn collect(value: &Value, errors: &mut Vec<InvalidExpression>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                validate_text(key, errors);
                collect(value, errors);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, errors)),
        Value::String(text) => validate_text(text, errors),
        _ => {}
    }
}

fn validate_text(text: &str, errors: &mut Vec<InvalidExpression>) {
    let languages: Vec<Language> = Language::ALL.into_iter().filter(|language| language.is_in(text)).collect();
    match languages.as_slice() {
        [] => {}
        [Language::Yaql] => validate_yaql(text, errors),
        [Language::Jinja] => validate_jinja(text, errors),
        _ => errors.push(InvalidExpression {
            language: None,
            expression: text.to_owned(),
            message: "Expression with multiple types is not supported.".to_owned(),
        }),
    }
}

/// Everything wrong with a text that is in one language, whatever else is in it.
pub(crate) fn validate_in(language: Language, text: &str) -> Vec<InvalidExpression> {
    let mut errors = Vec::new();
    match language {
        Language::Yaql => validate_yaql(text, &mut errors),
        Language::Jinja => validate_jinja(text, &mut errors),
    }
    errors
}

fn validate_yaql(text: &str, errors: &mut Vec<InvalidExpression>) {
    for span in Language::Yaql.spans(text) {
        let expression = &text[span];
        if let Some(message) = yaql::syntax_error(Language::Yaql.strip(expression)) {
            errors.push(invalid(Language::Yaql, expression, message));
        }
    }
}

/// The whole text first, for its blocks and delimiters, then each expression.
fn validate_jinja(text: &str, errors: &mut Vec<InvalidExpression>) {
    let start = errors.len();
    if let Some(message) = jinja::template_error(text) {
        errors.push(invalid(Language::Jinja, text, message));
    }
    for span in Language::Jinja.spans(text) {
        let expression = &text[span];
        if errors[start..].iter().any(|error| error.expression == expression) {
            continue;
        }
        if let Some(message) = jinja::expression_error(Language::Jinja.strip(expression)) {
            errors.push(invalid(Language::Jinja, expression, message));
        }
    }
}

fn invalid(language: Language, expression: &str, message: String) -> InvalidExpression {
    InvalidExpression { language: Some(language), expression: expression.to_owned(), message }
}
