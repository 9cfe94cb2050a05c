//! Rehearsals: scripts are read, played and compared.

use std::sync::Arc;

use serde_json::{Value, json};
use squall_orquesta::rehearsal::{RehearsalError, Report, Script, perform};
use squall_orquesta::{NoHost, Workflow};

const DEPLOY: &str = "
version: 1.0
input: [host, {tries: 2}]
vars: [{version: null}]
tasks:
  build:
    action: ci.build host=<% ctx().host %>
    next: [{when: <% succeeded() %>, publish: version=<% result().version %>, do: 'check, tell'}]
  check:
    action: ci.check
    retry: {count: <% ctx().tries %>}
    next: [{when: <% succeeded() %>, do: release}, {when: <% failed() %>, do: fail}]
  tell: {action: chat.tell, next: [{do: release}]}
  release: {join: all, action: ci.release version=<% ctx().version %>}
output: [{version: <% ctx().version %>}]
";

const EACH: &str = "
vars: [{all: null}]
tasks:
  each: {with: 'i in <% range(3) %>', action: core.echo i=<% item(i) %>, next: [{publish: all=<% result() %>}]}
output: [{all: <% ctx().all %>}]
";

fn read(script: Value) -> Script {
    Script::read(&script).expect("a script")
}

fn play(definition: &str, script: Value) -> Result<Report, RehearsalError> {
    let workflow: Arc<Workflow> = Workflow::compile(definition).expect("a definition");
    perform(&read(script), &workflow, &NoHost)
}

fn is_as_expected(definition: &str, script: Value) {
    let report = play(definition, script).expect("a rehearsal");
    assert!(report.is_as_expected(), "{:#?}", report.differences);
}

fn differs_in(definition: &str, script: Value, what: &[&str]) -> Report {
    let report = play(definition, script).expect("a rehearsal");
    assert_eq!(report.differences.iter().map(|difference| difference.what).collect::<Vec<_>>(), what);
    report
}

#[test]
fn actions_succeed_where_the_script_says_nothing_else() {
    is_as_expected(
        DEPLOY,
        json!({
            "workflow": "deploy.yaml",
            "inputs": {"host": "h"},
            "mock_action_executions": [{"task_id": "build", "result": {"version": 7}}],
            "expected_task_sequence": ["build", "check", "tell__r0", "release"],
            "expected_output": {"version": 7.0},
            "expected_term_tasks": ["release"],
            "expected_errors": [],
        }),
    );
}

#[test]
fn a_mock_is_good_for_as_many_runs_as_it_says() {
    let failing = |runs: u64| {
        json!({
            "workflow": "deploy.yaml",
            "inputs": {"host": "h"},
            "mock_action_executions": [
                {"task_id": "build", "result": {"version": 7}},
                {"task_id": "check", "status": "failed", "num_iter": runs},
            ],
            "expected_task_sequence": ["build", "check", "tell", "release"],
        })
    };
    is_as_expected(DEPLOY, failing(2));
    let report = differs_in(DEPLOY, failing(3), &["expected_task_sequence", "expected_workflow_status"]);
    let outcome = report.outcome.expect("an outcome");
    assert_eq!(
        (outcome.task_sequence.as_slice(), outcome.status.as_str()),
        (&["build", "check", "tell", "fail"].map(str::to_owned)[..], "failed")
    );
    assert_eq!(outcome.errors[0]["task_id"], json!("check"));
}

#[test]
fn a_mock_may_be_for_one_place_in_the_sequence() {
    let cycle = "
tasks:
  start: {next: [{do: turn}]}
  turn: {action: core.turn, next: [{when: <% succeeded() and result() = again %>, do: turn}]}
";
    is_as_expected(
        cycle,
        json!({
            "workflow": "cycle.yaml",
            "mock_action_executions": [
                {"task_id": "turn", "seq_id": 1, "result": "again"},
                {"task_id": "turn", "seq_id": 2, "result": "again"},
            ],
            "expected_task_sequence": ["start", "turn", "turn", "turn"],
        }),
    );
}

