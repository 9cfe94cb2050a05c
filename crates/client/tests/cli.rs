//! The commands against a server with canned answers: what is asked, what is printed, how it ends.

mod support;

use serde_json::{Value, json};

use support::server::{Answer, Request, Server};
use support::world::World;

const ID: &str = "64a1f0c2e4b0a1b2c3d4e5f6";

fn action() -> Value {
    json!({"id": "1", "ref": "core.local", "pack": "core", "name": "local", "runner_type": "local-shell-cmd",
           "description": "Runs a command.",
           "parameters": {"sudo": {"type": "boolean", "immutable": true}}})
}

fn runner() -> Value {
    json!([{"name": "local-shell-cmd", "runner_parameters": {
        "cmd": {"type": "string", "required": true, "description": "The command."},
        "timeout": {"type": "integer", "default": 60}}}])
}

fn execution(status: &str, result: &Value) -> Value {
    json!({"id": ID, "status": status, "action": {"ref": "core.local", "runner_type": "local-shell-cmd"},
           "context": {"user": "ada"}, "parameters": {"cmd": "date", "password": "canary"},
           "start_timestamp": "2026-01-01T00:00:00.000000Z", "end_timestamp": "2026-01-01T00:00:01.000000Z",
           "result": result})
}

/// Answers for `run core.local`, with these answers to the questions for the execution.
async fn run_server(polls: Vec<Option<Answer>>) -> Server {
    let mut polls = polls.into_iter();
    Server::start(Box::new(move |request: &Request| match request.line().as_str() {
        "GET /v1/actions/core.local" => Some(Answer::json(200, &action())),
        "GET /v1/runnertypes/?name=local-shell-cmd" => Some(Answer::json(200, &runner())),
        "POST /v1/executions" => Some(Answer::json(201, &execution("requested", &Value::Null))),
        line if line.contains("/executions/") => polls.next().unwrap_or_else(|| Some(Answer::text(""))),
        _ => Some(Answer::json(404, &json!({"faultstring": "no such thing"}))),
    }))
    .await
}

fn done() -> Option<Answer> {
    Some(Answer::json(200, &execution("succeeded", &json!({"stdout": "noon", "failed": false}))))
}

fn running() -> Option<Answer> {
    Some(Answer::json(200, &execution("running", &Value::Null)))
}

const RESULT: &str = "\
id: 64a1f0c2e4b0a1b2c3d4e5f6
action.ref: core.local
context.user: ada
parameters: 
  cmd: date
  password: '********'
status: succeeded
start_timestamp: Thu, 01 Jan 2026 00:00:00 UTC
end_timestamp: Thu, 01 Jan 2026 00:00:01 UTC
result: 
  failed: false
  stdout: noon
";

#[tokio::test]
async fn runs_an_action_and_waits_for_its_result() {
    let server = run_server(vec![running(), done()]).await;
    let ended = World::new(&server.address).run(&["run", "core.local", "timeout=5", "date", "-u"]).await;
    assert_eq!(ended.code, 2, "-u is a flag of run: {ended:?}");
    let ended = World::new(&server.address).run(&["run", "core.local", "timeout=5", "date", "now"]).await;
    assert_eq!((ended.code, ended.stdout), (0, format!("..\n{RESULT}")));
    let posted = server.requests.lock().expect("no panic in the server")[2].body.clone();
    let expected = json!({"action": "core.local", "parameters": {"timeout": 5, "cmd": "date now"}, "user": null});
    assert_eq!(posted, expected.to_string());
}

#[tokio::test]
async fn a_failed_execution_is_a_failed_command() {
    let failed = Answer::json(200, &execution("failed", &json!({"stderr": "no"})));
    let server = run_server(vec![Some(failed)]).await;
    let ended = World::new(&server.address).run(&["run", "core.local", "cmd=x", "--attr", "status"]).await;
    assert_eq!((ended.code, ended.stdout.as_str()), (1, ".\nstatus: failed\n"));
}

