//! A value of the definition with its expressions parsed, ready to be evaluated.

use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;
use squall_jinja::Evaluated;

use super::detect::{Language, has_blocks, raw_blocks};
use super::error::ExpressionError;
use super::jinja;
use super::python;
use super::scope::Scope;
use super::yaql::{Answer, YaqlExpression};
use crate::options::Options;

/// How often results may turn out to be expressions themselves, where that counts at all.
const REPETITIONS: usize = 20;

#[derive(Clone, Debug)]
pub enum Template {
    /// Nothing to evaluate inside.
    Constant(Value),
    Text(Arc<TextTemplate>),
    List(Vec<Self>),
    Map(Vec<(Self, Self)>),
}

#[derive(Debug)]
pub struct TextTemplate {
    written: String,
    kind: Kind,
    again: bool,
}

#[derive(Debug)]
enum Kind {
    Yaql(Vec<(Range<usize>, YaqlExpression)>),
    Jinja,
}

impl Template {
    pub fn new(value: &Value, options: Options) -> Self {
        match value {
            Value::String(text) => match Language::of(text) {
                Some(language) => Self::Text(Arc::new(TextTemplate::new(text, language, options))),
                None => Self::Constant(value.clone()),
            },
            Value::Array(items) => {
                let items: Vec<Self> = items.iter().map(|item| Self::new(item, options)).collect();
                if items.iter().all(Self::is_constant) { Self::Constant(value.clone()) } else { Self::List(items) }
            }
            Value::Object(map) => {
                let parts = map
                    .iter()
                    .map(|(key, value)| (Self::new(&Value::from(key.as_str()), options), Self::new(value, options)));
                let parts: Vec<(Self, Self)> = parts.collect();
                let constant = parts.iter().all(|(key, value)| key.is_constant() && value.is_constant());
                if constant { Self::Constant(value.clone()) } else { Self::Map(parts) }
            }
            _ => Self::Constant(value.clone()),
        }
    }

    /// The text as one language takes it, whatever else is in it.
    pub fn in_language(text: &str, language: Language, options: Options) -> Self {
        if language.is_in(text) {
            Self::Text(Arc::new(TextTemplate::new(text, language, options)))
        } else {
            Self::Constant(Value::from(text))
        }
    }

    pub const fn is_constant(&self) -> bool {
        matches!(self, Self::Constant(_))
    }

    pub fn evaluate(&self, scope: &Scope<'_>) -> Result<Value, ExpressionError> {
        match self {
            Self::Constant(value) => Ok(value.clone()),
            Self::Text(text) => text.evaluate(scope, REPETITIONS),
            Self::List(items) => items.iter().map(|item| item.evaluate(scope)).collect(),
            Self::Map(parts) => {
                let entry = |(key, value): &(Self, Self)| {
                    let key = key.evaluate(scope)?;
                    Ok((key_text(&key), value.evaluate(scope)?))
                };
                parts.iter().map(entry).collect::<Result<_, ExpressionError>>().map(Value::Object)
            }
        }
    }
}

