//! An expression of YAQL, alone or within `<% %>`, parsed and evaluated with the limits of workflows.

use serde_json::Value;
use squall_orquesta::expressions::Language;
use squall_yaql::{Dialect, Expression, NoFunctions, Scope};

use crate::expression;
use crate::host::CONTEXT;

pub(crate) fn take(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if !expression::take(text, Language::Yaql) {
        take_legacy(text);
    }
}

/// The dialect of old definitions, for what the new one does not take.
fn take_legacy(text: &str) {
    let dialect = Dialect { delegates: true, legacy: true, legacy_functions: true };
    let Ok(expression) = Expression::parse_dialect(text, dialect) else { return };
    let data = Value::Object(CONTEXT.clone());
    let mut scope = Scope::new(&NoFunctions);
    scope.data = Some(&data);
    if let Err(error) = expression.evaluate_text(&scope) {
        assert!(error.position.is_none_or(|at| at <= text.chars().count()), "a place beyond the end: {error:?}");
    }
}
