//! Comparing with what Orquesta records: one expression in its delimiters, its context, its wording of errors.

use squall_yaql::{Dialect, Scope};

use crate::support::{OrquestaFunctions, Record, compare, evaluate};

/// The same for the inside of a `<% %>` with Orquesta's functions; `None` when it needs more than `ctx()`.
pub(crate) fn orquesta_answer(record: &Record, inner: &str) -> Option<Result<(), String>> {
    let functions = OrquestaFunctions { context: record.json["ctx"].clone() };
    let scope = Scope::new(&functions);
    let expression = inner.trim_matches(['<', '%', '>']).trim();
    let outcome = evaluate(expression, Dialect::default(), &scope);
    let expected = &record.json;
    // Text results are evaluated again by Orquesta.
    if outcome.as_ref().is_ok_and(|value| value.as_str().is_some_and(|text| text.contains("<%"))) {
        return None;
    }
    if let Some(error) = expected.get("err") {
        let text = error["message"].as_str().unwrap_or_default();
        return match outcome {
            Ok(value) => Some(Err(format!("gave {value}, not the error {text}"))),
            Err(error) if error.class == "NotHere" => None,
            Err(error) => {
                let key = error.message.trim_matches('\'');
                let unresolved = format!("Unable to resolve key '{key}' in");
                let message = format!("{}: {}", error.class, error.message.trim_matches('\''));
                let same =
                    if error.class == "KeyError" { text.starts_with(&unresolved) } else { text.ends_with(&message) };
                Some(if same { Ok(()) } else { Err(format!("gave {message}, not {text}")) })
            }
        };
    }
    if matches!(&outcome, Err(error) if error.class == "NotHere") {
        return None;
    }
    Some(compare(expected, outcome))
}
