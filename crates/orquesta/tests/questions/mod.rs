//! Stories of workflows in which actions wait for the answer of a person.

use serde_json::json;
use squall_orquesta::{Effect, EventKind, Status};

use crate::story::Story;

const ONE: &str = "
tasks:
  ask:
    action: core.ask
    next:
      - {when: <% succeeded() %>, publish: [{said: <% result().response.ok %>}], do: go_on}
      - {when: <% failed() %>, do: give_up}
  go_on: {action: core.noop}
  give_up: {action: core.noop}
output: [{said: <% ctx().said %>}]
";

fn asked(definition: &str, tasks: &[&str]) -> Story {
    let mut story = Story::start(definition, json!({}));
    for task in tasks {
        story.requests(task, json!({}));
    }
    for task in tasks {
        story.reports(task, None, Status::Pending, json!({"ttl": 1440}));
    }
    story
}

#[test]
fn a_workflow_waits_with_its_only_question_and_goes_on_with_the_answer() {
    let mut story = asked(ONE, &["ask"]);
    story.status_is(Status::Paused);
    story.requests_nothing();
    story.succeeds("ask", json!({"response": {"ok": true}}));
    story.status_is(Status::Running);
    story.requests("go_on", json!({}));
    story.succeeds("go_on", json!(null));
    story.finishes(Status::Succeeded, json!({"said": true}));
}

#[test]
fn a_question_that_nobody_answers_in_time_is_a_failure_that_the_workflow_can_handle() {
    let mut story = asked(ONE, &["ask"]);
    story.reports("ask", None, Status::Timeout, json!({"ttl": 1}));
    story.requests("give_up", json!({}));
    let mut unhandled = asked("tasks: {ask: {action: core.ask}}", &["ask"]);
    unhandled.reports("ask", None, Status::Timeout, json!(null));
    unhandled.finishes(Status::Failed, json!(null));
}

#[test]
fn an_answer_with_which_the_workflow_ends_ends_it() {
    let mut story = asked("tasks: {ask: {action: core.ask}}", &["ask"]);
    story.succeeds("ask", json!(null));
    story.finishes(Status::Succeeded, json!(null));
}

const BESIDE: &str = "
tasks:
  left: {action: core.ask, next: [{do: end}]}
  right: {action: core.ask, next: [{do: end}]}
  end: {join: all, action: core.noop}
";

#[test]
fn of_two_questions_each_can_be_answered_first_and_the_workflow_waits_for_both() {
    for [first, second] in [["left", "right"], ["right", "left"]] {
        let mut story = asked(BESIDE, &["left", "right"]);
        story.status_is(Status::Paused);
        story.succeeds(first, json!(null));
        story.status_is(Status::Paused);
        story.requests_nothing();
        story.succeeds(second, json!(null));
        story.requests("end", json!({}));
        story.succeeds("end", json!(null));
        story.finishes(Status::Succeeded, json!(null));
    }
}

#[test]
fn an_answer_that_comes_while_another_branch_is_at_work_does_not_leave_the_workflow_paused() {
    let mut story = Story::start(BESIDE, json!({}));
    story.requests("left", json!({}));
    story.requests("right", json!({}));
    story.reports("left", None, Status::Pending, json!(null));
    story.status_is(Status::Pausing);
    story.succeeds("left", json!(null));
    story.status_is(Status::Running);
    story.succeeds("right", json!(null));
    story.requests("end", json!({}));
}

#[test]
fn questions_for_items_are_answered_one_by_one() {
    let mut story = Story::start(
        "
tasks:
  ask: {with: '<% list(1, 2, 3) %>', action: core.ask, next: [{do: end}]}
  end: {action: core.noop}
",
        json!({}),
    );
    for item in 0..3 {
        story.requests_item("ask", item, json!({}));
    }
    for item in 0..3 {
        story.reports("ask", Some(item), Status::Pending, json!(null));
    }
    for item in [1, 2, 0] {
        story.status_is(Status::Paused);
        story.requests_nothing();
        story.item_succeeds("ask", item, json!(null));
    }
    story.requests("end", json!({}));
    story.succeeds("end", json!(null));
    story.finishes(Status::Succeeded, json!(null));
}

#[test]
fn who_resumes_a_workflow_that_only_waits_for_answers_is_told_that_it_stays_paused() {
    let mut story = asked(ONE, &["ask"]);
    story.happens(EventKind::ResumeRequested);
    story.status_is(Status::Paused);
    assert!(story.told().ends_with(&[Effect::WorkflowChanged { status: Status::Paused }]));
    story.succeeds("ask", json!({"response": {"ok": false}}));
    story.requests("go_on", json!({}));
}

#[test]
fn a_workflow_is_not_left_paused_by_one_within_it_that_ends_without_having_said_that_it_goes_on() {
    let mut story = Story::start("tasks: {a: {action: p.inner, next: [{do: b}]}, b: {action: core.noop}}", json!({}));
    story.requests("a", json!({}));
    story.reports("a", None, Status::Paused, json!(null));
    story.status_is(Status::Paused);
    story.succeeds("a", json!(null));
    story.requests("b", json!({}));
}

#[test]
fn a_canceled_workflow_cancels_its_questions() {
    let mut story = asked(BESIDE, &["left", "right"]);
    story.happens(EventKind::CancelRequested);
    for task in ["left", "right"] {
        assert!(matches!(story.next_effect(), Some(Effect::CancelAction(key)) if key.task_id == task));
    }
    story.finishes(Status::Canceled, json!(null));
}
