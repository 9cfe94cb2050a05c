//! Reading recorded answers and comparing ours with them.

mod host;
mod tagged;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value as Json;
use squall_yaql::{Dialect, EvaluationError, Expression, Limits, Scope};

pub(crate) use host::OrquestaFunctions;

pub(crate) struct Record {
    pub(crate) json: Json,
}

impl Record {
    pub(crate) fn expression(&self) -> String {
        self.json["expr"].as_str().map_or_else(|| self.json["expr"].to_string(), str::to_owned)
    }

    pub(crate) fn dialect(&self) -> Dialect {
        let flag = |part: &str, name: &str| self.json[part][name].as_bool().unwrap_or(false);
        Dialect {
            delegates: flag("dialect", "delegates"),
            legacy: self.json["dialect"]["operators"] == "legacy",
            legacy_functions: flag("context", "legacy"),
        }
    }
}

pub(crate) fn records(path: &Path) -> impl Iterator<Item = Record> {
    let text = fs::read_to_string(path).expect("the file of records is readable");
    let parse = |line: &str| Record { json: serde_json::from_str(line).expect("a record is JSON") };
    text.lines().map(parse).collect::<Vec<_>>().into_iter()
}

/// The committed list of expressions that are answered otherwise on purpose or not yet, `file<TAB>expression<TAB>reason`.
pub(crate) fn known_differences(file: &str) -> BTreeSet<String> {
    include_str!("../known_differences.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let mut columns = line.splitn(3, '\t');
            let (name, expression, reason) = (columns.next()?, columns.next()?, columns.next()?);
            assert!(!reason.trim().is_empty(), "a known difference needs a reason: {line}");
            (name == file).then(|| expression.replace("\\n", "\n"))
        })
        .collect()
}

/// Evaluates the expression of a record and compares value or error.
pub(crate) fn answer(record: &Record) -> Result<(), String> {
    let json = &record.json;
    let functions = OrquestaFunctions::without_context();
    let data = tagged::untag(&json["data"]);
    let mut scope = Scope::new(&functions);
    scope.data = json.get("data").is_some().then_some(&data);
    if let Some(limit) = json["options"]["yaql.limitIterators"].as_u64() {
        scope.limits = Limits { items: limit, ..Limits::default() };
    }
    let text = tagged::with_dates(&record.expression(), json);
    let variables = tagged::untag(&json["vars"]);
    if let Some(variables) = variables.as_object() {
        scope.variables = variables.iter().map(|(name, value)| (name.trim_start_matches('$'), value)).collect();
    }
    let outcome = evaluate(&text, record.dialect(), &scope);
    compare(json, outcome)
}

pub(crate) fn evaluate(text: &str, dialect: Dialect, scope: &Scope<'_>) -> Result<Json, EvaluationError> {
    let parsed = Expression::parse_dialect(text, dialect).map_err(|error| EvaluationError {
        class: error.class.to_owned(),
        message: error.message,
        position: None,
    })?;
    parsed.evaluate_with(scope, tagged::tag)
}

pub(crate) fn compare(expected: &Json, outcome: Result<Json, EvaluationError>) -> Result<(), String> {
    match (expected.get("err"), outcome) {
        (None, Ok(value)) => {
            let wanted = tagged::normalized(&expected["ok"]);
            if tagged::same(&tagged::normalized(&value), &wanted) {
                Ok(())
            } else {
                Err(format!("gave {value}, not {wanted}"))
            }
        }
        (None, Err(error)) => Err(format!("failed with {error}, not {}", expected["ok"])),
        (Some(wanted), Ok(value)) => Err(format!("gave {value}, not the error {wanted}")),
        (Some(wanted), Err(error)) => {
            let message = wanted["message"].as_str().unwrap_or_default();
            let same = wanted["class"] == error.class.as_str() && without_addresses(message) == error.message;
            if same { Ok(()) } else { Err(format!("failed with {error}, not {}: {message}", wanted["class"])) }
        }
    }
}

/// Python's `<X object at 0x7f…>` as `<X object>`.
fn without_addresses(text: &str) -> String {
    let mut parts = text.split(" at 0x");
    let mut cleaned = parts.next().unwrap_or_default().to_owned();
    parts.for_each(|part| cleaned.push_str(part.trim_start_matches(|digit: char| digit.is_ascii_hexdigit())));
    cleaned
}
