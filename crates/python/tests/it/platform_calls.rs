//! What actions ask of the platform, seen from the platform: a loopback server that can be rude.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use squall_model::Map;
use squall_python::{ActionRequest, PythonHost, PythonOptions};

use crate::server::{Script, Seen, server};

/// Runs an action with the given body and returns its result and the calls it made.
async fn run(body: &str, script: Script) -> (Value, Vec<Seen>) {
    let (url, seen) = server(script).await;
    let directory = tempfile::tempdir().expect("a directory");
    let file_path = directory.path().join("act.py");
    let source = format!(
        "from st2common.runners.base_action import Action\n\n\nclass A(Action):\n    def run(self):\n        \
         s = self.action_service\n        {body}\n"
    );
    std::fs::write(&file_path, source).expect("a writable directory");
    let shim = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../python");
    let request = ActionRequest {
        pack: "golden".to_owned(),
        file_path,
        parameters: Map::new(),
        config: json!({}),
        user: "stanley".to_owned(),
        log_level: "ERROR".to_owned(),
        pack_path: None,
        environment: BTreeMap::from([
            ("ST2_ACTION_API_URL".to_owned(), url),
            ("ST2_ACTION_AUTH_TOKEN".to_owned(), "t0ken".to_owned()),
        ]),
    };
    let mut running = PythonHost::new(PythonOptions::new(shim)).start_action(request).expect("an interpreter");
    let mut output = Vec::new();
    while let Some(chunk) = running.child.next_output().await {
        output.extend(chunk.bytes);
    }
    running.child.wait().await.expect("an exit");
    let answer = running.answer().await.expect("a readable answer");
    let answer = answer.unwrap_or_else(|| panic!("no answer: {}", String::from_utf8_lossy(&output)));
    let calls = seen.lock().expect("no panic elsewhere").clone();
    (answer.result, calls)
}

fn seen(line: &str, body: Value) -> Seen {
    Seen { line: line.to_owned(), token: "t0ken".to_owned(), body }
}

#[tokio::test]
async fn the_datastore_is_reached_by_local_names() {
    let pair = json!({"name": "golden.A:k", "value": "v"});
    for (body, answer, result, call) in [
        (
            "return s.set_value('k', 5, ttl=60, encrypt=True)",
            (200, pair.clone()),
            json!(true),
            seen(
                "PUT /v1/keys/golden.A%3Ak",
                json!({"name": "golden.A:k", "value": "5", "scope": "system", "ttl": 60, "secret": true}),
            ),
        ),
        (
            "return s.get_value('k', decrypt=True)",
            (200, pair.clone()),
            json!("v"),
            seen("GET /v1/keys/golden.A%3Ak?decrypt=true&scope=system", json!(null)),
        ),
        (
            "return s.get_value('k', local=False)",
            (404, json!({"faultstring": "no"})),
            json!(null),
            seen("GET /v1/keys/k?decrypt=false&scope=system", json!(null)),
        ),
        (
            "return [k.name for k in s.list_values(prefix='p')]",
            (200, json!([pair])),
            json!(["golden.A:k"]),
            seen("GET /v1/keys?prefix=golden.A%3Ap&limit=100&offset=0", json!(null)),
        ),
        (
            "return s.delete_value('k')",
            (204, json!(null)),
            json!(true),
            seen("DELETE /v1/keys/golden.A%3Ak?scope=system", json!(null)),
        ),
        (
            "return s.get_user_info()['username']",
            (200, json!({"username": "stanley"})),
            json!("stanley"),
            seen("GET /v1/user", json!(null)),
        ),
        (
            "return s.dispatch('golden.event', {'n': 1})",
            (202, json!({"trigger": "golden.event", "payload": {"n": 1}})),
            json!({"trigger": "golden.event", "payload": {"n": 1}}),
            seen("POST /v1/webhooks/st2", json!({"trigger": "golden.event", "payload": {"n": 1}})),
        ),
        (
            "from st2client.client import Client; return Client().actions.get_by_ref_or_id('core.local').ref",
            (200, json!({"ref": "core.local"})),
            json!("core.local"),
            seen("GET /v1/actions/core.local", json!(null)),
        ),
    ] {
        let (status, reply) = answer;
        assert_eq!(run(body, vec![Some((status, reply))]).await, (result, vec![call]), "{body}");
    }
}

#[tokio::test]
async fn compare_and_set_says_who_won() {
    let pair = |value: &str| json!({"name": "golden.A:k", "value": value});
    for (body, script, result) in [
        ("return s.compare_and_set_value('k', None, 'v')", vec![Some((200, pair("v")))], json!(true)),
        ("return s.compare_and_set_value('k', 'a', 'v')", vec![Some((412, json!({"faultstring": "x"})))], json!(false)),
        // The first answer was lost; the repeat meets the value that it had set itself.
        (
            "return s.compare_and_set_value('k', 'a', 'v')",
            vec![None, Some((412, json!({}))), Some((200, pair("v")))],
            json!(true),
        ),
        (
            "return s.compare_and_set_value('k', 'a', 'v')",
            vec![None, Some((412, json!({}))), Some((200, pair("another")))],
            json!(false),
        ),
    ] {
        let (found, calls) = run(body, script).await;
        assert_eq!(found, result, "{body}");
        assert!(calls[0].body.as_object().is_some_and(|body| body.contains_key("if_value")), "{calls:?}");
    }
}

#[tokio::test]
async fn a_restarting_platform_is_waited_for_and_a_refusal_is_not() {
    let busy = || Some((503, json!({"faultstring": "starting"})));
    let (result, calls) = run("return s.set_value('k', 1)", vec![None, busy(), Some((200, json!({})))]).await;
    assert_eq!((result, calls.len()), (json!(true), 3));

    let refuse = "try:\n            s.set_value('k', 1)\n        except Exception as e:\n            return str(e)";
    let (result, calls) = run(refuse, vec![Some((400, json!({"faultstring": "bad value"})))]).await;
    assert!(
        result.as_str().is_some_and(|text| text.starts_with("400 Client Error: X\nMESSAGE: bad value")),
        "{result}"
    );
    assert_eq!(calls.len(), 1);
}

/// A daemon that an action leaves behind holds whatever it inherited.
#[tokio::test]
async fn a_forked_daemon_does_not_hold_the_answer_back() {
    let daemon = "import os, time\n        if os.fork() == 0:\n            os.setsid(); os.close(1); os.close(2); \
                  time.sleep(20); os._exit(0)\n        return 'done'";
    assert_eq!(run(daemon, Vec::new()).await.0, json!("done"));
}
