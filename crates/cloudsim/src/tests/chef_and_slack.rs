//! The Chef server and Slack.

use serde_json::{Value, json};

use super::harness::{Lab, assert_contains};

#[tokio::test]
async fn a_chef_node_converges_once_it_has_a_run_list() {
    let lab = Lab::start().await;
    let names = [("$org", "/chef/organizations/acme")];
    let unsigned = lab.request("GET", "/chef/organizations/acme/nodes").send().await.unwrap();
    assert_eq!(unsigned.status(), 401);
    let pending = json!({"automatic": {"converged": false, "converge_status": "pending"}});
    let run_list = json!({"run_list": ["recipe[web]"], "normal": {"asg": "web"}});
    lab.run(
        &names,
        &[
            ("POST", "$org/nodes", json!({"name": "h1"}), 201, json!({"uri": null})),
            ("POST", "$org/nodes", json!({"name": "h1"}), 409, json!({"error": ["Node already exists"]})),
            ("POST", "$org/nodes", json!({}), 400, json!({"error": [null]})),
            ("GET", "$org/nodes/h1", Value::Null, 200, pending),
            ("PUT", "$org/nodes/h1", run_list, 200, json!({"automatic": {"converge_status": "running"}})),
            ("GET", "/_sim/tagged/web", Value::Null, 200, json!({"items": [{"service": "chef", "kind": "node"}]})),
        ],
    )
    .await;
    assert!(lab.get("/chef/organizations/acme/nodes/h1").await["automatic"].get("ohai_time").is_none());
    lab.advance(2000);
    let converged = json!({"automatic": {"converged": true, "ohai_time": 1_767_225_602}});
    let key = json!({"name": "h1", "create_key": true});
    lab.run(
        &names,
        &[
            ("GET", "$org/nodes/h1", Value::Null, 200, converged),
            ("GET", "$org/search/node?q=name:h*", Value::Null, 200, json!({"total": 1, "rows": [{"name": "h1"}]})),
            ("GET", "$org/search/node?q=run_list:recipe*", Value::Null, 200, json!({"total": 1})),
            ("GET", "$org/search/node?q=name:x*", Value::Null, 200, json!({"total": 0})),
            ("POST", "$org/clients", key.clone(), 201, json!({"private_key": null, "chef_key": {"name": "default"}})),
            ("POST", "$org/clients", key, 409, json!({"error": ["Client already exists"]})),
            ("POST", "$org/roles", json!({"name": "web"}), 201, json!({})),
            ("GET", "$org/roles", Value::Null, 200, json!({"web": null})),
            ("DELETE", "$org/roles/web", Value::Null, 200, json!({"name": "web"})),
            ("GET", "$org/environments/_default", Value::Null, 200, json!({"name": "_default"})),
            ("DELETE", "$org/nodes/h1", Value::Null, 200, json!({"name": "h1"})),
            ("GET", "$org/nodes/h1", Value::Null, 404, json!({"error": ["node 'h1' not found"]})),
            ("GET", "$org/cookies", Value::Null, 404, json!({"error": [null]})),
        ],
    )
    .await;
}

#[tokio::test]
async fn slack_keeps_messages_in_order() {
    let lab = Lab::start().await;
    let form = "payload=%7B%22text%22%3A%22hi%22%2C%22channel%22%3A%22%23ops%22%2C%22username%22%3A%22st2%22%7D";
    let hook = lab.request("POST", "/slack/services/T/B/X").header("content-type", "application/x-www-form-urlencoded");
    let answer = hook.body(form).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.text().await.unwrap().as_str()), (200, "ok"));
    let posted = json!({"ok": true, "channel": "C00000003", "message": {"text": "there"}});
    let in_thread = json!({"channel": "#ops", "text": "there", "thread_ts": "1.1"});
    let update = json!({"channel": "ops", "ts": "1767225600.000002", "text": "changed"});
    lab.run(
        &[("$api", "/slack/api")],
        &[
            ("POST", "/slack/services/T/B/X", json!([]), 400, json!("invalid_payload")),
            ("POST", "/slack/services/T/B/X", json!({"text": ""}), 400, json!("no_text")),
            ("POST", "/slack/services/T", json!({"text": "x"}), 404, json!("no_service")),
            ("POST", "$api/chat.postMessage", in_thread, 200, posted),
            (
                "POST",
                "$api/chat.postMessage",
                json!({"channel": "C00000099", "text": "x"}),
                200,
                json!({"ok": false, "error": "channel_not_found"}),
            ),
            ("POST", "$api/chat.postMessage", json!({"channel": "ops"}), 200, json!({"ok": false, "error": "no_text"})),
            ("POST", "$api/chat.update", update, 200, json!({"ok": true})),
            (
                "POST",
                "$api/chat.postEphemeral",
                json!({"channel": "ops", "text": "psst", "user": "U1"}),
                200,
                json!({"ok": true}),
            ),
            ("POST", "$api/auth.test", Value::Null, 200, json!({"ok": true, "user": "squall"})),
            (
                "GET",
                "$api/conversations.list",
                Value::Null,
                200,
                json!({"channels": [{"name": "general"}, {}, {"name": "ops"}]}),
            ),
            ("GET", "$api/conversations.info?channel=C00000003", Value::Null, 200, json!({"channel": {"name": "ops"}})),
            ("GET", "$api/users.info?user=U1", Value::Null, 200, json!({"user": {"id": "U1"}})),
            ("POST", "$api/nothing", Value::Null, 200, json!({"ok": false, "error": "unknown_method"})),
            ("POST", "/_sim/slack/say", json!({"channel": "ops", "text": "!asg list"}), 200, json!({"via": "user"})),
            (
                "GET",
                "$api/conversations.history?channel=ops&oldest=1767225600.000003",
                Value::Null,
                200,
                json!({"messages": [{"text": "!asg list"}]}),
            ),
        ],
    )
    .await;
    let texts = json!({"messages": [{"text": "hi", "via": "webhook", "user": "st2"}, {"text": "changed", "thread_ts": "1.1"},
        {"via": "ephemeral"}, {"text": "!asg list"}]});
    assert_contains(&lab.get("/_sim/slack/messages?channel=ops").await, &texts, "messages");
    let form =
        lab.request("POST", "/slack/api/chat.postMessage").header("content-type", "application/x-www-form-urlencoded");
    let form = form.bearer_auth("t").body("channel=ops&text=+&attachments=%5B%7B%22title%22%3A%22x%22%7D%5D");
    let posted = form.send().await.unwrap().text().await.unwrap();
    let posted: Value = serde_json::from_str(&posted).unwrap();
    assert_eq!(posted["message"]["attachments"], json!([{"title": "x"}]), "{posted}");
    let anonymous = lab.request("POST", "/slack/api/auth.test").send().await.unwrap();
    assert!(anonymous.text().await.unwrap().contains("not_authed"));
}
