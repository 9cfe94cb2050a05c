//! What an operator sees from outside: one trace from the event to the last action, logs with ids, metrics, statsd.

use std::collections::HashMap;
use std::net::UdpSocket;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::collector::Collector;
use crate::support::http::Request;
use crate::support::server::{Options, Server};
use crate::support::waiting::eventually;

const CALLER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn rule(server: &Server) {
    let rule = json!({
        "name": "traced", "pack": "compat", "enabled": true, "criteria": {},
        "trigger": {"type": "core.st2.webhook", "parameters": {"url": "traced"}},
        "action": {"ref": "examples.sequential", "parameters": {"name": "{{ trigger.body.who }}"}},
    });
    server.post("/v1/rules", &rule).expect(201);
}

/// Sends an event and returns the execution that it leads to, at its end.
fn event(server: &Server, caller: Option<&str>) -> Value {
    let before: Vec<Value> = workflows(server);
    let mut hook = Request::post("/v1/webhooks/traced", &json!({"who": "Ada"}));
    if let Some(caller) = caller {
        hook = hook.header("traceparent", caller);
    }
    hook.send(server.api).expect(202);
    let id = eventually("a new workflow", || {
        let now = workflows(server);
        now.iter().find(|id| !before.contains(id)).cloned().ok_or_else(|| json!(now))
    });
    let execution = server.finished(id.as_str().expect("an id"));
    assert_eq!(execution["status"], "succeeded", "{execution}");
    execution
}

fn workflows(server: &Server) -> Vec<Value> {
    let list = server.get("/v1/executions?action=examples.sequential&limit=50");
    list.as_array().expect("a list").iter().map(|execution| execution["id"].clone()).collect()
}

fn spans_of(collector: &Collector, trace: &str, count: usize) -> HashMap<String, Value> {
    eventually(&format!("{count} spans of {trace}"), || {
        let mut spans = collector.spans();
        spans.retain(|_, span| span["traceId"] == trace);
        if spans.len() == count { Ok(spans) } else { Err(json!(spans.values().collect::<Vec<_>>())) }
    })
}

/// Returns the names from a span up to the root of what was collected.
fn path(spans: &HashMap<String, Value>, name: &str) -> Vec<String> {
    let found = spans.values().find(|span| span["name"] == name);
    let mut next = Some(found.unwrap_or_else(|| panic!("no span {name} in {spans:#?}")));
    let mut path = Vec::new();
    while let Some(span) = next {
        path.push(span["name"].as_str().expect("a name").to_owned());
        next = span["parentSpanId"].as_str().and_then(|parent| spans.get(parent));
    }
    path
}

#[test]
fn an_event_and_all_that_it_leads_to_is_one_trace_also_after_a_kill() {
    let collector = Collector::start();
    let options = Options::with_test_pack().variable("SQUALL_TELEMETRY_OTLP_ENDPOINT", &collector.url);
    let mut server = Server::start(options);
    rule(&server);
    event(&server, Some(CALLER));
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    // The request, the event, the rule, the workflow and its three actions.
    let spans = spans_of(&collector, trace, 7);
    let above =
        ["workflow examples.sequential", "rule compat.traced", "event core.st2.webhook", "POST /webhooks/{*hook}"];
    let event_name = spans.values().filter_map(|span| span["name"].as_str()).find(|name| name.starts_with("event "));
    let event_name = event_name.expect("a span of the event");
    let above = above.map(|name| if name.starts_with("event ") { event_name } else { name });
    let noop = path(&spans, "action core.noop");
    assert_eq!(noop[0], "action core.noop");
    assert_eq!(&noop[1..], above);
    let request = spans.values().find(|span| span["name"] == above[3]).expect("checked above");
    assert_eq!(request["parentSpanId"], "00f067aa0ba902b7", "the caller is the parent of the request");
    for span in spans.values() {
        let time = |name: &str| span[name].as_str().expect("a text").parse::<u128>().expect("a number");
        assert!(time("startTimeUnixNano") <= time("endTimeUnixNano"), "{span}");
    }

    server.kill_and_restart();
    event(&server, Some(CALLER.replace("4bf92f", "aaaaaa").as_str()));
    spans_of(&collector, &trace.replace("4bf92f", "aaaaaa"), 7);
}

