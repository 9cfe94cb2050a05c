//! Stories of workflows, told to the engine event by event.

mod questions;
mod story;

use serde_json::json;
use squall_orquesta::{Effect, EventKind, Status};
use story::Story;

#[test]
fn tasks_run_one_after_the_other() {
    let mut story = Story::start(
        "
input: [who]
vars:
  - greeting: Hello
tasks:
  greet:
    action: core.echo message=<% ctx().greeting %>
    next:
      - when: <% succeeded() %>
        publish: text=<% result().stdout %>
        do: address
  address:
    action: core.echo
    input:
      message: <% ctx().text %>, <% ctx(who) %>!
output:
  - text: <% ctx().text %>
",
        json!({"who": "world"}),
    );
    story.requests("greet", json!({"message": "Hello"}));
    story.succeeds("greet", json!({"stdout": "Good day"}));
    story.requests("address", json!({"message": "Good day, world!"}));
    story.succeeds("address", json!(null));
    story.finishes(Status::Succeeded, json!({"text": "Good day"}));
}

#[test]
fn branches_run_in_parallel_and_join() {
    let mut story = Story::start(
        "
tasks:
  begin:
    action: core.noop
    next:
      - do: left, right
  left:
    action: core.noop
    next:
      - publish: [{side: left}, {l: <% result() %>}]
        do: end
  right:
    action: core.noop
    next:
      - publish: [{side: right}, {r: <% result() %>}]
        do: end
  end:
    join: all
    action: core.noop
output:
  - all: <% list(ctx().side, ctx().l, ctx().r) %>
",
        json!({}),
    );
    story.requests("begin", json!({}));
    story.succeeds("begin", json!(null));
    story.requests("left", json!({}));
    story.requests("right", json!({}));
    story.succeeds("right", json!(2));
    story.requests_nothing();
    story.succeeds("left", json!(1));
    story.requests("end", json!({}));
    story.succeeds("end", json!(null));
    story.finishes(Status::Succeeded, json!({"all": ["left", 1, 2]}));
}

#[test]
fn every_item_gets_an_action_and_the_results_come_in_order() {
    let mut story = Story::start(
        "
input: [hosts]
tasks:
  ping:
    with: {items: host in <% ctx().hosts %>, concurrency: 2}
    action: core.ping host=<% item(host) %>
    next:
      - publish: [{answers: <% result() %>}]
output:
  - answers: <% ctx().answers %>
",
        json!({"hosts": ["a", "b", "c"]}),
    );
    story.requests_item("ping", 0, json!({"host": "a"}));
    story.requests_item("ping", 1, json!({"host": "b"}));
    story.requests_nothing();
    story.item_succeeds("ping", 1, json!("B"));
    story.requests_item("ping", 2, json!({"host": "c"}));
    story.item_succeeds("ping", 2, json!("C"));
    story.item_succeeds("ping", 0, json!("A"));
    story.finishes(Status::Succeeded, json!({"answers": ["A", "B", "C"]}));
}

#[test]
fn a_failure_that_nothing_handles_fails_the_workflow_at_once() {
    let mut story = Story::start(
        "
tasks:
  a: {action: core.noop}
  b: {action: core.noop}
",
        json!({}),
    );
    story.fails("a", json!({"stderr": "boom"}));
    let errors = story.finishes(Status::Failed, json!(null));
    assert_eq!(
        errors,
        [json!({
            "type": "error", "message": "Execution failed. See result for details.", "task_id": "a",
            "result": {"stderr": "boom"},
        })]
    );
    story.succeeds("b", json!(null));
    story.requests_nothing();
    story.status_is(Status::Failed);
}

const HANDLED: &str = "
tasks:
  risky:
    action: core.risk
    next:
      - when: <% failed() %>
        publish: [{reason: <% result().why %>}]
        do: COMMAND
      - when: <% succeeded() %>
        do: after
  after: {action: core.noop}
  clean: {action: core.clean}
output:
  - reason: <% ctx().get(reason) %>
";

fn handled_by(command: &str) -> Story {
    // Without a transition into it, `clean` would start with the workflow.
    let definition = HANDLED.replace("COMMAND", command);
    let definition =
        if command.contains("clean") { definition } else { definition.replace("  clean: {action: core.clean}\n", "") };
    let mut story = Story::start(&definition, json!({}));
    story.requests("risky", json!({}));
    story.fails("risky", json!({"why": "rain"}));
    story
}

