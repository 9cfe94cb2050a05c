//! Chains as StackStorm runs them; the texts and shapes are those that were recorded of it.

mod definitions;
mod story;

use serde_json::{Value, json};
use squall_orquesta::{Effect, EventKind, Status};

use crate::story::Story;

const TWO: &str = "
vars:
  v1: 'var {{ msg }}'
chain:
  - name: c1
    ref: core.local
    parameters: {cmd: 'echo {{ msg }} {{ v1 }}'}
    publish: {out1: '{{ c1.stdout }}'}
    on-success: c2
    on-failure: c3
  - name: c2
    ref: test.dict
    parameters: {msg: '{{ out1 }}', list: ['{{numbers}}', '{{ numbers }}'], plain: 7}
    publish: {out2: '{{ c2.result }}'}
  - name: c3
    ref: core.local
    parameters: {cmd: 'recovered {{ c1.return_code }}'}
default: c1
";

fn two() -> Story {
    Story::begin(TWO, json!({"msg": "hello", "numbers": [1]}))
}

fn state(name: &str, state: &str) -> (String, String) {
    (name.to_owned(), state.to_owned())
}

#[test]
fn results_and_published_variables_reach_the_next_task_and_the_result() {
    let mut story = two();
    assert_eq!(story.asked(), ("c1".to_owned(), json!({"cmd": "echo hello var hello"})));
    story.succeed(json!({"stdout": "said"}));
    assert_eq!(story.asked(), ("c2".to_owned(), json!({"msg": "said", "list": [[1], "[1]"], "plain": 7})));
    story.succeed(json!({"result": {"a": 1, "b": [1, 2.5, null, true]}}));
    assert_eq!(story.end(), (Status::Succeeded, vec![state("c1", "succeeded"), state("c2", "succeeded")]));
    let result = story.engine.result();
    assert_eq!(
        result["tasks"][0],
        json!({
            "id": "c1",
            "name": "c1",
            "execution_id": "c1-0",
            "liveaction_id": "live-c1-0",
            "workflow": null,
            "created_at": "1970-01-01T00:00:01.000000+00:00",
            "updated_at": "1970-01-01T00:00:02.000000+00:00",
            "state": "succeeded",
            "result": {"stdout": "said"},
        })
    );
    assert_eq!(result["published"], json!({"out1": "said", "out2": "{'a': 1, 'b': [1, 2.5, None, True]}"}));
}

#[test]
fn a_failure_takes_the_way_that_is_there_for_it() {
    for (failure, shown) in [(Status::Failed, "failed"), (Status::Timeout, "timeout"), (Status::Abandoned, "abandoned")]
    {
        let mut story = two();
        story.report(failure, json!({"stdout": "", "return_code": 2}));
        assert_eq!(story.asked().1, json!({"cmd": "recovered 2"}));
        story.succeed(json!({}));
        assert_eq!(story.end(), (Status::Succeeded, vec![state("c1", shown), state("c3", "succeeded")]));
    }
}

#[test]
fn a_failure_that_leads_nowhere_is_the_end_of_the_chain() {
    for (ended, expected) in [
        (Status::Failed, Status::Failed),
        (Status::Timeout, Status::Timeout),
        (Status::Abandoned, Status::Failed),
        (Status::Canceled, Status::Canceled),
    ] {
        let mut story = Story::begin("chain: [{name: a, ref: core.noop}]", json!({}));
        story.report(ended, json!({}));
        assert_eq!(story.end().0, expected, "{ended}");
        assert_eq!(story.engine.result()["published"], json!({}));
    }
}

#[test]
fn an_action_that_does_not_exist_ends_the_chain() {
    let mut story = Story::begin("chain: [{name: c1, ref: test.nosuch, on-failure: c1}]", json!({}));
    story.refuse("InvalidActionReferencedException: Action \"test.nosuch\" cannot be found.");
    assert_eq!(story.end(), (Status::Failed, vec![]));
    let expected = "Failed to run task \"c1\". Action with reference \"test.nosuch\" doesn't exist.. \
                    Task :: c1 - Action with ref test.nosuch not registered.";
    assert_eq!(story.engine.result()["error"], json!(expected));
}

#[test]
fn an_action_that_refuses_its_parameters_is_a_task_that_failed() {
    let mut story = two();
    story.refuse("ParamException: Additional properties are not allowed ('nosuch' was unexpected)");
    let expected =
        json!("Failed running task \"c1\".. Additional properties are not allowed ('nosuch' was unexpected)");
    // What it failed with is there for the next task, as a result would be; `return_code` is not in it.
    assert_eq!(story.end(), (Status::Failed, vec![state("c1", "failed")]));
    let task = &story.engine.result()["tasks"][0];
    assert_eq!(
        (&task["result"]["error"], &task["execution_id"], &task["liveaction_id"]),
        (&expected, &Value::Null, &json!("None"))
    );
}