#[tokio::test]
async fn does_not_wait_when_told_so() {
    let server = run_server(Vec::new()).await;
    let ended = World::new(&server.address).run(&["run", "core.local", "cmd=x", "-a"]).await;
    let expected = format!(
        "To get the results, execute:\n st2 execution get {ID}\n\nTo view output in real-time, execute:\n st2 execution tail {ID}\n"
    );
    assert_eq!((ended.code, ended.stdout), (0, expected));
}

#[tokio::test]
async fn waits_through_a_restart_of_the_server() {
    let away = Some(Answer { status: 503, headers: Vec::new(), body: String::new() });
    let server = run_server(vec![running(), None, away, running(), done()]).await;
    let ended = World::new(&server.address).run(&["run", "core.local", "cmd=x"]).await;
    assert_eq!((ended.code, ended.stdout), (0, format!("...\n{RESULT}")));
    let told = ended.stderr.matches("The server does not answer; waiting for it to come back.").count();
    assert_eq!(told, 1, "said once, not at every question: {}", ended.stderr);
}

#[tokio::test]
async fn an_interrupted_wait_says_how_to_go_on() {
    let server = run_server(vec![running(), running(), running()]).await;
    let mut world = World::new(&server.address);
    world.sleeps_before_interrupt = Some(2);
    let ended = world.run(&["run", "core.local", "cmd=x"]).await;
    assert_eq!(ended.code, 130);
    let expected = format!(
        "\nStopped waiting; the execution goes on.\nTo get the results, execute:\n st2 execution get {ID}\n\
         To cancel it, execute:\n st2 execution cancel {ID}\n"
    );
    assert_eq!(ended.stderr, expected);
}

#[tokio::test]
async fn shows_progress_and_colors_on_a_terminal_only() {
    let server = run_server(vec![running(), done()]).await;
    let mut world = World::new(&server.address);
    world.is_terminal = true;
    let ended = world.run(&["run", "core.local", "cmd=x", "--attr", "status"]).await;
    let expected = "\u{1b}[93mrunning\u{1b}[0m 0s core.local\n\u{1b}[1A\r\u{1b}[J\
                    \u{1b}[94mstatus\u{1b}[0m: \u{1b}[92msucceeded\u{1b}[0m\n";
    assert_eq!(ended.stdout, expected);
}

#[tokio::test]
async fn follows_the_tree_of_tasks_on_a_terminal() {
    let workflow = |status: &str| {
        json!({"id": ID, "status": status, "action": {"ref": "p.flow", "runner_type": "orquesta"},
               "start_timestamp": "2025-12-31T23:59:50Z", "end_timestamp": "2026-01-01T00:00:00Z", "result": {"output": 1}})
    };
    let child = json!({"id": "c", "parent": ID, "status": "running", "action": {"ref": "core.echo"},
                       "context": {"orquesta": {"task_name": "greet"}}, "start_timestamp": "2025-12-31T23:59:57Z"});
    let mut statuses = vec!["running", "succeeded"].into_iter();
    let server = Server::start(Box::new(move |request: &Request| match request.line().as_str() {
        "GET /v1/actions/p.flow" => {
            Some(Answer::json(200, &json!({"pack": "p", "name": "flow", "runner_type": "orquesta"})))
        }
        "GET /v1/runnertypes/?name=orquesta" => Some(Answer::json(200, &json!([{"name": "orquesta"}]))),
        "POST /v1/executions" => Some(Answer::json(201, &workflow("requested"))),
        line if line.contains("/children/") => Some(Answer::json(200, &json!([child]))),
        _ => Some(Answer::json(200, &workflow(statuses.next().unwrap_or("succeeded")))),
    }))
    .await;
    let mut world = World::new(&server.address);
    world.is_terminal = true;
    world.environment.insert("NO_COLOR".to_owned(), "1".to_owned());
    let ended = world.run(&["run", "p.flow"]).await;
    assert!(ended.stdout.starts_with("running 10s p.flow\n  running 3s greet core.echo\n"), "{}", ended.stdout);
    let row = "| c  | running (3s elapsed) | greet | core.echo | Wed, 31 Dec     |";
    assert!(ended.stdout.contains(row), "{}", ended.stdout);
}

