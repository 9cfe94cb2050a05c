//! New Relic: health by open incidents, and alerts to a hook. The hook is Slack's webhook or API of a second simulator,
//! whose journal shows what arrived.

use serde_json::{Value, json};
use tokio::net::TcpSocket;

use super::harness::{Lab, assert_contains};

/// A path of the second simulator that answers anything with 200.
const HOOK: &str = "/slack/api/auth.test?st2-api-key=hush&token=x";

fn open(hook: &str, form: &str, incident: &str) -> Value {
    json!({"application": "shop", "hook_url": hook, "form": form, "incident": incident})
}

async fn received(hook: &Lab) -> Vec<Value> {
    let journal = hook.get("/_sim/journal?since=1").await;
    journal["lines"].as_array().unwrap().iter().map(|line| line["request_body"].clone()).collect()
}

#[tokio::test]
async fn each_form_of_alert_opens_and_recovers() {
    let legacy =
        |text: &str| json!({"alert": {"severity": "critical", "application_name": "shop", "short_description": text}});
    let cases = [
        ("legacy", legacy("Alert opened on shop"), legacy("Alert ended on shop")),
        (
            "channel",
            json!({"event_type": "INCIDENT", "current_state": "open", "severity": "CRITICAL", "incident_id": "i-1"}),
            json!({"current_state": "closed", "incident_id": "i-1"}),
        ),
        (
            "workflow",
            json!({"issueId": "i-1", "state": "ACTIVATED", "priority": "CRITICAL", "impactedEntities": ["shop"]}),
            json!({"issueId": "i-1", "state": "CLOSED"}),
        ),
    ];
    for (form, opened, closed) in cases {
        let (lab, hook) = (Lab::start().await, Lab::start().await);
        let url = format!("{}{HOOK}", hook.handle.base_url());
        let red = json!({"applications": [{"name": "shop", "health_status": "red"}]});
        let delivered = json!({"state": "open", "delivery": {"delivered": true, "attempts": 1, "status": 200}});
        let shop = "/newrelic/v2/applications.json?filter[name]=shop";
        lab.run(
            &[],
            &[
                ("POST", "/_sim/newrelic/open", open(&url, form, "i-1"), 200, delivered.clone()),
                ("POST", "/_sim/newrelic/open", open(&url, form, "i-1"), 200, delivered),
                ("GET", shop, Value::Null, 200, red),
                (
                    "POST",
                    "/_sim/newrelic/close",
                    json!({"incident": "i-1"}),
                    200,
                    json!({"closed": [{"state": "closed"}]}),
                ),
                ("GET", shop, Value::Null, 200, json!({"applications": [{"health_status": "green"}]})),
            ],
        )
        .await;
        let bodies = received(&hook).await;
        assert_contains(&Value::Array(bodies), &json!([opened, closed]), form);
        let sent = lab.get("/_sim/journal?since=1").await.to_string();
        assert!(sent.contains("newrelic-alert") && !sent.contains("hush"), "{sent}");
    }
}

#[tokio::test]
async fn a_server_alert_names_servers_and_two_incidents_need_two_recoveries() {
    let (lab, hook) = (Lab::start().await, Lab::start().await);
    let url = format!("{}{HOOK}", hook.handle.base_url());
    let incident = |id: &str| json!({"application": "shop", "hook_url": url, "incident": id, "servers": ["h1"]});
    let servers = "/newrelic/v2/servers.json?filter[name]=h1";
    let health = |color: &str| json!({"servers": [{"name": "h1", "health_status": color}]});
    lab.run(
        &[],
        &[
            ("POST", "/_sim/newrelic/open", incident("a"), 200, Value::Null),
            ("POST", "/_sim/newrelic/open", incident("b"), 200, Value::Null),
            ("POST", "/_sim/newrelic/close", json!({"incident": "a"}), 200, Value::Null),
            ("GET", servers, Value::Null, 200, health("red")),
            (
                "POST",
                "/_sim/newrelic/close",
                json!({"application": "shop"}),
                200,
                json!({"closed": [{"incident": "b"}]}),
            ),
            ("GET", servers, Value::Null, 200, health("green")),
            ("POST", "/_sim/newrelic/close", json!({"incident": "z"}), 404, json!({"error": null})),
        ],
    )
    .await;
    let alert = json!({"alert_policy_name": "Default server alert policy", "servers": ["h1"], "long_description": "Alert opened: critical on h1"});
    assert_contains(&received(&hook).await[0]["alert"], &alert, "server alert");
}

#[tokio::test]
async fn an_alert_that_nobody_took_is_sent_again_when_asked() {
    let lab = Lab::start().await;
    // Bound but not listening: the port is ours and refuses connections.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let nobody = format!("http://{}/", socket.local_addr().unwrap());
    let undelivered = json!({"delivery": {"delivered": false, "attempts": 8}});
    lab.run(
        &[],
        &[
            ("POST", "/_sim/newrelic/open", open(&nobody, "workflow", "i-1"), 502, undelivered.clone()),
            ("POST", "/_sim/newrelic/open", open(&nobody, "workflow", "i-1"), 502, undelivered),
            ("POST", "/_sim/newrelic/open", open("http://example.com/", "legacy", "i-2"), 400, json!({"error": null})),
        ],
    )
    .await;
}

#[tokio::test]
async fn applications_and_metrics_need_a_key() {
    let lab = Lab::start().await;
    let response = lab.request("GET", "/newrelic/v2/applications.json").send().await.unwrap();
    assert_eq!(response.status(), 401);
    let metric = json!({"application": "Default Application", "name": "CPU", "values": {"percent": 91}});
    let slices = json!({"metric_data": {"metrics": [{"name": "CPU", "timeslices": [{"values": {"percent": 91}}]}]}});
    lab.run(
        &[("$nr", "/newrelic/v2")],
        &[
            ("POST", "/_sim/newrelic/metric", metric, 200, json!({"ok": true})),
            ("GET", "$nr/applications/6001/metrics/data.json?names[]=CPU", Value::Null, 200, slices),
            (
                "GET",
                "$nr/applications/6001.json",
                Value::Null,
                200,
                json!({"application": {"name": "Default Application"}}),
            ),
            ("GET", "$nr/applications/9.json", Value::Null, 404, json!({"error": {"title": null}})),
        ],
    )
    .await;
}

#[tokio::test]
async fn an_alert_is_repeated_until_the_platform_is_back_and_never_after() {
    let (lab, hook) = (Lab::start().await, Lab::start().await);
    let down = json!({"route": "/slack/**", "drop": true, "times": 2});
    assert_eq!(hook.send("POST", "/_sim/faults", &down).await.0, 201);
    let url = format!("{}{HOOK}", hook.handle.base_url());
    let delivered = json!({"delivery": {"delivered": true, "attempts": 3, "status": 200}});
    for _ in 0..2 {
        lab.run(&[], &[("POST", "/_sim/newrelic/open", open(&url, "workflow", "i-1"), 200, delivered.clone())]).await;
    }
    let lines = hook.get("/_sim/journal?since=2").await;
    assert_contains(&lines["lines"], &json!([{"status": 0}, {"status": 0}, {"status": 200}]), "hook journal");
}