#[test]
fn a_failure_may_lead_to_another_task() {
    let mut story = handled_by("clean");
    story.requests("clean", json!({}));
    story.succeeds("clean", json!(null));
    story.finishes(Status::Succeeded, json!({"reason": "rain"}));
}

#[test]
fn noop_forgives_a_failure_and_continue_does_not() {
    handled_by("noop").finishes(Status::Succeeded, json!({"reason": "rain"}));
    handled_by("continue").finishes(Status::Failed, json!({"reason": "rain"}));
}

#[test]
fn fail_still_lets_what_is_beside_it_clean_up() {
    let mut story = handled_by("clean, fail");
    story.requests("clean", json!({}));
    story.finishes(Status::Failed, json!({"reason": "rain"}));
    story.succeeds("clean", json!(null));
    story.requests_nothing();
}

#[test]
fn retries_are_counted_delayed_and_told_apart() {
    let mut story = Story::start(
        "
tasks:
  flaky:
    action: core.flaky
    delay: 1
    retry: {count: 2, delay: 5, when: <% failed() and result() != final %>}
",
        json!({}),
    );
    let delays: Vec<(u32, u64)> = std::iter::from_fn(|| {
        let Some(Effect::RequestAction { attempt, delay_seconds, .. }) = story.next_effect() else { return None };
        story.fails("flaky", json!(attempt));
        Some((attempt, delay_seconds))
    })
    .take(3)
    .collect();
    assert_eq!(delays, [(0, 1), (1, 5), (2, 5)]);
    story.finishes(Status::Failed, json!(null));
}

#[test]
fn every_round_of_a_cycle_is_an_attempt_of_its_own() {
    let mut story = Story::start(
        "
vars: [{n: 0}]
tasks:
  begin: {next: [{do: round}]}
  round:
    action: core.round n=<% ctx().n %>
    next:
      - when: <% ctx().n < 2 %>
        publish: [{n: <% ctx().n + 1 %>}]
        do: round
",
        json!({}),
    );
    for n in 0..3 {
        assert_eq!(story.requests("round", json!({"n": n})), n);
        story.succeeds("round", json!(null));
    }
    story.finishes(Status::Succeeded, json!(null));
}

#[test]
fn arrivals_by_several_transitions_go_on_separate_routes() {
    let mut story = Story::start(
        "
tasks:
  a: {action: core.noop, next: [{publish: [{x: a}], do: c}]}
  b: {action: core.noop, next: [{publish: [{x: b}], do: c}]}
  c: {action: core.c x=<% ctx().x %>}
",
        json!({}),
    );
    story.requests("a", json!({}));
    story.requests("b", json!({}));
    story.succeeds("a", json!(null));
    story.requests("c", json!({"x": "a"}));
    story.succeeds("b", json!(null));
    story.requests("c", json!({"x": "b"}));
    let routes: Vec<Effect> = story.engine().pending();
    let routes: Vec<usize> = routes
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::RequestAction { route, .. } => Some(route),
            _ => None,
        })
        .collect();
    assert_eq!(routes, [1, 2]);
    story.succeeds("c", json!(null));
    story.succeeds("c", json!(null));
    story.finishes(Status::Succeeded, json!(null));
}

#[test]
fn what_needs_no_action_never_leaves_the_engine() {
    let mut story = Story::start(
        "
vars: [{none: []}]
tasks:
  begin: {next: [{do: empty}]}
  empty:
    with: <% ctx().none %>
    action: core.noop
    next: [{publish: [{got: <% result() %>}], do: end}]
  end: {next: [{do: noop}]}
output: [{got: <% ctx().got %>}]
",
        json!({}),
    );
    story.finishes(Status::Succeeded, json!({"got": []}));
}

#[test]
fn a_failed_item_fails_the_task_when_the_others_are_through() {
    let mut story = Story::start(
        "
tasks:
  each:
    with: <% list(1, 2, 3) %>
    action: core.noop
    next: [{when: <% failed() %>, publish: [{got: <% result() %>}], do: noop}]
output: [{got: <% ctx().got %>}]
",
        json!({}),
    );
    story.item_succeeds("each", 2, json!("c"));
    story.item_fails("each", 0, json!("a"));
    story.status_is(Status::Running);
    story.item_succeeds("each", 1, json!("b"));
    story.finishes(Status::Succeeded, json!({"got": ["a", "b", "c"]}));
}