#[tokio::test]
async fn tails_output_while_it_is_produced() {
    let output = |data: &str| json!({"execution_id": ID, "output_type": "stdout", "data": data});
    let events = [
        ("st2.execution__update", execution("running", &Value::Null)),
        ("st2.execution.output__create", output("one\n")),
        ("st2.execution.output__create", output("two\n")),
        ("st2.execution__update", execution("succeeded", &Value::Null)),
    ];
    let server = Server::start(Box::new(move |request: &Request| {
        let line = request.line();
        Some(if line.starts_with("GET /stream/v1/stream?") { Answer::events(&events) } else { running()? })
    }))
    .await;
    let ended = World::new(&server.address).run(&["execution", "tail", ID]).await;
    let expected =
        format!("Execution {ID} has started.\n\none\ntwo\n\nExecution {ID} has completed (status=succeeded).\n");
    assert_eq!((ended.code, ended.stdout), (0, expected));
}

#[tokio::test]
async fn tells_what_parameters_an_action_takes() {
    let server = run_server(Vec::new()).await;
    let ended = World::new(&server.address).run(&["run", "core.local", "-h"]).await;
    let expected = "\nRuns a command.\n\nRequired Parameters:\n    cmd\n        The command.\n        Type: string\n\n\
                    Optional Parameters:\n    timeout\n        Type: integer\n        Default: 60\n\n";
    assert_eq!((ended.code, ended.stdout.as_str()), (0, expected));
}

#[tokio::test]
async fn shows_the_words_of_the_server() {
    let server =
        Server::start(Box::new(|_: &Request| Some(Answer::json(400, &json!({"faultstring": "too many"}))))).await;
    let ended = World::new(&server.address).run(&["rule", "list"]).await;
    let url =
        format!("http://{}/v1/rules/?include_attributes=ref%2Cpack%2Cdescription%2Cenabled&limit=50", server.address);
    let expected = format!("ERROR: 400 Client Error: Bad Request\nMESSAGE: too many for url: {url}\n\n");
    assert_eq!((ended.code, ended.stdout), (1, expected));
}

#[tokio::test]
async fn says_that_nobody_listens() {
    let server = Server::start(Box::new(|_: &Request| None)).await;
    let mut world = World::new(&server.address);
    // Nothing can listen on port 0.
    world.environment.insert("ST2_API_URL".to_owned(), "http://127.0.0.1:0/v1".to_owned());
    let ended = world.run(&["action", "get", "core.local"]).await;
    assert_eq!(ended.code, 1);
    assert!(
        ended.stdout.starts_with("ERROR: cannot connect to http://127.0.0.1:0/v1/actions/core.local: "),
        "{}",
        ended.stdout
    );
}

#[tokio::test]
async fn enabling_sends_the_whole_resource_back() {
    let server = Server::start(Box::new(|_: &Request| {
        Some(Answer::json(200, &json!({"id": "7", "ref": "p.r", "name": "r", "pack": "p", "enabled": false})))
    }))
    .await;
    let ended = World::new(&server.address).run(&["rule", "enable", "p.r", "-j"]).await;
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(server.lines(), ["GET /v1/rules/p.r", "PUT /v1/rules/7"]);
    let sent = server.requests.lock().expect("no panic in the server")[1].body.clone();
    assert_eq!(sent, json!({"id": "7", "name": "r", "pack": "p", "enabled": true}).to_string());
}