#[test]
fn items_are_mocked_by_their_number() {
    is_as_expected(
        EACH,
        json!({
            "workflow": "each.yaml",
            "mock_action_executions": [
                {"task_id": "each", "item_id": 0, "result": "a"},
                {"task_id": "each", "item_id": 1, "result": "b"},
                {"task_id": "each", "item_id": 2, "result": "c"},
            ],
            "expected_task_sequence": ["each", "continue"],
            "expected_output": {"all": ["a", "b", "c"]},
        }),
    );
    let error = play(
        EACH,
        json!({"workflow": "each.yaml", "expected_task_sequence": [], "mock_action_executions": [{"task_id": "each"}]}),
    );
    assert_eq!(error, Err(RehearsalError::ItemWithoutNumber { mock: 0, task_id: "each".to_owned() }));
}

#[test]
fn mistakes_of_the_definition_can_be_expected() {
    let broken = "tasks: {a: {action: core.noop, next: [{do: b}]}}";
    let script = json!({
        "workflow": "broken.yaml",
        "expected_task_sequence": [],
        "expected_inspection_errors": {"semantics": [{"message": "The task \"b\" is not defined."}]},
    });
    is_as_expected(broken, script);
    let without = json!({"workflow": "broken.yaml", "expected_task_sequence": ["a"]});
    differs_in(broken, without, &["expected_inspection_errors"]);
}

#[test]
fn a_workflow_that_is_over_is_taken_up_again() {
    let workflow =
        Workflow::compile("tasks: {a: {action: core.a, next: [{do: b}]}, b: {action: core.b}}").expect("a definition");
    let state = json!({
        "spec": {"catalog": "native", "version": "1.0", "spec": workflow.spec().raw},
        "input": {}, "context": {}, "log": [], "errors": [], "output": null,
        "state": {
            "contexts": [{}], "routes": [[]], "staged": [], "status": "failed", "tasks": {"a__r0": 0},
            "sequence": [{"id": "a", "route": 0, "ctxs": {"in": [0]}, "prev": {}, "next": {"b__t0": false}, "status": "failed", "term": true}],
        },
    });
    let script = read(json!({
        "workflow_state": state,
        "rerun_tasks": [{"task_id": "a"}],
        "expected_task_sequence": ["a", "a", "b"],
    }));
    let report = perform(&script, &workflow, &NoHost).expect("a rehearsal");
    assert_eq!(report.differences, []);
}

#[test]
fn a_cycle_that_never_stops_ends_the_rehearsal() {
    let script = json!({"workflow": "w.yaml", "expected_task_sequence": []});
    let turning = "tasks: {a: {next: [{do: b}]}, b: {action: core.b, next: [{do: b}]}}";
    assert_eq!(play(turning, script), Err(RehearsalError::Endless));
}

#[test]
fn everything_wrong_with_a_script_is_told_with_its_place() {
    let script = json!({
        "workflow": "w.yaml",
        "expected_task_sequense": [],
        "mock_action_executions": [{"task_id": "a", "status": "suceeded"}, {"statsu": 1}],
        "inputs": [],
    });
    let mistakes = Script::read(&script).expect_err("mistakes");
    let found: Vec<(&str, &str)> =
        mistakes.iter().map(|mistake| (mistake.path.as_str(), mistake.message.as_str())).collect();
    assert_eq!(
        found,
        [
            ("expected_task_sequense", "`expected_task_sequense` is not a key of a rehearsal"),
            ("", "`expected_task_sequence` is missing"),
            ("inputs", "`inputs` is a mapping"),
            ("mock_action_executions[0].status", "\"suceeded\" is not a status"),
            ("mock_action_executions[1].statsu", "`statsu` is not a key of this"),
            ("mock_action_executions[1]", "`task_id` is missing"),
        ]
    );
}
