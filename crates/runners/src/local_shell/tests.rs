use std::collections::BTreeMap;
use std::path::PathBuf;

use super::*;
use crate::request::OutputType;
use crate::testing::{io, map, run, runners};

async fn shell(parameters: Value) -> Outcome {
    run("local-shell-cmd", RunRequest { runner_parameters: map(parameters), ..RunRequest::default() }).await
}

fn ok(stdout: Value) -> Value {
    json!({"failed": false, "succeeded": true, "return_code": 0, "stdout": stdout, "stderr": ""})
}

fn failed(return_code: i32, stdout: &str, stderr: &str) -> Value {
    json!({"failed": true, "succeeded": false, "return_code": return_code, "stdout": stdout, "stderr": stderr})
}

#[tokio::test]
async fn commands_and_their_results() {
    for (parameters, status, result) in [
        (json!({"cmd": "echo hello"}), Status::Succeeded, ok(json!("hello"))),
        (json!({"cmd": "exit 3"}), Status::Failed, failed(3, "", "")),
        (json!({"cmd": "echo one; echo two; echo e >&2; exit 1"}), Status::Failed, failed(1, "one\ntwo", "e")),
        (json!({"cmd": "kill -15 $$"}), Status::Abandoned, failed(-15, "", "")),
        (json!({"cmd": "cat", "timeout": 5}), Status::Succeeded, ok(json!(""))),
        (json!({"cmd": "pwd", "cwd": "/"}), Status::Succeeded, ok(json!("/"))),
        (json!({"cmd": "echo $A $B", "env": {"A": "a", "B": "5"}}), Status::Succeeded, ok(json!("a 5"))),
        (json!({"cmd": "echo a; exit 2", "timeout": 0}), Status::Failed, failed(2, "a", "")),
    ] {
        let outcome = shell(parameters.clone()).await;
        assert_eq!((outcome.status, outcome.result), (status, result), "{parameters}");
    }
}

#[test]
fn output_that_is_json_becomes_its_value() {
    for (printed, expected) in [
        ("{\"a\": 1, \"b\": [1,2]}\n", json!({"a": 1, "b": [1, 2]})),
        (" {\"a\": 1} \n", json!({"a": 1})),
        ("123\n", json!(123)),
        ("1.5\n", json!(1.5)),
        ("true\n", json!(true)),
        ("null\n", json!(null)),
        ("\"quoted\"\n", json!("quoted")),
        ("{\"a\": \n", json!("{\"a\": ")),
        ("NaN\n", json!("NaN")),
        ("no newline", json!("no newline")),
        ("two\n\n", json!("two\n")),
        ("a\r\nb\r\n", json!("a\r\nb")),
        ("", json!("")),
    ] {
        assert_eq!(output_value(printed), expected, "{printed:?}");
    }
}

#[test]
fn bytes_that_are_not_text_are_named() {
    for (bytes, expected) in [
        (&b"\xff\xfe\n"[..], "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
        (&b"ab\xc3("[..], "'utf-8' codec can't decode byte 0xc3 in position 2: invalid continuation byte"),
        (&b"a\xc3"[..], "'utf-8' codec can't decode byte 0xc3 in position 1: unexpected end of data"),
    ] {
        assert_eq!(decode(bytes).unwrap_err(), expected);
    }
}

#[tokio::test]
async fn what_cannot_be_run_fails_with_the_reason() {
    for (parameters, message) in [
        (json!({"cmd": "pwd", "cwd": "/nosuchdir"}), "[Errno 2] No such file or directory: '/nosuchdir'"),
        (json!({"cmd": "echo", "env": {"A": 1}}), "expected str, bytes or os.PathLike object, not int"),
        (json!({"cmd": "printf '\\377\\n'"}), "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
    ] {
        let outcome = shell(parameters.clone()).await;
        assert_eq!(outcome.status, Status::Failed, "{parameters}");
        assert_eq!(outcome.result["error"], message, "{parameters}");
    }
}

#[tokio::test]
async fn the_time_limit_kills_the_tree_and_keeps_what_was_printed() {
    let outcome = shell(json!({"cmd": "echo before; sleep 1000 & sleep 1000; echo late", "timeout": 1})).await;
    assert_eq!(outcome.status, Status::Timeout);
    let mut expected = failed(-9, "before", "");
    expected["error"] = json!("Action failed to complete in 1 seconds");
    assert_eq!(outcome.result, expected);
}

#[tokio::test]
async fn a_command_that_is_killed_from_outside_counts_as_timed_out() {
    let outcome = shell(json!({"cmd": "kill -9 $$"})).await;
    assert_eq!(outcome.status, Status::Timeout);
    assert_eq!(outcome.result["error"], "Action failed to complete in 60 seconds");
}

#[tokio::test]
async fn a_cancellation_ends_the_command() {
    let (io, lines, switch) = io();
    let parameters = map(json!({"cmd": "echo started; sleep 1000"}));
    let request = RunRequest { runner_parameters: parameters, ..RunRequest::default() };
    let running = tokio::spawn(async move { runners().get("local-shell-cmd").unwrap().run(request, io).await });
    while lines.0.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    switch.send_replace(true);
    let outcome = running.await.unwrap();
    assert_eq!(outcome.status, Status::Canceled);
    assert_eq!(outcome.result["stdout"], "started");
}

#[tokio::test]
async fn lines_are_shown_as_they_are_printed() {
    let (io, lines, _switch) = io();
    let parameters = map(json!({"cmd": "printf 'a\\nb'; echo err >&2; sleep 0; printf 'c\\n\\nd'"}));
    let request = RunRequest { runner_parameters: parameters, ..RunRequest::default() };
    runners().get("local-shell-cmd").unwrap().run(request, io).await;
    let shown = lines.0.lock().unwrap();
    let of = |wanted| -> Vec<&str> {
        shown.iter().filter(|(output_type, _)| *output_type == wanted).map(|(_, text)| text.as_str()).collect()
    };
    assert_eq!(of(OutputType::Stdout), ["a\n", "bc\n", "\n", "d"]);
    assert_eq!(of(OutputType::Stderr), ["err\n"]);
}

#[tokio::test]
async fn scripts_get_arguments_and_the_platforms_variables() {
    let directory = tempfile::tempdir().unwrap();
    let script: PathBuf = directory.path().join("it's a script.sh");
    std::fs::write(&script, "#!/bin/sh\nfor x in \"$@\"; do echo \"[$x]\"; done; echo $ST2_ACTION_PACK_NAME\n")
        .unwrap();
    let request = RunRequest {
        entry_point: Some(script),
        action_parameters: map(json!({"a": "x y", "flag": true})),
        action_parameter_schemas: map(json!({"a": {"position": 0}, "flag": {"type": "boolean"}})),
        environment: BTreeMap::from([("ST2_ACTION_PACK_NAME".to_owned(), "golden".to_owned())]),
        ..RunRequest::default()
    };
    let outcome = run("local-shell-script", request).await;
    assert_eq!(outcome.result, ok(json!("[--flag]\n[x y]\ngolden")));
}

#[test]
fn sudo_wraps_the_command_and_its_refusal_is_explained() {
    assert_eq!(with_sudo("echo it", false), "sudo -E -- bash -c 'echo it'");
    assert_eq!(with_sudo("id", true), "sudo -S -E -- bash -c id");
    let stderr = "[sudo] password for stanley: \nsudo: 3 incorrect password attempts\n";
    assert_eq!(
        sudo_refusal(stderr).unwrap(),
        "Invalid sudo password provided or sudo is not configured for this user (stanley)"
    );
    assert_eq!(sudo_refusal("sudo: command not found"), None);
}
