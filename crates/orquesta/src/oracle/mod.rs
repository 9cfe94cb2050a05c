//! Answers questions in the form in which the original's answers are recorded: one JSON object a question; `{"ok"}`,
//! `{"err": {"class", "message"}}` or, for a trace, `{"steps": […]}` an answer. The tests that compare us with the
//! original and the program `examples/oracle.rs` ask here.
//!
//! Text that results hold is evaluated again, as the original does.

mod conduct;
mod definitions;
mod expressions;
mod tables;

use serde_json::{Value, json};

use crate::options::Options;

/// The class and the text of an error.
type Answer = Result<Value, (String, String)>;

/// As StackStorm evaluates.
const UPSTREAM: Options = Options { evaluate_results_again: true };

/// Answers a question that is a line of text; what cannot be understood is answered with an error.
pub fn answer_line(line: &str) -> Value {
    match serde_json::from_str(line) {
        Ok(question) => answer(&question),
        Err(error) => to_value(Err(refusal("ValueError", format!("this is not a question in JSON: {error}")))),
    }
}

/// Answers the question that `op` names.
pub fn answer(question: &Value) -> Value {
    let operation = question["op"].as_str().unwrap_or_default();
    if squall_yaql::oracle::knows(operation) {
        return squall_yaql::oracle::answer(question);
    }
    let answer = match operation {
        "evaluate" => expressions::evaluate(question),
        "validate" => expressions::validate(question),
        "extract_vars" => expressions::extract_variables(question),
        "inline_params" | "parse_inline_params" => definitions::inline_parameters(question),
        "instantiate" => definitions::instantiate(question),
        "instantiate_versioned" => definitions::instantiate_versioned(question),
        "inspect" => definitions::inspect(question),
        "compose" => definitions::compose(question),
        "transition" => tables::transition(question),
        "is_transition_valid" => tables::is_transition_valid(question),
        "conduct" => match conduct::trace(question) {
            Ok(steps) => return json!({ "steps": steps }),
            Err(error) => Err(error),
        },
        _ => Err(refusal("ValueError", format!("there is no operation `{operation}`"))),
    };
    to_value(answer)
}

fn to_value(answer: Answer) -> Value {
    match answer {
        Ok(value) => json!({ "ok": value }),
        Err((class, message)) => json!({ "err": { "class": class, "message": message } }),
    }
}

fn refusal(class: &str, message: impl Into<String>) -> (String, String) {
    (class.to_owned(), message.into())
}
