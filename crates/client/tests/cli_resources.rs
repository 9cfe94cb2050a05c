//! Lists, details and changes of resources, against a server with canned answers.

mod support;

use serde_json::{Value, json};

use support::server::{Answer, Request, Server};
use support::world::{Ended, World};

/// Runs one command against a server that knows these answers, by request line.
async fn run(arguments: &[&str], answers: Vec<(&'static str, u16, Value)>) -> (Ended, Vec<Request>) {
    let server = Server::start(Box::new(move |request: &Request| {
        let known = answers.iter().find(|(line, _, _)| request.line().starts_with(line));
        Some(match known {
            Some((_, status, body)) => Answer::json(*status, body).with_header("x-total-count", "9"),
            None => Answer::json(404, &json!({"faultstring": "no such thing"})),
        })
    }))
    .await;
    let ended = World::new(&server.address).run(arguments).await;
    let requests = server.requests.lock().expect("no panic in the server").clone();
    (ended, requests)
}

fn executions() -> Value {
    let execution = |id: &str, status: &str| {
        json!({"id": id, "action": {"ref": "core.local"}, "context": {"user": "ada"}, "status": status,
               "start_timestamp": "2025-12-31T23:59:00Z", "end_timestamp": null})
    };
    json!([execution("64a1f0c2e4b0a1b2c3d4e5f6", "running"), execution("64a1f0c2e4b0a1b2c3d4e5f5", "requested")])
}

#[tokio::test]
async fn lists_the_latest_executions_last() {
    let (ended, requests) =
        run(&["execution", "list", "-n", "2", "-tg", "2000"], vec![("GET /v1/executions/?", 200, executions())]).await;
    let expected = "\
+--------------------------+------------+--------------+-----------------------+-----------------+---------------+
| id                       | action.ref | context.user | status                | start_timestamp | end_timestamp |
+--------------------------+------------+--------------+-----------------------+-----------------+---------------+
| 64a1f0c2e4b0a1b2c3d4e5f5 | core.local | ada          | requested             | Wed, 31 Dec     |               |
|                          |            |              |                       | 2025 23:59:00   |               |
|                          |            |              |                       | UTC             |               |
| 64a1f0c2e4b0a1b2c3d4e5f6 | core.local | ada          | running (60s elapsed) | Wed, 31 Dec     |               |
|                          |            |              |                       | 2025 23:59:00   |               |
|                          |            |              |                       | UTC             |               |
+--------------------------+------------+--------------+-----------------------+-----------------+---------------+
";
    assert_eq!((ended.code, ended.stdout.as_str()), (0, expected));
    let note = "| Note: Only first 2 action executions are displayed. Use -n/--last flag for more results.";
    assert_eq!(ended.stderr.lines().nth(1).map(str::trim_end).map(|line| line.starts_with(note)), Some(true));
    assert!(requests[0].target.starts_with("/v1/executions/?limit=2&parent=null&timestamp_gt=2000&sort_desc=True&"));
}

#[tokio::test]
async fn selects_attributes_in_documents() {
    let (ended, _) =
        run(&["execution", "list", "-a", "id", "action.ref", "-y"], vec![("GET /v1/executions/?", 200, executions())])
            .await;
    let expected = "-   action:\n        ref: core.local\n    id: 64a1f0c2e4b0a1b2c3d4e5f5\n\
                    -   action:\n        ref: core.local\n    id: 64a1f0c2e4b0a1b2c3d4e5f6\n\n";
    assert_eq!((ended.code, ended.stdout.as_str()), (0, expected));
}

#[tokio::test]
async fn shows_why_a_workflow_failed_and_its_tasks() {
    let workflow = json!({"id": "w", "status": "failed", "action": {"ref": "p.chain", "runner_type": "action-chain"},
        "start_timestamp": "2026-01-01T00:00:00Z", "end_timestamp": "2026-01-01T00:00:02Z",
        "result": {"tasks": [{"name": "second", "result": {"stderr": "disk full"}}]}});
    let children = json!([{"id": "c", "parent": "w", "status": "failed", "action": {"ref": "core.local"},
        "context": {"chain": {"name": "second"}}, "start_timestamp": "2026-01-01T00:00:00Z",
        "end_timestamp": "2026-01-01T00:00:02Z"}]);
    let answers = vec![("GET /v1/executions/w/children/", 200, children), ("GET /v1/executions/w?", 200, workflow)];
    let (ended, _) = run(&["execution", "get", "w", "-w", "28"], answers).await;
    let expected = "\
id: w
action.ref: p.chain
parameters: None
status: failed (2s elapsed)
result_task: second
result: 
  stderr: disk full
start_timestamp: Thu, 01 Jan 2026 00:00:00 UTC
end_timestamp: Thu, 01 Jan 2026 00:00:02 UTC
log: None
+----+---------------------+--------+------------+------------------------------+
| id | status              | task   | action     | start_timestamp              |
+----+---------------------+--------+------------+------------------------------+
| c  | failed (2s elapsed) | second | core.local | Thu, 01 Jan 2026 00:00:00    |
|    |                     |        |            | UTC                          |
+----+---------------------+--------+------------+------------------------------+
";
    // As in the original, a status with its time is not `failed`, so the error is not pulled up.
    assert_eq!((ended.code, ended.stdout.as_str()), (0, expected));
}

#[tokio::test]
async fn cancels_what_can_be_canceled() {
    let answers = vec![
        ("DELETE /v1/executions/a", 200, json!({"id": "a", "status": "canceling"})),
        ("DELETE /v1/executions/b", 200, json!({"faultstring": "Action cannot be canceled. State = succeeded."})),
    ];
    let (ended, _) = run(&["execution", "cancel", "a", "b"], answers).await;
    let expected = "action execution with id a canceled.\nAction cannot be canceled. State = succeeded.\n";
    assert_eq!((ended.code, ended.stdout.as_str()), (0, expected));
}

#[tokio::test]
async fn runs_tasks_again_without_those_that_keep_their_items() {
    let existing = json!({"id": "w", "action": {"ref": "p.flow"}});
    let answers = vec![
        ("GET /v1/executions/w", 200, existing),
        ("GET /v1/actions/p.flow", 200, json!({"pack": "p", "name": "flow", "runner_type": "orquesta"})),
        ("GET /v1/runnertypes/", 200, json!([{"name": "orquesta"}])),
        ("POST /v1/executions/w/re_run", 201, json!({"id": "n", "status": "requested"})),
    ];
    let arguments = ["execution", "re-run", "w", "-a", "--tasks", "one", "two", "--no-reset", "two"];
    let (ended, requests) = run(&arguments, answers).await;
    assert_eq!(ended.code, 0, "{ended:?}");
    let sent = requests.last().map(|request| request.body.clone());
    assert_eq!(
        sent,
        Some(json!({"parameters": {}, "tasks": ["one", "two"], "reset": ["one"], "delay": 0}).to_string())
    );
}

#[tokio::test]
async fn missing_resources_end_as_in_the_original() {
    let cases: [(&[&str], u8, &str); 6] = [
        (&["action", "get", "p.x"], 1, "Action \"p.x\" is not found.\n\nERROR: Resource p.x not found.\n\n"),
        (&["rule", "get", "p.x", "p.y"], 0, "Rule \"p.x\" is not found.\n\nRule \"p.y\" is not found.\n\n"),
        (&["action", "delete", "p.x"], 0, "Action \"p.x\" is not found.\n\n"),
        (&["rule", "delete", "p.x"], 2, "Rule \"p.x\" is not found.\n\n"),
        (&["run", "p.x"], 1, "ERROR: Resource with id or reference \"p.x\" doesn't exist.\n\n"),
        (&["rule", "create", "nowhere.yaml"], 2, "ERROR: File \"nowhere.yaml\" does not exist.\n"),
    ];
    for (arguments, code, stdout) in cases {
        let (ended, _) = run(arguments, Vec::new()).await;
        assert_eq!((ended.code, ended.stdout.as_str()), (code, stdout), "{arguments:?}");
    }
}

#[tokio::test]
async fn shows_a_resource_with_its_nested_values() {
    let rule =
        json!({"ref": "p.r", "name": "r", "id": "7", "enabled": true, "criteria": {"a": {"type": "eq"}}, "tags": []});
    let (ended, _) = run(&["rule", "get", "p.r"], vec![("GET /v1/rules/p.r", 200, rule)]).await;
    let expected = "\
+----------+----------------------+
| Property | Value                |
+----------+----------------------+
| id       | 7                    |
| ref      | p.r                  |
| name     | r                    |
| enabled  | True                 |
| criteria | {                    |
|          |     \"a\": {           |
|          |         \"type\": \"eq\" |
|          |     }                |
|          | }                    |
| tags     |                      |
+----------+----------------------+
";
    assert_eq!((ended.code, ended.stdout.as_str()), (0, expected));
}

