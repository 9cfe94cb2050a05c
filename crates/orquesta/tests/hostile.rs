//! Definitions made to hurt end in an error that says where, and soon.

use std::fmt::Write;

use serde_json::{Map, json};
use squall_orquesta::{Effect, Engine, Event, EventKind, Inspection, NoHost, Options, Status, Workflow};

fn inspect(definition: &str) -> Vec<Inspection> {
    Workflow::compile(definition).expect("a definition").inspect(&Map::new())
}

fn start(definition: &str) -> (Status, Vec<serde_json::Value>) {
    let mut engine = Engine::new(Workflow::compile(definition).expect("a definition"));
    let mut event = Event::from(EventKind::Started { inputs: Map::new(), context: Map::new() });
    let effects = engine.apply(&mut event, &NoHost).expect("the first event");
    let errors = effects.into_iter().find_map(|effect| match effect {
        Effect::Finished { errors, .. } => Some(errors),
        _ => None,
    });
    (engine.status(), errors.unwrap_or_default())
}

#[test]
fn an_endless_loop_without_actions_fails_and_says_where() {
    let (status, errors) = start("tasks: {a: {next: [{do: b}]}, b: {next: [{do: b}]}}");
    assert_eq!(status, Status::Failed);
    assert_eq!(errors[0]["task_id"], json!("b"));
    assert!(errors[0]["message"].as_str().expect("a text").contains("never ends"));
}

#[test]
fn a_loop_without_a_way_in_is_reported() {
    let entries = inspect("tasks: {a: {join: all, action: core.noop, next: [{do: a}]}}");
    assert!(entries[0].message.starts_with("Unable to identify any tasks to start"), "{entries:?}");
    let (status, errors) = start("tasks: {a: {action: core.noop, next: [{do: a}]}}");
    assert_eq!((status, errors.len()), (Status::Failed, 1));
}

#[test]
fn names_that_are_no_names_are_reported() {
    let entries = inspect("tasks:\n  ok: {action: core.noop}\n  my-task: {action: core.noop}\n");
    let [entry] = entries.as_slice() else { panic!("{entries:?}") };
    assert_eq!(entry.message, r"'my-task' does not match any of the regexes: '^\w+$'");
    assert_eq!(entry.spec_path.as_deref(), Some("tasks"));
}

#[test]
fn what_has_the_wrong_shape_is_reported_with_its_place() {
    let entries = inspect("tasks:\n  a:\n    action: core.noop\n    next: {do: b}\n  b: null\n");
    let found: Vec<_> = entries.iter().map(|entry| (entry.message.as_str(), entry.line, entry.column)).collect();
    assert!(found.contains(&("{'do': 'b'} is not of type 'array'", Some(4), Some(5))), "{found:?}");
    assert!(found.contains(&("None is not of type 'object'", Some(5), Some(3))), "{found:?}");
}

#[test]
fn an_expression_without_end_is_an_error() {
    let (status, errors) = start("vars: [{x: <% sequence().toList() %>}]\ntasks: {a: {action: core.noop}}");
    assert_eq!((status, errors.len()), (Status::Failed, 1));
}

#[test]
fn deep_nesting_is_refused_when_read() {
    let deep = format!("tasks: {}{}", "{a: ".repeat(5_000), "}".repeat(5_000));
    assert!(Workflow::compile(&deep).is_err());
}

#[test]
fn more_tasks_in_a_row_than_a_text_may_hold_are_composed() {
    let mut tasks = Map::new();
    for task in 0..30_000 {
        tasks.insert(format!("t{task}"), json!({"action": "core.noop", "next": [{"do": format!("t{}", task + 1)}]}));
    }
    tasks.insert("t30000".to_owned(), json!({"action": "core.noop"}));
    let workflow = Workflow::from_value(json!({"tasks": tasks}), Options::default()).expect("a definition");
    assert_eq!(workflow.inspect(&Map::new()), []);
    assert_eq!(workflow.graph().nodes.len(), 30_001);
}

#[test]
fn forks_that_fork_again_end_in_an_error_not_in_exhaustion() {
    let mut definition = "tasks:\n".to_owned();
    for level in 0..1_000 {
        let next = level + 1;
        let _ =
            writeln!(definition, "  f{level}: {{next: [{{publish: [{{v{level}: 1}}], do: 'l{level}, r{level}'}}]}}");
        let _ = writeln!(definition, "  l{level}: {{next: [{{publish: [{{w{level}: 1}}], do: f{next}}}]}}");
        let _ = writeln!(definition, "  r{level}: {{next: [{{publish: [{{x{level}: 1}}], do: f{next}}}]}}");
    }
    definition.push_str("  f1000: {action: core.noop}\n");
    let entries = inspect(&definition);
    assert!(entries.iter().any(|entry| entry.message.contains("more ways than can be followed")), "{}", entries.len());
}

#[test]
fn more_mistakes_than_anybody_reads_are_cut_short() {
    let mut definition = "tasks:\n".to_owned();
    for task in 0..3_000 {
        let _ =
            writeln!(definition, "  t{task}: {{action: core.noop, next: [{{when: <% ctx().x ) %>, do: gone{task}}}]}}");
    }
    let entries = inspect(&definition);
    assert!((1_000..5_000).contains(&entries.len()), "{}", entries.len());
}

#[test]
fn a_join_that_asks_for_more_than_there_is_ends_in_an_error() {
    let (status, errors) = start("tasks: {a: {next: [{do: b}]}, b: {join: 5, action: core.noop}}");
    assert_eq!(status, Status::Failed);
    assert!(errors[0]["message"].as_str().expect("a text").starts_with("UnreachableJoinError"), "{errors:?}");
}

#[test]
fn an_inspection_that_is_remembered_is_one_for_the_same_names() {
    let workflow =
        Workflow::compile("tasks: {a: {action: core.echo message=<% ctx().st2.user %>}}").expect("a definition");
    let given = Map::from_iter([("st2".to_owned(), json!({}))]);
    for _ in 0..2 {
        assert_eq!(workflow.inspect(&Map::new()).len(), 1);
        assert_eq!(workflow.inspect(&given).len(), 0);
    }
}
