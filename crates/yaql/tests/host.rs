//! What an embedder may rely on: its functions, borrowed data, variables, positions of errors, threads.

use serde_json::{Value as Json, json};
use squall_yaql::{Dict, EvaluationError, Expression, Functions, HostError, NodeKind, Scope, Value};

struct Host {
    context: Json,
}

impl Functions for Host {
    fn knows(&self, name: &str) -> bool {
        ["ctx", "dump", "len", "fail"].contains(&name)
    }

    fn call<'v>(
        &'v self,
        name: &str,
        arguments: &[Value<'v>],
        keywords: &[(String, Value<'v>)],
    ) -> Result<Value<'v>, HostError> {
        match (name, arguments) {
            ("ctx", []) => {
                self.context.as_object().map(Dict::without_private).map(Value::Dict).ok_or(HostError::NoMatch)
            }
            ("dump", [value]) => {
                let names: Vec<&str> = keywords.iter().map(|(name, _)| name.as_str()).collect();
                Ok(Value::string(format!("{} {}", value.to_json(), names.join(","))))
            }
            // Wins over the library's function for one kind of argument and leaves the others to it.
            ("len", [Value::Integer(number)]) => Ok(Value::Integer(*number)),
            ("fail", _) => Err(HostError::failed("OddError", "it is odd")),
            _ => Err(HostError::NoMatch),
        }
    }

    fn now_microseconds(&self) -> Option<i64> {
        Some(1_600_000_000_000_000)
    }

    fn random(&self) -> Option<f64> {
        Some(0.75)
    }
}

fn ask(text: &str) -> Result<Json, EvaluationError> {
    let host = Host { context: json!({ "a": { "b": [1, "x"] }, "__private": 1, "l": [[1], [2]] }) };
    Expression::parse(text).expect(text).evaluate(&Scope::new(&host))
}

fn failure(text: &str) -> (String, Option<usize>) {
    let error = ask(text).expect_err(text);
    (error.to_string(), error.position)
}

#[test]
fn functions_of_the_embedder_are_called() {
    assert_eq!(ask("ctx().a.b[1]"), Ok(json!("x")));
    assert_eq!(ask("ctx().keys().orderBy($)"), Ok(json!(["a", "l"])));
    assert_eq!(ask("ctx().get(__private)".replace("__private", "'__private'").as_str()), Ok(json!(null)));
    assert_eq!(ask("len(7) + len(abc)"), Ok(json!(10)));
    assert_eq!(ask("ctx().l.select($[0]).where($ > 1)"), Ok(json!([2])));
}

#[test]
fn keyword_names_are_camel_case_outside_and_snake_case_inside() {
    assert_eq!(ask("dump([1].select($), sortKeys => true, indent => 2)"), Ok(json!("[1] sort_keys,indent")));
    let (text, _) = failure("dump(1, sort_keys => true)");
    assert_eq!(text, "NoMatchingFunctionException: No function \"dump\" matches supplied arguments");
}

#[test]
fn time_and_chance_come_from_the_embedder() {
    assert_eq!(ask("now().year"), Ok(json!(2020)));
    assert_eq!(ask("random()"), Ok(json!(0.75)));
    assert_eq!(ask("random(1, 4)"), Ok(json!(4)));
}

#[test]
fn errors_tell_where() {
    let cases = [
        ("1 + nothing(2)", "NoFunctionRegisteredException: Unknown function \"nothing\"", 4),
        ("ctx().missing", "KeyError: 'missing'", 5),
        ("[1, 2].select($ / 0)", "ZeroDivisionError: integer division or modulo by zero", 16),
        ("fail()", "OddError: it is odd", 0),
        ("len(a, b)", "NoMatchingFunctionException: No function \"len\" matches supplied arguments", 0),
        ("ctx().a.b[9]", "IndexError: tuple index out of range", 9),
        ("a - 1", "NoMatchingFunctionException: No function \"#operator_-\" matches supplied arguments", 2),
        ("now().hours", "NoMatchingFunctionException: No function \"#property#hours\" matches supplied arguments", 5),
        ("'é' + 1", "NoMatchingFunctionException: No function \"#operator_+\" matches supplied arguments", 4),
    ];
    for (text, message, position) in cases {
        assert_eq!(failure(text), (message.to_owned(), Some(position)), "{text}");
    }
}

#[test]
fn expressions_travel_between_threads() {
    fn travels<T: Send + Sync + Clone + 'static>(_: &T) {}
    let parsed = Expression::parse("ctx().a + ctx(b)").expect("it parses");
    travels(&parsed);
    assert!(matches!(parsed.ast().root.kind, NodeKind::Binary { operator: "+", .. }));
    assert_eq!(parsed.ast().root.children().len(), 2);
}
