use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

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
        (json!({"cmd": "pwd", "cwd": "/dev/null"}), "[Errno 20] Not a directory: '/dev/null'"),
        (json!({"cmd": "echo a\u{0}b"}), "embedded null byte"),
        (json!({"cmd": "echo", "env": {"A": "a\u{0}b"}}), "embedded null byte"),
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

/// A `sudo` that notes what it was asked and runs it without becoming somebody else.
fn stand_in_for_sudo(directory: &Path) -> Value {
    let program = directory.join("sudo");
    let text = "#!/bin/sh\necho \"$*\" >> \"$(dirname \"$0\")/asked\"\nwhile [ \"$1\" != -- ]; do shift; done\nshift\nexec \"$@\"\n";
    std::fs::write(&program, text).unwrap();
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    json!({"PATH": format!("{}:{}", directory.display(), std::env::var("PATH").unwrap_or_default())})
}

/// Words of what shells and programs treat in a special way, the same in every run.
fn nasty_words(count: usize) -> Vec<String> {
    const PIECES: &[&str] = &[
        "'", "\"", "\\", "$", "`", "$(id)", "${x}", "\n", "\t", "\r", " ", "*", "?", "[a]", "~", ";", "&", "|", "<",
        ">", "!", "#", "{", "}", "(", ")", "=", "%s", "--", "-", "a", "é", "漢", "😀", "\u{1}", "\u{7f}", "\u{202e}",
    ];
    let mut state: u64 = 7;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap()
    };
    (0..count).map(|_| (0..=next() % 6).map(|_| PIECES[next() % PIECES.len()]).collect()).collect()
}

#[tokio::test]
async fn a_script_sees_exactly_the_words_that_were_meant_with_sudo_and_without() {
    let directory = tempfile::tempdir().unwrap();
    let script: PathBuf = directory.path().join("it's $(a) script.sh");
    std::fs::write(&script, "#!/bin/sh\nprintf '%s\\0' \"$@\" \"$NASTY\"\n").unwrap();
    let path = stand_in_for_sudo(directory.path());
    for (round, words) in nasty_words(3000).chunks(100).enumerate() {
        let (named, positional) = words.split_at(50);
        let named = named.iter().enumerate().map(|(number, word)| (format!("n{number:02}"), json!(word)));
        let places = positional.iter().enumerate().map(|(number, word)| (format!("p{number:02}"), number, json!(word)));
        let schemas = places.clone().map(|(name, number, _)| (name, json!({"position": number})));
        let meant = named.clone().map(|(name, word)| format!("--{name}={}", word.as_str().unwrap()));
        let meant: Vec<String> = meant.chain(positional.iter().cloned()).chain([words[0].clone()]).collect();
        let request = RunRequest {
            entry_point: Some(script.clone()),
            runner_parameters: map(
                json!({"sudo": round % 2 == 0, "env": {"PATH": path["PATH"], "NASTY": words[0]}, "kwarg_op": "--"}),
            ),
            action_parameter_schemas: schemas.collect(),
            action_parameters: named.chain(places.map(|(name, _, word)| (name, word))).collect(),
            ..RunRequest::default()
        };
        let outcome = run("local-shell-script", request).await;
        let stdout = outcome.result["stdout"].as_str().unwrap_or_else(|| panic!("{}", outcome.result));
        assert_eq!(stdout.split_terminator('\0').collect::<Vec<_>>(), meant, "round {round}");
    }
}

#[tokio::test]
async fn what_sudo_left_running_past_the_time_limit_is_ended_by_sudo() {
    let directory = tempfile::tempdir().unwrap();
    let path = stand_in_for_sudo(directory.path());
    let outcome = shell(json!({"cmd": "sleep 1000", "sudo": true, "env": path, "timeout": 1})).await;
    assert_eq!(outcome.status, Status::Timeout);
    let asked = std::fs::read_to_string(directory.path().join("asked")).unwrap();
    let asked: Vec<&str> = asked.lines().collect();
    assert_eq!(asked[0], "-E -- bash -c sleep 1000");
    assert!(asked[1].starts_with("-n -- sh -c kill -KILL -"), "{asked:?}");
}

#[test]
fn sudo_wraps_the_command_and_its_refusal_is_explained() {
    assert_eq!(with_sudo("echo it", false), "sudo -E -- bash -c 'echo it'");
    assert_eq!(with_sudo("id", true), "sudo -S -E -- bash -c id");
    for count in ["3 incorrect password attempts", "1 incorrect password attempt"] {
        assert_eq!(
            sudo_refusal(&format!("[sudo] password for stanley: \nsudo: {count}\n")).unwrap(),
            "Invalid sudo password provided or sudo is not configured for this user (stanley)"
        );
    }
    assert_eq!(sudo_refusal("sudo: command not found"), None);
}
