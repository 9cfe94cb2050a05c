//! Every row of the standard library's tables has examples, and they hold.

use serde_json::Value as Json;
use squall_yaql::{Expression, NoFunctions, Scope, standard_functions};

/// Their answers depend on the embedder.
const WITHOUT_EXAMPLES: [&str; 2] = ["now", "random"];

#[test]
fn examples_hold() {
    let scope = Scope::new(&NoFunctions);
    let mut failures = Vec::new();
    for function in standard_functions() {
        if function.examples.is_empty() && !WITHOUT_EXAMPLES.contains(&function.name) {
            failures.push(format!("{}: no example", function.name));
        }
        for (text, expected) in function.examples {
            let expected: Json = serde_json::from_str(expected).expect(text);
            let answer = Expression::parse(text).map_err(|error| error.to_string());
            let answer = answer.and_then(|parsed| parsed.evaluate(&scope).map_err(|error| error.to_string()));
            if answer.as_ref() != Ok(&expected) {
                failures.push(format!("{}: {text} gave {answer:?}, not {expected}", function.name));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