#[test]
fn parameters_that_do_not_render_end_the_chain_with_their_place() {
    let chain = "chain:\n- name: c1\n  ref: core.local\n  parameters: {cmd: 'echo {{ nosuch.thing }}'}\n";
    let story = Story::begin(chain, json!({}));
    assert_eq!(story.end(), (Status::Failed, vec![]));
    let result = story.engine.result();
    let reason = "Failed rendering value for action parameter \"cmd\" in task \"c1\" \
                  (template string=echo {{ nosuch.thing }}): 'nosuch' is undefined";
    assert_eq!(result["error"], json!(format!("Failed to run task \"c1\". Parameter rendering failed.. {reason}")));
    assert_eq!(result["traceback"], json!(format!("  File \"actions/chain.yaml\", line 2, in c1\n{reason}\n")));
}

#[test]
fn what_does_not_publish_is_all_that_the_result_tells() {
    let mut story = Story::begin("chain: [{name: c1, ref: core.noop, publish: {x: '{{ c1.y }}'}}]", json!({}));
    story.succeed(json!({"x": 1}));
    assert_eq!(story.engine.status(), Status::Failed);
    let reason = "Failed rendering value for publish parameter \"x\" in task \"c1\" \
                  (template string={{ c1.y }}): 'dict object' has no attribute 'y'";
    let result = story.engine.result();
    assert_eq!(result["error"], json!(reason));
    assert_eq!(result.as_object().map(serde_json::Map::len), Some(2), "{result}");
}

#[test]
fn variables_that_do_not_render_end_the_chain_before_its_first_task() {
    let story = Story::begin("vars: {v: '{{ nosuch }}'}\nchain: [{name: a, ref: core.noop}]", json!({}));
    assert_eq!(story.end(), (Status::Failed, vec![]));
    let expected = "Failed initializing ``vars`` in chain.. 'nosuch' is undefined";
    assert_eq!(story.engine.result()["error"], json!(expected));
}

#[test]
fn templates_see_the_datastore_the_configuration_and_where_the_chain_runs() {
    let chain = "
vars: {kept: '{{ st2kv.system.colour }}'}
chain:
  - name: a
    ref: core.noop
    parameters:
      stored: '{{ st2kv.system.colour }} {{ system.colour }} {{ kept }} {{ st2kv.system.secret | decrypt_kv }}'
      around: '{{ config_context.region }} {{ action_context.parent.execution_id }} {{ action_context.parent.user }}'
    on-success: b
  - name: b
    ref: core.noop
    parameters: {before: '{{ __results.a.x }}', whole: {inner: '{{a}}'}}
";
    let mut story = Story::begin(chain, json!({}));
    let expected = json!({"stored": "green green green c1ph3r", "around": "north the chain tester"});
    assert_eq!(story.asked().1, expected);
    story.succeed(json!({"x": 5}));
    assert_eq!(story.asked().1, json!({"before": "5", "whole": {"inner": {"x": 5}}}));
}

#[test]
fn what_a_result_happens_to_contain_is_never_a_template() {
    let chain = "chain:\n- {name: a, ref: t.a, publish: {p: '{{ a.x }}'}, on-success: b}\n- {name: b, ref: t.b, parameters: {v: '{{ p }}'}}\n";
    let mut story = Story::begin(chain, json!({}));
    story.succeed(json!({"x": "{{ 6 * 7 }}"}));
    assert_eq!(story.asked().1, json!({"v": "{{ 6 * 7 }}"}));
}

#[test]
fn a_name_that_is_a_template_is_no_task() {
    let chain = "chain: [{name: a, ref: t.a, on-success: '{{ x }}'}]";
    let mut story = Story::begin(chain, json!({"x": "a"}));
    story.succeed(json!({}));
    assert_eq!(story.end(), (Status::Failed, vec![state("a", "succeeded")]));
    let expected = "Failed to get next node \"a\".. Unable to find node with name \"{{ x }}\".";
    assert_eq!(story.engine.result()["error"], json!(expected));
}

#[test]
fn a_loop_asks_for_its_action_anew() {
    let chain = "chain: [{name: a, ref: t.a, on-success: b}, {name: b, ref: t.b, on-failure: a}]\ndefault: a";
    let mut story = Story::begin(chain, json!({}));
    let first = story.engine.pending_key().cloned();
    story.succeed(json!({}));
    story.report(Status::Failed, json!({}));
    let again = story.engine.pending_key().cloned();
    assert_eq!(again.as_ref().map(|key| (key.task_id.as_str(), key.attempt)), Some(("a", 1)));
    assert_ne!(first, again);
}