#[test]
fn a_rerun_repeats_only_what_failed() {
    let mut story = Story::start(
        "
tasks:
  each:
    with: <% list(1, 2, 3) %>
    action: core.noop n=<% item() %>
    next: [{when: <% succeeded() %>, publish: [{got: <% result() %>}]}]
output: [{got: <% ctx().get(got) %>}]
",
        json!({}),
    );
    for item in 0..3 {
        assert_eq!(story.requests_item("each", item, json!({"n": item + 1})), 0);
    }
    story.item_succeeds("each", 0, json!("a"));
    story.item_fails("each", 1, json!("?"));
    story.item_succeeds("each", 2, json!("c"));
    story.finishes(Status::Failed, json!({"got": null}));
    story.happens(EventKind::RerunRequested { tasks: vec![], reset: vec![] });
    assert_eq!(story.requests_item("each", 1, json!({"n": 2})), 1);
    story.requests_nothing();
    story.item_succeeds("each", 1, json!("b"));
    let errors = story.finishes(Status::Succeeded, json!({"got": ["a", "b", "c"]}));
    assert!(errors.is_empty(), "{errors:?}");
}

#[test]
fn a_workflow_pauses_when_what_is_at_work_is_through_and_goes_on_from_there() {
    let mut story = Story::start(
        "
tasks:
  a: {action: core.noop, next: [{do: b}]}
  b: {action: core.noop}
",
        json!({}),
    );
    story.requests("a", json!({}));
    story.happens(EventKind::PauseRequested);
    assert!(matches!(story.next_effect(), Some(Effect::PauseAction(key)) if key.task_id == "a"));
    story.status_is(Status::Pausing);
    story.succeeds("a", json!(null));
    story.status_is(Status::Paused);
    story.requests_nothing();
    story.happens(EventKind::ResumeRequested);
    story.requests("b", json!({}));
    story.succeeds("b", json!(null));
    story.finishes(Status::Succeeded, json!(null));
}

/// Two workflows within this one, and what comes after both.
const TWO_WITHIN: &str = "
tasks:
  a: {action: p.inner, next: [{do: c}]}
  b: {action: p.inner, next: [{do: c}]}
  c: {join: all, action: core.noop}
";

fn both_paused() -> Story {
    let mut story = Story::start(TWO_WITHIN, json!({}));
    story.requests("a", json!({}));
    story.requests("b", json!({}));
    for task in ["a", "b"] {
        story.reports(task, None, Status::Pausing, json!(null));
        story.reports(task, None, Status::Paused, json!(null));
    }
    story.status_is(Status::Paused);
    story
}

#[test]
fn a_paused_workflow_goes_on_with_the_workflow_within_it_that_somebody_resumes() {
    let mut story = both_paused();
    story.reports("a", None, Status::Running, json!(null));
    story.status_is(Status::Running);
    story.succeeds("a", json!(null));
    story.status_is(Status::Paused);
    story.reports("b", None, Status::Running, json!(null));
    story.succeeds("b", json!(null));
    story.requests("c", json!({}));
    story.succeeds("c", json!(null));
    story.finishes(Status::Succeeded, json!(null));
}

#[test]
fn a_resumed_workflow_does_not_pause_again_because_one_within_it_ends_before_the_other_says_that_it_goes_on() {
    let mut story = both_paused();
    story.happens(EventKind::ResumeRequested);
    for task in ["a", "b"] {
        assert!(matches!(story.next_effect(), Some(Effect::ResumeAction(key)) if key.task_id == task));
    }
    story.succeeds("b", json!(null));
    story.status_is(Status::Running);
    story.succeeds("a", json!(null));
    story.requests("c", json!({}));
}

#[test]
fn a_cancel_reaches_every_action_at_work() {
    let mut story = Story::start(
        "
tasks:
  a: {action: core.noop}
  b: {action: core.noop, next: [{do: c}]}
  c: {action: core.noop}
",
        json!({}),
    );
    story.requests("a", json!({}));
    story.requests("b", json!({}));
    story.happens(EventKind::CancelRequested);
    for task in ["a", "b"] {
        assert!(matches!(story.next_effect(), Some(Effect::CancelAction(key)) if key.task_id == task));
    }
    story.reports("a", None, Status::Canceled, json!(null));
    story.status_is(Status::Canceling);
    story.succeeds("b", json!(null));
    story.finishes(Status::Canceled, json!(null));
    story.requests_nothing();
}

