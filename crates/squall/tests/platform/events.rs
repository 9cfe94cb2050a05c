//! From an event to what rules make of it, end to end.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::support::http::Request;
use crate::support::server::{Options, Server};

fn rule(server: &Server, name: &str, trigger: &Value, message: &str) -> Value {
    let rule = json!({
        "name": name, "pack": "compat", "enabled": true, "trigger": trigger, "criteria": {},
        "action": {"ref": "core.echo", "parameters": {"message": message}},
    });
    server.post("/v1/rules", &rule).expect(201)
}

/// Waits for the execution that a rule asked for and returns it when it has ended.
fn outcome(server: &Server, rule: &str) -> Value {
    let enforcement =
        server.item(&format!("/v1/ruleenforcements?rule_ref={rule}"), |found| found["execution_id"].is_string());
    assert_eq!(enforcement["rule"]["ref"], *rule, "{enforcement}");
    let instance = enforcement["trigger_instance_id"].as_str().expect("an enforcement names its event");
    assert_eq!(server.get(&format!("/v1/triggerinstances/{instance}"))["status"], "processed");
    server.finished(enforcement["execution_id"].as_str().expect("checked above"))
}

fn said(execution: &Value) -> &str {
    assert_eq!(execution["status"], "succeeded", "{execution}");
    execution["result"]["stdout"].as_str().unwrap_or_else(|| panic!("no output: {execution}"))
}

#[test]
fn a_webhook_rule_works_from_the_moment_it_is_made() {
    let server = Server::start(Options::with_test_pack());
    let hook = "/v1/webhooks/deep/hook";
    server.post(hook, &json!({})).expect(404);
    let trigger = json!({"type": "core.st2.webhook", "parameters": {"url": "deep/hook"}});
    rule(&server, "hook", &trigger, "{{ trigger.body.who }} via {{ trigger.headers['X-Road'] }}");
    let call = Request::post(hook, &json!({"who": "Ada"})).header("X-Road", "north").send(server.api);
    assert_eq!(call.status, 202, "{}", call.text);
    assert_eq!(said(&outcome(&server, "compat.hook")), "Ada via north");
    let form = Request::new("POST", hook)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .header("X-Road", "south");
    assert_eq!(form.body("who=Bob+B").send(server.api).status, 202);
    server.item("/v1/executions?action=core.echo", |found| found["result"]["stdout"] == "['Bob B'] via south");
    Request::delete("/v1/rules/compat.hook").send(server.api).expect(204);
    server.post(hook, &json!({})).expect(404);
}

#[test]
fn a_trigger_type_of_a_pack_is_dispatched_over_the_generic_webhook() {
    let server = Server::start(Options::with_test_pack());
    rule(&server, "ring", &json!({"type": "compat.bell"}), "{{ trigger.who }} rings");
    server.post("/v1/webhooks/st2", &json!({"trigger": "compat.bell", "payload": {"who": "Ada"}})).expect(202);
    assert_eq!(said(&outcome(&server, "compat.ring")), "Ada rings");
    let again = server.item("/v1/triggerinstances?trigger=compat.bell", |_| true);
    let again = again["id"].as_str().expect("an id");
    server.post(&format!("/v1/triggerinstances/{again}/re_emit"), &json!({})).expect(200);
    server.item("/v1/ruleenforcements?rule_ref=compat.ring&offset=1", |found| found["execution_id"].is_string());
}

#[test]
fn an_interval_timer_starts_its_rule_again_and_again() {
    let server = Server::start(Options::with_test_pack());
    let trigger = json!({"type": "core.st2.IntervalTimer", "parameters": {"unit": "seconds", "delta": 1}});
    rule(&server, "tick", &trigger, "tick at {{ trigger.executed_at }}");
    assert!(said(&outcome(&server, "compat.tick")).starts_with("tick at 20"));
    server.item("/v1/ruleenforcements?rule_ref=compat.tick&offset=1", |found| found["execution_id"].is_string());
}

#[test]
fn sensors_in_python_dispatch_and_remember() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let server = Server::start(Options::with_test_pack());
    let door = directory.path().display().to_string();
    Request::put("/v1/keys/door", &json!({"name": "door", "value": door})).send(server.api).expect(200);
    std::fs::write(directory.path().join("Ada"), "").expect("the directory is writable");
    assert_eq!(said(&outcome(&server, "compat.door")), "Ada came in");
    server.item("/v1/sensortypes?pack=compat", |found| found["ref"] == "compat.DoorSensor");
    // The polling sensor of the examples speaks once, at its first look.
    let disk = server.item("/v1/triggerinstances?trigger=examples.disk_usage", |_| true);
    let disk = server.get(&format!("/v1/triggerinstances/{}", disk["id"].as_str().expect("an id")));
    assert!(disk["payload"]["percent"].is_i64(), "{disk}");
}