#[test]
fn child_processes_know_their_place_in_the_trace() {
    let server = Server::start(Options::default());
    let body = json!({"action": "core.local", "parameters": {"cmd": "echo $TRACEPARENT"}});
    let made = Request::post("/v1/executions", &body).header("traceparent", CALLER).send(server.api).expect(201);
    let execution = server.finished(made["id"].as_str().expect("an id"));
    let told = execution["result"]["stdout"].as_str().expect("output").to_owned();
    assert!(told.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-") && told.ends_with("-01"), "{told}");
    assert!(!told.contains("00f067aa0ba902b7"), "the action is a span of its own: {told}");
    let alone = server.run("core.local", &json!({"cmd": "echo $TRACEPARENT"}));
    let told = alone["result"]["stdout"].as_str().expect("output");
    assert_eq!(told.len(), CALLER.len(), "{told}");
    assert!(alone["context"].get("trace_context").is_none(), "{alone}");
}

#[test]
fn lines_about_an_execution_carry_its_ids_and_no_secrets() {
    let server = Server::start(Options::default().variable("SQUALL_LOG_LEVEL", "debug"));
    let execution = server.run("examples.sequential", &json!({"name": "canary-of-the-log"}));
    let id = execution["id"].as_str().expect("an id");
    let children = server.get(&format!("/v1/executions?parent={id}"));
    let child = children.as_array().and_then(|list| list.first()).expect("a child")["id"].clone();
    let lines: Vec<Value> = server.log().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    for line in &lines {
        for name in ["timestamp", "level", "target"] {
            assert!(line[name].is_string(), "{name} is missing in {line}");
        }
        assert!(line["fields"].is_object(), "{line}");
        if line["execution_id"].is_string() && line["task"].is_string() && line["action"].is_string() {
            assert_eq!(line["trace_id"].as_str().map(str::len), Some(32), "{line}");
        }
    }
    let about = |id: &Value| lines.iter().filter(|line| line["execution_id"] == *id).collect::<Vec<_>>();
    let (own, childs) = (about(&json!(id)), about(&child));
    assert!(!own.is_empty() || !childs.is_empty(), "nothing was said about the workflow:\n{}", server.log());
    let traces: Vec<&Value> = own.iter().chain(&childs).map(|line| &line["trace_id"]).collect();
    assert!(traces.iter().all(|trace| *trace == traces[0]), "one trace: {traces:?}");
}

#[test]
fn metrics_tell_what_happened_by_status_and_route() {
    let server = Server::start(Options::with_test_pack().variable("SQUALL_HEALTH_PORT", "0"));
    rule(&server);
    event(&server, None);
    Request::get("/v1/executions/123456789012345678901234").send(server.api).expect(404);
    let text = Request::get("/metrics").send(server.api);
    assert_eq!(text.status, 200);
    assert!(text.header("content-type").is_some_and(|kind| kind.starts_with("text/plain; version=0.0.4")));
    let value = |sample: &str| -> f64 {
        let line = text.text.lines().find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '));
        line.and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("no {sample} in\n{}", text.text))
    };
    for (sample, least) in [
        ("squall_execution_moves_total{kind=\"workflow\",status=\"succeeded\"}", 1.0),
        ("squall_execution_moves_total{kind=\"action\",status=\"requested\"}", 3.0),
        ("squall_execution_moves_total{kind=\"action\",status=\"succeeded\"}", 3.0),
        ("squall_execution_seconds_count{kind=\"workflow\",status=\"succeeded\"}", 1.0),
        ("squall_event_to_action_seconds_count", 1.0),
        ("squall_workflow_steps_total", 4.0),
        ("squall_trigger_instances_total{status=\"processed\"}", 1.0),
        ("squall_rule_enforcements_total{outcome=\"succeeded\"}", 1.0),
        ("squall_http_requests_total{face=\"api\",method=\"POST\",route=\"/webhooks/{*hook}\",status=\"202\"}", 1.0),
        ("squall_http_requests_total{face=\"api\",method=\"GET\",route=\"/executions/{id}\",status=\"404\"}", 1.0),
        ("squall_store_commit_seconds_count", 10.0),
        ("squall_component_up{component=\"store\"}", 1.0),
        ("squall_component_up{component=\"rulesengine\"}", 1.0),
        ("process_resident_memory_bytes", 1e6),
        ("process_open_fds", 5.0),
    ] {
        assert!(value(sample) >= least, "{sample}: {} < {least}", value(sample));
    }
    assert_eq!(value("squall_actions_running"), 0.0);
    assert_eq!(value("squall_queue_waiting{queue=\"st2.actionrunner.work\"}"), 0.0);
}

#[test]
fn stackstorms_names_go_to_statsd() {
    let statsd = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    statsd.set_read_timeout(Some(Duration::from_secs(30))).expect("a limit");
    let port = statsd.local_addr().expect("it is bound").port();
    let options = Options::default()
        .variable("SQUALL_METRICS_DRIVER", "statsd")
        .variable("SQUALL_METRICS_PORT", &port.to_string())
        .variable("SQUALL_METRICS_PREFIX", "test");
    let server = Server::start(options);
    server.run("core.noop", &json!({}));
    let mut wanted = vec![
        "st2.test.action.executions:1|c",
        "st2.test.action.executions:",
        "st2.test.action.core.noop.executions:1|c",
        "st2.test.action.executions.succeeded:1|c",
        "st2.test.scheduler.handle_execution:1|c",
        "st2.test.api.request.total:1|c",
        "st2.test.api.response.status.201:1|c",
    ];
    let mut seen = String::new();
    while !wanted.is_empty() {
        let mut packet = [0; 2048];
        let length = statsd.recv(&mut packet).unwrap_or_else(|error| panic!("{error}; {wanted:?} not in\n{seen}"));
        let text = String::from_utf8_lossy(&packet[..length]).into_owned();
        wanted.retain(|line| !text.lines().any(|found| found.starts_with(line)));
        seen.push_str(&text);
        seen.push('\n');
    }
    for line in seen.lines() {
        let (name, value) = line.split_once(':').expect("a name and a value");
        assert!(name.starts_with("st2.test."), "{line}");
        assert!(value.ends_with("|c") || value.ends_with("|ms") || value.ends_with("|g"), "{line}");
    }
}