#[test]
fn a_join_that_can_no_longer_be_reached_is_an_error() {
    let mut story = Story::start(
        "
tasks:
  a: {action: core.noop, next: [{when: <% succeeded() %>, do: end}]}
  b: {action: core.noop, next: [{when: <% failed() %>, do: end}]}
  end: {join: all, action: core.noop}
",
        json!({}),
    );
    story.succeeds("a", json!(null));
    story.succeeds("b", json!(null));
    let errors = story.finishes(Status::Failed, json!(null));
    let message = "UnreachableJoinError: The join task|route \"end|0\" is partially satisfied but unreachable.";
    assert_eq!(errors, [json!({"type": "error", "message": message, "task_id": "end", "route": 0})]);
}

#[test]
fn a_result_that_looks_like_an_expression_stays_text() {
    let definition = "
tasks:
  a: {action: core.noop, next: [{publish: [{x: <% result() %>}, {y: 'got {{ result() }}'}]}]}
output: [{x: <% ctx().x %>}, {y: <% ctx().y %>}]
";
    let mut story = Story::start(definition, json!({}));
    story.succeeds("a", json!("<% 1 + 1 %>"));
    story.finishes(Status::Succeeded, json!({"x": "<% 1 + 1 %>", "y": "got <% 1 + 1 %>"}));
}

#[test]
fn a_mistake_that_shows_only_at_work_fails_the_workflow_and_says_where() {
    let mut story = Story::start(
        "
tasks:
  a: {action: core.noop, next: [{when: <% result().x.y > 1 %>, do: b}]}
  b: {action: core.noop}
",
        json!({}),
    );
    story.succeeds("a", json!({}));
    let errors = story.finishes(Status::Failed, json!(null));
    let message = "YaqlEvaluationException: Unable to resolve key 'x' in expression '<% result().x.y > 1 %>' from \
                   context.";
    let place = json!({"task_id": "a", "route": 0, "task_transition_id": "b__t0"});
    assert_eq!(errors[0]["message"], message);
    for key in ["task_id", "route", "task_transition_id"] {
        assert_eq!(errors[0][key], place[key]);
    }
}

#[test]
fn events_that_make_no_sense_are_refused_and_change_nothing() {
    let mut story = Story::start("tasks: {a: {action: core.noop}}", json!({}));
    let changed = |task_id: &str, attempt: u32, item_id: Option<usize>, status: Status| EventKind::ActionChanged {
        task_id: task_id.to_owned(),
        route: 0,
        attempt,
        item_id,
        status,
        result: json!(null),
    };
    story.refuses(EventKind::Started { inputs: Default::default(), context: Default::default() });
    story.refuses(changed("b", 0, None, Status::Succeeded));
    story.refuses(changed("a", 1, None, Status::Succeeded));
    story.refuses(changed("a", 0, Some(0), Status::Succeeded));
    story.refuses(changed("a", 0, None, Status::Retrying));
    story.refuses(EventKind::ResumeRequested);
    story.refuses(EventKind::RerunRequested { tasks: vec![], reset: vec![] });
    story.succeeds("a", json!(null));
    story.refuses(changed("a", 0, None, Status::Succeeded));
    story.refuses(EventKind::PauseRequested);
    story.refuses(EventKind::CancelRequested);
    let error = story.refuses(EventKind::RerunRequested { tasks: vec!["x".to_owned()], reset: vec![] });
    assert_eq!(error.to_string(), "Unable to rerun workflow because one or more tasks is not found: x");
}

#[test]
fn an_action_that_cannot_be_requested_fails_its_task_and_the_workflow() {
    let mut story = Story::start("tasks: {a: {action: core.gone}}", json!({}));
    story.requests("a", json!({}));
    let message = "ValueError: no such action".to_owned();
    let refused = EventKind::ActionRefused { task_id: "a".to_owned(), route: 0, attempt: 0, item_id: None, message };
    story.happens(refused);
    let errors = story.finishes(Status::Failed, json!(null));
    assert_eq!(errors[0]["message"], "ValueError: no such action");
    story.happens(EventKind::RerunRequested { tasks: vec!["a".to_owned()], reset: vec![] });
    assert_eq!(story.requests("a", json!({})), 1);
}