#[tokio::test]
async fn logs_in_once_and_remembers_the_token() {
    let server = Server::start(Box::new(|request: &Request| {
        Some(if request.target == "/auth/tokens" {
            Answer::json(201, &json!({"user": "ada", "token": "t0ken", "expiry": "2026-01-02T00:00:00Z"}))
        } else {
            Answer::json(200, &json!([]))
        })
    }))
    .await;
    let world = World::new(&server.address);
    std::fs::create_dir(world.home.path().join(".st2")).expect("a fresh home");
    std::fs::write(world.home.path().join(".st2/config"), "[credentials]\nusername = ada\npassword = lovelace\n")
        .expect("a fresh home");
    for _ in 0..2 {
        let ended = world.run(&["pack", "list"]).await;
        assert_eq!((ended.code, ended.stdout.as_str()), (0, "No matching items found\n"), "{}", ended.stderr);
    }
    let list = "GET /v1/packs?include_attributes=ref%2Cname%2Cdescription%2Cversion%2Cauthor";
    assert_eq!(server.lines(), ["POST /auth/tokens", list, list]);
    let requests = server.requests.lock().expect("no panic in the server");
    assert_eq!(requests[0].header("authorization"), Some("Basic YWRhOmxvdmVsYWNl"));
    assert_eq!(requests[1].header("x-auth-token"), Some("t0ken"));
    assert_eq!(requests[2].header("x-auth-token"), Some("t0ken"));
}

#[tokio::test]
async fn login_names_the_user_in_the_configuration() {
    let server = Server::start(Box::new(|_: &Request| {
        Some(Answer::json(201, &json!({"user": "ada", "token": "t0ken", "expiry": "2026-01-02T00:00:00Z"})))
    }))
    .await;
    let mut world = World::new(&server.address);
    world.stdin = "lovelace\n".to_owned();
    let ended = world.run(&["login", "ada"]).await;
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(ended.stderr, "Warning: Password input may be echoed.\nPassword: ");
    let read = |name: &str| std::fs::read_to_string(world.home.path().join(".st2").join(name)).unwrap_or_default();
    assert_eq!(read("config"), "[credentials]\nusername = ada\n");
    assert_eq!(read("token-ada"), "{\"token\":\"t0ken\",\"expire_timestamp\":1767312000}");
}

#[tokio::test]
async fn credentials_come_from_flags_or_the_environment() {
    let server = Server::start(Box::new(|_: &Request| Some(Answer::json(200, &json!([]))))).await;
    let mut world = World::new(&server.address);
    world.environment.insert("ST2_API_KEY".to_owned(), "env-key".to_owned());
    world.run(&["timer", "list"]).await;
    world.run(&["timer", "list", "--api-key", "flag-key", "-t", "flag-token"]).await;
    let requests = server.requests.lock().expect("no panic in the server");
    let sent: Vec<_> =
        requests.iter().map(|request| (request.header("st2-api-key"), request.header("x-auth-token"))).collect();
    assert_eq!(sent, [(Some("env-key"), None), (Some("flag-key"), Some("flag-token"))]);
}

#[tokio::test]
async fn sets_keys_and_loads_them_from_yaml() {
    let server = Server::start(Box::new(|request: &Request| {
        Some(Answer { status: 200, headers: Vec::new(), body: request.body.clone() })
    }))
    .await;
    let world = World::new(&server.address);
    std::fs::write(
        world.home.path().join("keys.yaml"),
        "- name: a\n  value: {x: [1]}\n- name: b\n  value: v\n  secret: true\n",
    )
    .expect("a fresh home");
    let ended = world.run(&["key", "load", "-c", "keys.yaml"]).await;
    let expected = "\
+------+------------+--------+--------+------+-----+
| name | value      | secret | scope  | user | ttl |
+------+------------+--------+--------+------+-----+
| a    | {\"x\": [1]} |        | system |      |     |
| b    | v          | True   | system |      |     |
+------+------------+--------+--------+------+-----+
";
    assert_eq!((ended.code, ended.stdout.as_str()), (0, expected), "{}", ended.stderr);
    let ended = world.run(&["key", "set", "c", "v", "-e", "--encrypted"]).await;
    assert_eq!(ended.code, 2, "a value is encrypted once");
}