/// A key that is no text, as the JSON round trip of the original leaves it.
fn key_text(key: &Value) -> String {
    match key {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

impl TextTemplate {
    fn new(text: &str, language: Language, options: Options) -> Self {
        let kind = match language {
            Language::Yaql => {
                let spans = language.spans(text);
                Kind::Yaql(spans.into_iter().map(|span| (span.clone(), YaqlExpression::new(&text[span]))).collect())
            }
            Language::Jinja => Kind::Jinja,
        };
        Self { written: text.to_owned(), kind, again: options.evaluate_results_again }
    }

    fn evaluate(&self, scope: &Scope<'_>, repetitions: usize) -> Result<Value, ExpressionError> {
        match &self.kind {
            Kind::Yaql(expressions) => self.evaluate_yaql(expressions, scope, repetitions),
            Kind::Jinja => evaluate_jinja(&self.written, self.again, scope),
        }
    }

    fn evaluate_yaql(
        &self,
        expressions: &[(Range<usize>, YaqlExpression)],
        scope: &Scope<'_>,
        repetitions: usize,
    ) -> Result<Value, ExpressionError> {
        if let [(span, expression)] = expressions
            && span.len() == self.written.len()
        {
            return match expression.evaluate(scope)? {
                Value::String(text) if self.again => yaql_again(text, scope, repetitions),
                value => Ok(value),
            };
        }
        let mut out = String::with_capacity(self.written.len());
        let mut position = 0;
        for (span, expression) in expressions {
            out.push_str(&self.written[position..span.start]);
            match expression.evaluate_text(scope)? {
                Answer::Text(text) if self.again => out.push_str(&python::text(&yaql_again(text, scope, repetitions)?)),
                Answer::Text(text) | Answer::Other(text) => out.push_str(&text),
            }
            position = span.end;
        }
        out.push_str(&self.written[position..]);
        Ok(Value::String(out))
    }
}

/// StackStorm's way with results that look like expressions.
fn yaql_again(text: String, scope: &Scope<'_>, repetitions: usize) -> Result<Value, ExpressionError> {
    if !Language::Yaql.is_in(&text) {
        return Ok(Value::String(text));
    }
    let Some(repetitions) = repetitions.checked_sub(1) else {
        return Err(ExpressionError::yaql(&text, "RecursionError", "maximum recursion depth exceeded", None));
    };
    let again = TextTemplate::new(&text, Language::Yaql, Options { evaluate_results_again: true });
    again.evaluate(scope, repetitions)
}

fn evaluate_jinja(written: &str, again: bool, scope: &Scope<'_>) -> Result<Value, ExpressionError> {
    let raw = raw_blocks(written);
    let (text, blocks) = cut_out(written, &raw);
    let expanded = expand_jinja(&text, again, scope, REPETITIONS)?;
    let Value::String(mut output) = expanded.value else { return Ok(expanded.value) };
    if !expanded.unresolved.is_empty() {
        let unresolved: Vec<&str> = expanded.unresolved.iter().map(String::as_str).collect();
        return Err(ExpressionError::unresolved(&unresolved));
    }
    for (index, block) in blocks.iter().enumerate() {
        output = output.replace(&placeholder(index), block);
    }
    Ok(Value::String(output))
}

fn placeholder(index: usize) -> String {
    format!("{{{index}}}")
}

/// Puts placeholders in the place of raw blocks; answers the text and the insides of the blocks.
fn cut_out<'a>(written: &'a str, raw: &[Range<usize>]) -> (String, Vec<&'a str>) {
    let mut text = String::with_capacity(written.len());
    let mut blocks = Vec::new();
    let mut position = 0;
    for (index, span) in raw.iter().enumerate() {
        text.push_str(&written[position..span.start]);
        text.push_str(&placeholder(index));
        let block = &written[span.clone()];
        blocks.push(block.trim_start_matches("{% raw %}").trim_end_matches("{% endraw %}"));
        position = span.end;
    }
    text.push_str(&written[position..]);
    (text, blocks)
}

/// A text with its expressions replaced, and the insides of those that stand for nothing.
struct Expanded {
    value: Value,
    unresolved: Vec<String>,
}

fn expand_jinja(text: &str, again: bool, scope: &Scope<'_>, repetitions: usize) -> Result<Expanded, ExpressionError> {
    let Some(repetitions) = repetitions.checked_sub(1) else {
        return Err(ExpressionError::jinja(text, "RecursionError", "maximum recursion depth exceeded"));
    };
    if has_blocks(text) {
        let rendered = jinja::render(text, scope);
        let rendered = rendered.map_err(|error| ExpressionError::jinja(text, &error.class, &error.message))?;
        if again && Language::Jinja.is_in(&rendered) {
            return expand_jinja(&rendered, again, scope, repetitions);
        }
        return Ok(Expanded { value: Value::String(rendered), unresolved: Vec::new() });
    }
    let spans = Language::Jinja.spans(text);
    let whole = spans.len() == 1 && spans.iter().all(|span| span.len() == text.len());
    let mut out = String::with_capacity(text.len());
    let mut unresolved = Vec::new();
    let mut position = 0;
    for span in spans {
        let expression = &text[span.clone()];
        out.push_str(&text[position..span.start]);
        position = span.end;
        let value = match evaluate_expression(expression, scope)? {
            Evaluated::Value(Value::String(result)) if again => {
                let expanded = expand_jinja(&result, again, scope, repetitions);
                let expanded = expanded.map_err(|error| error.within(expression))?;
                unresolved.extend(expanded.unresolved);
                expanded.value
            }
            Evaluated::Value(value) => value,
            Evaluated::Undefined => {
                unresolved.push(Language::Jinja.strip(expression).to_owned());
                Value::from(expression)
            }
        };
        if whole {
            return Ok(Expanded { value, unresolved });
        }
        out.push_str(&python::text(&value));
    }
    out.push_str(&text[position..]);
    Ok(Expanded { value: Value::String(out), unresolved })
}

fn evaluate_expression(expression: &str, scope: &Scope<'_>) -> Result<Evaluated, ExpressionError> {
    let outcome = jinja::evaluate(Language::Jinja.strip(expression), scope);
    outcome.map_err(|error| ExpressionError::jinja(expression, &error.class, &error.message))
}