#[test]
fn a_pause_waits_for_the_action_and_resumption_goes_on_behind_it() {
    let mut story = two();
    let told = story.hear(EventKind::PauseRequested);
    assert!(matches!(told.as_slice(), [Effect::PauseAction(_), Effect::WorkflowChanged { status: Status::Pausing }]));
    story.succeed(json!({"stdout": "said"}));
    assert_eq!(story.engine.status(), Status::Paused);
    assert_eq!(story.engine.result()["tasks"][0]["state"], json!("succeeded"));
    assert_eq!(story.engine.vars().get("out1"), Some(&json!("said")));
    story.hear(EventKind::ResumeRequested);
    assert_eq!(story.asked().0, "c2");
    story.succeed(json!({"result": 1}));
    assert_eq!(story.end(), (Status::Succeeded, vec![state("c1", "succeeded"), state("c2", "succeeded")]));
}

#[test]
fn a_pause_during_the_last_task_is_a_pause_all_the_same() {
    for (ended, expected) in [(Status::Succeeded, Status::Succeeded), (Status::Failed, Status::Failed)] {
        let mut story = Story::begin("chain: [{name: a, ref: t.a}]", json!({}));
        story.hear(EventKind::PauseRequested);
        story.report(ended, json!({}));
        assert_eq!(story.engine.status(), Status::Paused);
        story.hear(EventKind::ResumeRequested);
        assert_eq!(story.end().0, expected);
    }
}

#[test]
fn a_workflow_within_pauses_and_resumes_with_the_chain() {
    let mut story = Story::begin("chain: [{name: a, ref: t.flow, on-success: b}, {name: b, ref: t.b}]", json!({}));
    story.hear(EventKind::PauseRequested);
    story.report(Status::Paused, json!({"output": null}));
    assert_eq!(story.engine.status(), Status::Paused);
    assert_eq!(story.engine.result()["tasks"][0]["state"], json!("paused"));
    let told = story.hear(EventKind::ResumeRequested);
    assert!(matches!(told.first(), Some(Effect::ResumeAction(_))), "{told:?}");
    story.report(Status::Running, json!(null));
    story.succeed(json!({}));
    story.succeed(json!({}));
    assert_eq!(story.end(), (Status::Succeeded, vec![state("a", "succeeded"), state("b", "succeeded")]));
}

#[test]
fn an_inquiry_holds_the_chain_until_it_is_answered() {
    let chain = "chain: [{name: ask, ref: core.ask, on-success: b}, {name: b, ref: t.b, parameters: {v: '{{ ask.result.response }} {{ ask.ttl }}'}}]";
    let mut story = Story::begin(chain, json!({}));
    story.report(Status::Pending, json!({"ttl": 1440}));
    assert_eq!(story.engine.status(), Status::Paused);
    assert_eq!(story.engine.result()["tasks"][0]["state"], json!("pending"));
    story.succeed(json!({"ttl": 1440, "response": "yes"}));
    assert_eq!(story.asked(), ("b".to_owned(), json!({"v": "yes 1440"})));
    assert_eq!(story.engine.status(), Status::Running);
}

#[test]
fn a_cancellation_waits_for_the_action_and_starts_nothing_more() {
    let mut story = two();
    let told = story.hear(EventKind::CancelRequested);
    assert!(matches!(
        told.as_slice(),
        [Effect::CancelAction(_), Effect::WorkflowChanged { status: Status::Canceling }]
    ));
    story.succeed(json!({"stdout": ""}));
    assert_eq!(story.end(), (Status::Canceled, vec![state("c1", "succeeded")]));
}

#[test]
fn a_chain_that_has_paused_is_canceled_at_once() {
    let mut story = two();
    story.hear(EventKind::PauseRequested);
    story.succeed(json!({"stdout": ""}));
    story.hear(EventKind::CancelRequested);
    assert_eq!(story.end(), (Status::Canceled, vec![state("c1", "succeeded")]));
}

#[test]
fn tasks_notify_as_they_say_or_as_the_chain_does() {
    let chain = "chain: [{name: a, ref: t.a, notify: {on-complete: {routes: [own]}}}, {name: b, ref: t.b}, {name: c, ref: t.c}]";
    let notify = json!({"on-failure": {"routes": ["all"]}});
    let settings = json!({"parent": {}, "notify": notify, "skip_notify": ["c"], "display_published": false});
    let story = Story::begin_with(chain, json!({}), settings);
    let routes = |task: &str| story.engine.notify_of(task).cloned();
    assert_eq!(routes("a"), Some(json!({"on-complete": {"routes": ["own"]}})));
    assert_eq!(routes("b"), Some(notify));
    assert_eq!(routes("c"), None);
    assert_eq!(story.engine.result(), json!({"tasks": []}), "nothing published is shown");
}
