//! YAQL: parsing and evaluating the expressions of the recorded vectors.

use serde_json::{Value, json};
use squall_yaql::{Expression, NoFunctions, Scope};

use crate::python::{Originals, seconds};
use crate::table::{Row, best};
use crate::{Outcome, lines};

const VECTORS: &str = include_str!("../../../yaql/tests/vectors/answers.jsonl");

/// Answers a question as it is asked of an expression that nobody has met before.
fn answer(question: &Value) -> Option<Value> {
    let expression = Expression::parse(question["expr"].as_str()?).ok()?;
    let mut scope = Scope::new(&NoFunctions);
    scope.data = question.get("data");
    expression.evaluate(&scope).ok()
}

pub(crate) fn questions() -> Outcome<Vec<Value>> {
    let line = |line: Value| {
        let mut question = json!({"expr": line["expr"]});
        if let Some(data) = line.get("data") {
            question["data"] = data.clone();
        }
        question
    };
    Ok(lines(VECTORS)?.into_iter().map(line).collect())
}

/// Parses and evaluates everything once.
pub(crate) fn round(questions: &[Value]) -> usize {
    questions.iter().filter(|question| answer(question).is_some()).count()
}

pub(crate) fn rows(originals: Originals) -> Outcome<Vec<Row>> {
    let questions = questions()?;
    let theirs = originals.ask(&json!({"job": "yaql", "questions": questions}))?;
    let each = questions.len() as f64;
    let ours = best(|| {
        round(&questions);
    });
    let what = format!(
        "an expression of the YAQL vectors ({each}; {} answered, by the original {}), parsed and evaluated",
        round(&questions),
        theirs["answered"]
    );
    Ok(vec![Row { what, aim: "≥ 50", ours: ours / each, original: Some(seconds(&theirs)? / each) }])
}
