//! The criteria of a rule: read once when the rule is loaded, checked against every event.
//! Counterpart: st2reactor/rules/filter.py.

mod names;
mod path;
mod pattern;
mod search;

use serde_json::{Map, Value};
use squall_model::Timestamp;

pub(crate) use names::{Event, SystemKeys};

use crate::operators::Operator;
use path::Path;
use search::Condition;

/// One criterion, ready to be checked.
#[derive(Debug)]
pub(crate) struct Criterion {
    key: String,
    path: Path,
    test: Test,
}

#[derive(Debug)]
enum Test {
    /// There is no `type`: it never holds.
    Missing,
    Unknown(String),
    Compare {
        operator: &'static Operator,
        pattern: Value,
    },
    Search {
        condition: Result<Condition, String>,
        children: Result<Vec<Criterion>, String>,
    },
}

/// What a search by a pattern may cost, in values looked at.
const PATTERN_WORK: usize = 1_000;

/// Why a criterion could not be checked; the text goes into the failed enforcement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CriterionError {
    Pattern { pattern: String, key: String, reason: String },
    Key { key: String, reason: String },
    Operator { reason: String },
}

impl CriterionError {
    /// Returns StackStorm's text.
    pub(crate) fn explain(&self, rule: &str, instance: &str) -> String {
        let what = match self {
            Self::Pattern { pattern, key, reason } => {
                format!("Failed to render pattern value \"{pattern}\" for key \"{key}\": {reason}")
            }
            Self::Key { key, reason } => format!("Failed transforming criteria key {key}: {reason}"),
            Self::Operator { reason } => format!("There might be a problem with the criteria in rule {rule}: {reason}"),
        };
        format!("Failed to match rule \"{rule}\" against trigger instance \"{instance}\": {what}")
    }
}

/// Reads the criteria of a rule.
pub(crate) fn read(criteria: &Map<String, Value>) -> Vec<Criterion> {
    criteria.iter().map(|(key, criterion)| Criterion::read(key, criterion)).collect()
}

/// What the criteria of a rule say of an event.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) matches: bool,
    /// The first criterion that could not be checked, which counts as one that does not hold.
    pub(crate) failure: Option<CriterionError>,
}

/// Checks the criteria one after the other; the first that does not hold settles it.
pub(crate) fn judge(criteria: &[Criterion], event: &Event<'_>, now: Timestamp) -> Verdict {
    event.begin();
    let mut failure = None;
    let matches = (criteria.is_empty() || !is_empty(event.payload()))
        && criteria.iter().all(|criterion| criterion.holds(event, now, &mut failure));
    Verdict { matches, failure }
}

/// What Python calls false.
fn is_empty(payload: &Value) -> bool {
    match payload {
        Value::Null | Value::Bool(false) => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::String(text) => text.is_empty(),
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::Bool(true) => false,
    }
}

impl Criterion {
    fn read(key: &str, criterion: &Value) -> Self {
        let pattern = criterion.get("pattern").cloned().unwrap_or(Value::Null);
        let test = match criterion.get("type").and_then(Value::as_str) {
            None => Test::Missing,
            Some(name) if name.eq_ignore_ascii_case("search") => Test::Search {
                condition: Condition::read(criterion.get("condition")),
                children: search::children(&pattern),
            },
            Some(name) => Operator::named(name)
                .map_or_else(|| Test::Unknown(name.to_lowercase()), |operator| Test::Compare { operator, pattern }),
        };
        Self { key: key.to_owned(), path: Path::of_key(key), test }
    }

    fn holds(&self, event: &Event<'_>, now: Timestamp, failure: &mut Option<CriterionError>) -> bool {
        self.check(event, now, failure).unwrap_or_else(|error| {
            failure.get_or_insert(error);
            false
        })
    }

    fn check(
        &self,
        event: &Event<'_>,
        now: Timestamp,
        failure: &mut Option<CriterionError>,
    ) -> Result<bool, CriterionError> {
        let refused = |reason: &str| CriterionError::Operator { reason: reason.to_owned() };
        match &self.test {
            Test::Missing => Ok(false),
            Test::Unknown(name) => Err(refused(&format!("Invalid operator: {name}"))),
            Test::Compare { operator, pattern } => {
                let rendered = self.rendered(pattern, event)?;
                let value = self.value(event)?;
                let search = if operator.names.iter().any(|name| name.contains("regex")) { PATTERN_WORK } else { 0 };
                afford(event, search + size(&value))?;
                let pattern = rendered.as_ref().unwrap_or(pattern);
                operator.holds(&value, pattern, now).map_err(|error| refused(&error.0))
            }
            Test::Search { condition, children } => {
                let value = self.value(event)?;
                afford(event, size(&value))?;
                let condition = condition.as_ref().map_err(|reason| refused(reason))?;
                let items = search::items(&value).map_err(|error| refused(&error.0))?;
                let children = children.as_ref().map_err(|reason| refused(reason))?;
                Ok(condition.holds(&items, children, |child, item| child.holds(&event.item(item), now, failure)))
            }
        }
    }

    fn value(&self, event: &Event<'_>) -> Result<Value, CriterionError> {
        let failure = |reason| CriterionError::Key { key: self.key.clone(), reason };
        self.path.find(event.root(), event.payload()).map_err(|error| failure(error.0))
    }

    /// Returns the rendered pattern, if it is a template.
    fn rendered(&self, pattern: &Value, event: &Event<'_>) -> Result<Option<Value>, CriterionError> {
        let Value::String(text) = pattern else { return Ok(None) };
        if !text.contains('{') {
            return Ok(None);
        }
        let failure = |reason| CriterionError::Pattern { pattern: text.clone(), key: self.key.clone(), reason };
        pattern::render(event.templates(), text, event.names()).map(Some).map_err(|error| failure(error.0))
    }
}

fn afford(event: &Event<'_>, work: usize) -> Result<(), CriterionError> {
    if event.afford(work) {
        return Ok(());
    }
    Err(CriterionError::Operator { reason: "the criteria take more work than is allowed".to_owned() })
}

/// Returns about what it costs to look at a value.
fn size(value: &Value) -> usize {
    match value {
        Value::String(text) => 1 + text.len() / 64,
        Value::Array(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Object(fields) => 1 + fields.values().map(size).sum::<usize>(),
        _ => 1,
    }
}

#[cfg(test)]
mod tests;