#[test]
fn the_end_of_an_action_is_an_event() {
    let server = Server::start(Options::with_test_pack());
    let mut rule = json!({
        "name": "after", "pack": "compat", "enabled": true,
        "trigger": {"type": "core.st2.generic.actiontrigger"},
        "criteria": {"trigger.action_name": {"type": "eq", "pattern": "core.noop"}},
        "action": {"ref": "core.echo", "parameters": {"message": "{{ trigger.action_name }} {{ trigger.status }}"}},
    });
    server.post("/v1/rules", &rule).expect(201);
    server.run("core.noop", &json!({}));
    assert_eq!(said(&outcome(&server, "compat.after")), "core.noop succeeded");
    rule["name"] = json!("after_failure");
    rule["criteria"] = json!({"trigger.status": {"type": "eq", "pattern": "failed"}});
    server.post("/v1/rules", &rule).expect(201);
    server.run("core.local", &json!({"cmd": "exit 1"}));
    assert_eq!(said(&outcome(&server, "compat.after_failure")), "core.local failed");
}

#[test]
fn changes_of_the_datastore_are_events() {
    let server = Server::start(Options::with_test_pack());
    let put = |value: &str| {
        let item = json!({"name": "watched", "value": value});
        Request::put("/v1/keys/watched", &item).send(server.api).expect(200);
    };
    let trigger = |event: &str| json!({"type": format!("core.st2.key_value_pair.{event}")});
    rule(&server, "created", &trigger("create"), "{{ trigger.object.name }} is {{ trigger.object.value }}");
    rule(
        &server,
        "changed",
        &trigger("value_change"),
        "{{ trigger.old_object.value }} became {{ trigger.new_object.value }}",
    );
    rule(&server, "deleted", &trigger("delete"), "{{ trigger.object.name }} is gone");
    put("one");
    assert_eq!(said(&outcome(&server, "compat.created")), "watched is one");
    put("two");
    assert_eq!(said(&outcome(&server, "compat.changed")), "one became two");
    Request::delete("/v1/keys/watched").send(server.api).expect(204);
    assert_eq!(said(&outcome(&server, "compat.deleted")), "watched is gone");
}

#[test]
fn a_rule_that_cannot_be_enforced_leaves_the_reason() {
    let server = Server::start(Options::with_test_pack());
    rule(&server, "broken", &json!({"type": "compat.bell"}), "{{ trigger.nobody.name }}");
    server.post("/v1/webhooks/st2", &json!({"trigger": "compat.bell", "payload": {"who": "Ada"}})).expect(202);
    let enforcement = server.item("/v1/ruleenforcements?rule_ref=compat.broken", |_| true);
    assert_eq!(enforcement.get("execution_id"), None, "{enforcement}");
    let reason = enforcement["failure_reason"].as_str().unwrap_or_default();
    assert!(reason.starts_with("Failed to render parameter \"message\""), "{enforcement}");
}

#[test]
fn what_happens_is_told_on_the_stream() {
    let server = Server::start(Options::with_test_pack());
    let (told, heard) = std::sync::mpsc::channel();
    let stream: SocketAddr = server.stream;
    std::thread::spawn(move || {
        Request::get("/v1/stream").events(stream, |event, data| told.send((event.to_owned(), data.to_owned())).is_ok());
    });
    // The stream begins with an empty event, so that what follows is not missed.
    let (first, _) = heard.recv_timeout(crate::support::waiting::LIMIT).expect("the stream begins");
    assert_eq!(first, "");
    let id = server.request("core.noop", &json!({}));
    let mut names = Vec::new();
    loop {
        let (event, data) =
            heard.recv_timeout(crate::support::waiting::LIMIT).unwrap_or_else(|_| panic!("only heard {names:?}"));
        let data: Value = serde_json::from_str(&data).unwrap_or_default();
        if event.starts_with("st2.execution__") && data["id"] == *id {
            names.push(event);
            if data["status"] == "succeeded" {
                break;
            }
        }
    }
    assert_eq!(names.first().map(String::as_str), Some("st2.execution__create"), "{names:?}");
    assert!(names[1..].iter().all(|name| name == "st2.execution__update"), "{names:?}");
}
