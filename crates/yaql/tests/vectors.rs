//! Our expressions with the answers of the original, recorded by tests/record.py and committed.

mod support;

use std::path::PathBuf;

use squall_yaql::{Expression, NoFunctions, Scope};
use support::{Record, answer, known_differences, records};

/// Also what the result becomes inside a text.
fn check_text(record: &Record) -> Result<(), String> {
    let Some(expected) = record.json["str"].as_str() else { return Ok(()) };
    let mut scope = Scope::new(&NoFunctions);
    scope.data = record.json.get("data");
    let parsed = Expression::parse(&record.expression()).map_err(|error| error.to_string())?;
    match parsed.evaluate_text(&scope) {
        Ok(text) if text == expected => Ok(()),
        other => Err(format!("prints as {other:?}, not {expected}")),
    }
}

fn check_position(record: &Record) -> Result<(), String> {
    let Some(expected) = record.json["err"]["position"].as_u64() else { return Ok(()) };
    match Expression::parse(&record.expression()) {
        Err(error) if error.position == Some(expected as usize) => Ok(()),
        other => Err(format!("stands at {other:?}, not {expected}")),
    }
}

#[test]
fn answers_of_the_original() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/answers.jsonl");
    let known = known_differences("answers.jsonl");
    let (mut failures, mut healed) = (Vec::new(), known.clone());
    for record in records(&path) {
        let result = answer(&record).and_then(|()| check_text(&record)).and_then(|()| check_position(&record));
        match result {
            Err(_) if known.contains(&record.expression()) => {
                healed.remove(&record.expression());
            }
            Err(message) => failures.push(format!("{}\n    {message}", record.expression())),
            Ok(()) => {}
        }
    }
    assert!(failures.is_empty(), "{} differences:\n{}", failures.len(), failures.join("\n"));
    assert!(healed.is_empty(), "no longer different, remove from the list: {healed:?}");
}