#[tokio::test]
async fn reports_the_steps_of_an_installation() {
    let step = |status: &str| json!({"id": "c", "parent": "w", "status": status, "context": {"orquesta": {"task_name": "download"}}});
    let events = [
        ("st2.execution__create", step("scheduled")),
        ("st2.execution__update", step("succeeded")),
        ("st2.execution__update", json!({"id": "w", "status": "succeeded"})),
    ];
    let server = Server::start(Box::new(move |request: &Request| {
        let line = request.line();
        Some(match line.split(['?', ' ']).nth(1).unwrap_or_default() {
            "/stream/v1/stream" => Answer::events(&events),
            "/v1/packs/install" => Answer::json(202, &json!({"execution_id": "w"})),
            "/v1/executions/w" => Answer::json(
                200,
                &json!({"id": "w", "status": "succeeded",
                        "result": {"output": {"packs_list": ["p"], "warning_list": ["restart it"]}}}),
            ),
            "/v1/packs/p" => Answer::json(200, &json!({"ref": "p", "name": "P", "version": "1"})),
            _ => Answer::json(404, &json!({})),
        })
    }))
    .await;
    let ended = World::new(&server.address).run(&["pack", "install", "p", "--attr", "ref", "version"]).await;
    let expected = "\
\n\t[     scheduled      ] download\r\t[     succeeded      ] download\n
+----------+-------+
| Property | Value |
+----------+-------+
| ref      | p     |
| version  | 1     |
+----------+-------+
restart it
";
    assert_eq!((ended.code, ended.stdout.as_str()), (0, expected), "{}", ended.stderr);
}
