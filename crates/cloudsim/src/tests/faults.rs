//! Faults, the journal and the control plane.

use serde_json::{Value, json};

use super::harness::{Lab, assert_contains};
use crate::Options;

const SERVERS: &str = "/compute/v2/100001/servers";

fn new_server() -> Value {
    json!({"server": {"name": "h1", "imageRef": "11111111-1111-4111-8111-111111111111", "flavorRef": "2"}})
}

async fn set(lab: &Lab, fault: Value) {
    let (status, body) = lab.send("POST", "/_sim/faults", &fault).await;
    assert_eq!(status, 201, "{body}");
}

fn count(lab: &Lab) -> usize {
    lab.handle.state()["compute"]["servers"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_fault_answers_and_then_takes_effect_or_not() {
    let route = "/compute/v2/*/servers";
    let cases = [
        (json!({"route": route, "status": 500}), 500, json!({"computeFault": {"code": 500}}), 0),
        (json!({"route": route, "status": 500, "then": "apply"}), 500, json!({"computeFault": {}}), 1),
        (json!({"route": route, "status": 413, "retry_after": 3}), 413, json!({"overLimit": {"code": 413}}), 0),
        (json!({"route": route, "then": "error"}), 202, json!({"server": {"id": null}}), 1),
        (json!({"route": route, "method": "GET", "status": 500}), 202, json!({"server": {}}), 1),
        (json!({"route": route, "status": 500, "after": 1}), 202, json!({"server": {}}), 1),
    ];
    for (fault, status, body, servers) in cases {
        let lab = Lab::start().await;
        set(&lab, fault.clone()).await;
        let (actual, answer) = lab.send("POST", SERVERS, &new_server()).await;
        assert_eq!((actual, count(&lab)), (status, servers), "{fault}");
        assert_contains(&answer, &body, &fault.to_string());
    }
}

#[tokio::test]
async fn a_dropped_answer_leaves_the_server_and_a_line_with_status_0() {
    let lab = Lab::start().await;
    set(&lab, json!({"route": SERVERS, "method": "POST", "drop": true, "then": "apply"})).await;
    assert!(lab.try_send("POST", SERVERS, &new_server()).await.is_err());
    assert_eq!(count(&lab), 1);
    let lines = lab.get("/_sim/journal?since=2").await;
    assert_contains(&lines, &json!({"lines": [{"service": "compute", "status": 0}]}), "journal");
    assert_eq!(lab.send("POST", SERVERS, &new_server()).await.0, 202, "a fault strikes once by default");
}

#[tokio::test]
async fn a_fault_can_spoil_what_is_made() {
    let lab = Lab::start().await;
    set(&lab, json!({"route": "**", "method": "POST", "then": "error", "times": null})).await;
    let domain = json!({"domains": [{"name": "x.com", "emailAddress": "a@x.com"}]});
    let node = json!({"name": "h1", "run_list": ["role[x]"]});
    lab.run(
        &[],
        &[
            ("POST", SERVERS, new_server(), 202, Value::Null),
            (
                "POST",
                "/lb/v1.0/100001/loadbalancers",
                json!({"loadBalancer": {"name": "l", "port": 80}}),
                202,
                Value::Null,
            ),
            ("POST", "/dns/v1.0/100001/domains", domain, 202, Value::Null),
            ("POST", "/chef/organizations/o/nodes", node, 201, Value::Null),
            ("POST", "/_sim/clock", json!({"advance_ms": 5000}), 200, json!({"now": "2026-01-01T00:00:05.000Z"})),
        ],
    )
    .await;
    let expected = json!({"compute": {"servers": [{"status": "ERROR", "fault": {"code": 500}}]},
        "load_balancers": [{"status": "ERROR"}], "dns": {"domains": [], "jobs": [{"status": "ERROR"}]},
        "chef": {"organizations": {"o": {"nodes": {"h1": {"automatic": {"converge_status": "failed"}}}}}}});
    assert_contains(&lab.handle.state(), &expected, "state");
}

#[tokio::test]
async fn over_limit_says_when_to_come_back() {
    let lab = Lab::start().await;
    let cases = [("/lb/v1.0/100001/loadbalancers", 413), (SERVERS, 413), ("/slack/services/T/B/X", 429)];
    for (path, status) in cases {
        set(&lab, json!({"route": path, "status": status, "retry_after": 7})).await;
        let response = lab.try_send("POST", path, &json!({})).await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{path}");
        assert_eq!(response.headers()["retry-after"], "7", "{path}");
    }
}

#[tokio::test]
async fn the_journal_is_on_disk_before_the_answer_and_keeps_no_secret() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("journal.jsonl");
    let lab = Lab::start_with(Options { journal: Some(file.clone()), ..Options::default() }).await;
    lab.send("POST", SERVERS, &new_server()).await;
    let text = std::fs::read_to_string(&file).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let expected =
        json!([{"seq": 1, "service": "identity", "status": 200}, {"seq": 2, "service": "compute", "status": 202}]);
    assert_contains(&Value::Array(lines), &expected, "file");
    assert!(text.contains("********") && !text.contains("hush"), "{text}");
}

#[tokio::test]
async fn reset_forgets_the_world_and_keeps_the_journal() {
    let mut lab = Lab::start().await;
    lab.send("POST", SERVERS, &new_server()).await;
    let unknown_key = json!({"route": "**", "statsu": 500});
    lab.run(
        &[],
        &[
            ("POST", "/_sim/faults", unknown_key, 400, json!({"error": null})),
            ("POST", "/_sim/faults", json!([{"route": "/nowhere"}]), 201, json!({"faults": [{"id": 1}]})),
            ("GET", "/_sim/faults", Value::Null, 200, json!({"faults": [{"struck": 0}]})),
            ("DELETE", "/_sim/faults/1", Value::Null, 200, json!({"removed": 1})),
            ("POST", "/_sim/reset", Value::Null, 200, json!({"ok": true})),
            ("GET", SERVERS, Value::Null, 401, json!({"unauthorized": {}})),
            ("GET", "/_sim/health", Value::Null, 200, json!({"ok": true, "journal_seq": 8})),
            ("GET", "/nowhere", Value::Null, 404, json!({"error": null})),
        ],
    )
    .await;
    lab.log_in().await;
    assert_contains(&lab.get(SERVERS).await, &json!({"servers": []}), "servers");
    lab.handle.stop().await;
}
