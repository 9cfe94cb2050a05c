//! The oracle answers every question, also one that cannot be understood.

use serde_json::{Value, json};
use squall_orquesta::oracle::{answer, answer_line};

fn check(question: Value, expected: Value) {
    assert_eq!(answer(&question), expected, "{question}");
}

#[test]
fn every_operation_answers_in_the_recorders_form() {
    let spec = json!({"tasks": {"a": {"action": "core.noop", "next": [{"do": "b"}]}, "b": {"action": "core.noop"}}});
    check(
        json!({"op": "evaluate", "lang": "auto", "expr": ["<% ctx(x) %>", 1], "ctx": {"x": [2]}}),
        json!({"ok": [[2], 1]}),
    );
    check(json!({"op": "evaluate", "lang": "yaql", "expr": "<% set(1) %>"}), json!({"ok": {"$set": [1]}}));
    check(json!({"op": "evaluate", "lang": "yaql", "expr": "{{ 1 }}"}), json!({"ok": "{{ 1 }}"}));
    check(json!({"op": "validate", "lang": "auto", "expr": "<% 1 + 2 %>"}), json!({"ok": {"errors": []}}));
    check(json!({"op": "validate", "lang": "jinja", "expr": "{{ 1 }}"}), json!({"ok": []}));
    check(
        json!({"op": "extract_vars", "lang": "auto", "expr": "<% ctx().a %>"}),
        json!({"ok": [["yaql", "<% ctx().a %>", "a"]]}),
    );
    check(json!({"op": "extract_vars", "lang": "yaql", "expr": "<% ctx().a %>"}), json!({"ok": ["ctx().a"]}));
    check(json!({"op": "inline_params", "a": ["x=1 y=z"], "k": {}}), json!({"ok": [{"x": 1}]}));
    check(json!({"op": "inspect", "spec": spec, "app_ctx": {}, "raise": false}), json!({"ok": {}}));
    assert_eq!(answer(&json!({"op": "compose", "spec": spec}))["ok"]["nodes"], json!([{"id": "a"}, {"id": "b"}]));
    check(json!({"op": "parse", "expr": "1"}), json!({"ok": {"const": 1}}));
    check(json!({"op": "yaql", "expr": "$.a + 1", "data": {"a": 1}}), json!({"ok": 2}));
}

#[test]
fn what_stands_after_an_expression_is_one_mistake_and_places_count_from_what_is_read() {
    let mistake =
        |expression: &str, message: &str| json!({"type": "jinja", "expression": expression, "message": message});
    for (text, errors) in [
        ("go {{ a=b }}", json!([mistake("go {{ a=b }}", "expected token 'end of print statement', got '='")])),
        (
            "go {{ $a }}",
            json!([
                mistake("go {{ $a }}", "unexpected char '$' at 6"),
                mistake("{{ $a }}", "unexpected char '$' at 0")
            ]),
        ),
    ] {
        check(json!({"op": "validate", "lang": "auto", "expr": text}), json!({"ok": {"errors": errors}}));
    }
}

#[test]
fn a_result_that_fails_as_an_expression_is_told_with_what_led_to_it() {
    let question = json!({"op": "evaluate", "lang": "jinja", "expr": "{{ ctx('a') }}", "ctx": {"a": "{{ ctx('b') }}", "b": "{{ 1 + 'x' }}"}});
    assert_eq!(
        answer(&question)["err"]["message"],
        "Unable to evaluate expression '{{ ctx('a') }}'. JinjaEvaluationException: Unable to evaluate expression \
         '{{ ctx('b') }}'. JinjaEvaluationException: Unable to evaluate expression '{{ 1 + 'x' }}'. TypeError: \
         unsupported operand type(s) for +: 'int' and 'str'"
    );
}

#[test]
fn a_trace_is_answered_step_by_step() {
    let question = json!({
        "op": "conduct",
        "start": {"kind": "new", "spec": {"tasks": {"a": {"action": "core.noop"}}}, "inputs": {}, "context": {}},
        "steps": [
            {"op": "request_workflow_status", "a": ["running"], "k": {}},
            {"op": "get_workflow_status", "a": [], "k": {}},
            {"op": "update_task_state", "a": ["nowhere", 0, {"status": "running"}], "k": {}},
        ],
    });
    let steps = answer(&question)["steps"].clone();
    assert_eq!(steps[0]["after"]["state"]["status"], json!("running"));
    assert_eq!(steps[1], json!({"ok": "running"}), "what changes nothing has no `after`");
    assert_eq!(steps[2]["err"]["class"], json!("InvalidTask"));
}

#[test]
fn what_cannot_be_understood_is_answered_with_an_error() {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    for line in [
        "",
        "{",
        "[]",
        "7",
        "null",
        "\u{0}",
        &deep,
        r#"{"op": "sing"}"#,
        r#"{"op": "evaluate", "lang": "latin", "expr": "1"}"#,
        r#"{"op": "evaluate", "lang": "yaql", "expr": 1}"#,
        r#"{"op": "inspect"}"#,
        r#"{"op": "compose", "spec": "a: ["}"#,
        r#"{"op": "parse"}"#,
        r#"{"op": "yaql", "expr": "1 +"}"#,
        r#"{"op": "transition", "machine": "task", "from": "asleep", "event": "x"}"#,
        r#"{"op": "conduct", "start": {"kind": "restore", "spec": {"tasks": {"a": {}}}}, "steps": []}"#,
        r#"{"op": "conduct"}"#,
    ] {
        let answer = answer_line(line);
        assert!(answer["err"]["class"].is_string() && answer["err"]["message"].is_string(), "{line:.60}: {answer}");
    }
    let steps = r#"{"op": "conduct", "start": {"spec": {"tasks": {"a": {}}}}, "steps": [{"op": "dance"}, {"op": "request_workflow_status", "a": ["asleep"]}, 7]}"#;
    let answer = answer_line(steps);
    assert!((0..3).all(|step| answer["steps"][step]["err"]["class"].is_string()), "{answer}");
}
