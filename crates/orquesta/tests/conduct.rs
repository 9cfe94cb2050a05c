//! Stories of workflows, told to the engine event by event.

mod story;

use serde_json::json;
use squall_orquesta::Status;
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
