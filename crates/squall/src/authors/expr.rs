//! `squall expr`: one expression, or as many as come in as JSON lines.

use std::io::{BufRead, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};
use squall_client::{ExprArgs, ExpressionLanguage, Palette};
use squall_orquesta::expressions::{Language, Unmet, evaluate_for_author, known_names};

use super::Desk;
use super::snippet::{Mistake, Place};

pub(crate) fn run(arguments: &ExprArgs) -> Result<ExitCode> {
    let language = arguments.lang.map(|language| match language {
        ExpressionLanguage::Yaql => Language::Yaql,
        ExpressionLanguage::Jinja => Language::Jinja,
    });
    let Some(expression) = &arguments.expression else {
        answer_lines(language, std::io::stdin().lock(), std::io::stdout().lock())?;
        return Ok(ExitCode::SUCCESS);
    };
    if language.is_none() && Language::of(expression).is_none() {
        bail!("`{expression}` has neither <% %> nor {{{{ }}}}: which language is it in? (--lang yaql, --lang jinja)");
    }
    let context = arguments.ctx.as_deref().map_or_else(|| Ok(Map::new()), read_context)?;
    let outcome = evaluate_for_author(&json!(expression), language, &context, &Desk);
    match outcome {
        Ok(value) => super::print(&format!("{}\n", value_text(&value, arguments.json)))?,
        Err(unmet) if arguments.json => {
            super::print(&format!("{}\n", error(&unmet)))?;
            return Ok(ExitCode::from(super::TO_MEND));
        }
        Err(unmet) => {
            let told = told(expression, language, &context, &unmet, super::palette(&std::io::stderr()));
            std::io::stderr().write_all(told.as_bytes())?;
            return Ok(ExitCode::from(super::TO_MEND));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn read_context(path: &Path) -> Result<Map<String, Value>> {
    let text = super::read(path)?;
    let value = squall_yaml::parse(&text)
        .map_err(|error| anyhow::anyhow!("{}:{}:{}: {}", path.display(), error.line, error.column, error.message))?;
    match value {
        Value::Object(map) => Ok(map),
        Value::Null => Ok(Map::new()),
        _ => bail!("{} is not a mapping of names to values", path.display()),
    }
}

/// A text is printed as it is; everything else as JSON.
fn value_text(value: &Value, as_json: bool) -> String {
    match value {
        Value::String(text) if !as_json => text.clone(),
        other if as_json => other.to_string(),
        other => format!("{other:#}"),
    }
}

fn error(unmet: &Unmet) -> Value {
    json!({"error": {"type": unmet.class, "message": unmet.message, "at": unmet.at}})
}

/// Answers every line by itself: one that is no question does not keep the others from their answers.
fn answer_lines(language: Option<Language>, mut lines: impl BufRead, out: impl Write) -> Result<()> {
    let mut out = BufWriter::new(out);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line).context("the standard input cannot be read")? > 0 {
        if !line.trim_ascii().is_empty() {
            serde_json::to_writer(&mut out, &answer(&line, language)).map_err(std::io::Error::from)?;
            out.write_all(b"\n")?;
            out.flush()?;
        }
        line.clear();
    }
    Ok(())
}

fn answer(line: &[u8], default: Option<Language>) -> Value {
    let refusal = |message: String| json!({"error": {"type": "ValueError", "message": message, "at": null}});
    let question: Value = match serde_json::from_slice(line) {
        Ok(question) => question,
        Err(error) => return refusal(format!("this is not a question in JSON: {error}")),
    };
    let language = match question.get("lang").and_then(Value::as_str) {
        Some("yaql") => Some(Language::Yaql),
        Some("jinja") => Some(Language::Jinja),
        Some("auto") | None => default,
        Some(other) => return refusal(format!("`{other}` is not a language: yaql or jinja")),
    };
    let Some(expression) = question.get("expr") else { return refusal("`expr` is missing".to_owned()) };
    let context = match question.get("ctx") {
        Some(Value::Object(context)) => context.clone(),
        None | Some(Value::Null) => Map::new(),
        Some(_) => return refusal("`ctx` is not a mapping of names to values".to_owned()),
    };
    match evaluate_for_author(expression, language, &context, &Desk) {
        Ok(value) => json!({ "value": value }),
        Err(unmet) => error(&unmet),
    }
}

/// What is wrong with an expression, for people.
fn told(
    expression: &str,
    language: Option<Language>,
    context: &Map<String, Value>,
    unmet: &Unmet,
    palette: Palette,
) -> String {
    let cause = unmet.cause.as_deref();
    let (class, message) = cause.map_or((&unmet.class, &unmet.message), |cause| (&cause.class, &cause.message));
    let name = cause.and_then(squall_orquesta::expressions::Cause::name);
    let place = unmet.at.map(|at| place(expression, at, name));
    let language = language.or_else(|| Language::of(expression));
    let hint = name.and_then(|name| hint(name, class, language, context));
    Mistake::error(Path::new("expression"), format!("{class}: {message}"))
        .at(place)
        .hint(hint)
        .show(expression, palette)
}

fn place(expression: &str, at: usize, name: Option<&str>) -> Place {
    let before: String = expression.chars().take(at).collect();
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let rest: String = expression.chars().skip(at).collect();
    let length = name.filter(|name| rest.starts_with(name)).map_or(1, |name| name.chars().count());
    Place { line: before.matches('\n').count() + 1, column: before[start..].chars().count() + 1, length }
}

/// Names that could have been meant: functions where a function is missing, keys of the context where a key is.
fn hint(name: &str, class: &str, language: Option<Language>, context: &Map<String, Value>) -> Option<String> {
    let is_about = |kinds: &[&str]| kinds.iter().any(|kind| class.contains(kind));
    let mut known: Vec<&str> = Vec::new();
    if is_about(&["KeyError", "VariableUndefined", "Undefined", "Registered"]) {
        collect_keys(&mut known, context);
    }
    if is_about(&["Registered", "Syntax", "Undefined", "TemplateAssertion"]) {
        known.extend(language.map(known_names).unwrap_or_default());
    }
    let meant = super::meant(name, &known)?;
    Some(format!("did you mean `{meant}`?"))
}

fn collect_keys<'a>(known: &mut Vec<&'a str>, map: &'a Map<String, Value>) {
    for (key, value) in map {
        known.push(key);
        match value {
            Value::Object(inner) => collect_keys(known, inner),
            Value::Array(items) => {
                items.iter().filter_map(Value::as_object).for_each(|inner| collect_keys(known, inner));
            }
            _ => {}
        }
    }
}
