use std::collections::BTreeMap;
use std::path::Path;

use squall_model::Map;

use super::*;
use crate::testing::{map, run};

/// Writes an action whose `run` has the given body, and runs it.
async fn python(body: &str, parameters: Value, runner_parameters: Value) -> Outcome {
    let source = format!(
        "import os, sys, time\nfrom st2common.runners.base_action import Action\n\n\nclass A(Action):\n    \
         def run(self, **p):\n        {body}\n"
    );
    file(&source, map(parameters), map(runner_parameters)).await
}

async fn file(source: &str, action_parameters: Map, runner_parameters: Map) -> Outcome {
    let directory = tempfile::tempdir().unwrap();
    let entry_point = directory.path().join("act.py");
    std::fs::write(&entry_point, source).unwrap();
    run("python-script", request(&entry_point, action_parameters, runner_parameters)).await
}

fn request(entry_point: &Path, action_parameters: Map, runner_parameters: Map) -> RunRequest {
    RunRequest {
        execution_id: "5f0000000000000000000001".to_owned(),
        action_name: "act".to_owned(),
        pack: "golden".to_owned(),
        entry_point: Some(entry_point.to_owned()),
        runner_parameters,
        action_parameters,
        config: json!({"region": "us"}),
        environment: BTreeMap::from([
            ("ST2_ACTION_API_URL".to_owned(), "http://127.0.0.1:9101/v1".to_owned()),
            ("ST2_ACTION_AUTH_TOKEN".to_owned(), "t".to_owned()),
        ]),
        ..RunRequest::default()
    }
}

fn result(value: Value) -> Value {
    json!({"stdout": "", "stderr": "", "exit_code": 0, "result": value})
}

#[tokio::test]
async fn returned_values() {
    for (body, status, value) in [
        (
            "return {'a': [1, 2.5, None, True], 'u': p['m']}",
            Status::Succeeded,
            json!({"a": [1, 2.5, null, true], "u": "é"}),
        ),
        ("return (True, {'ok': 1})", Status::Succeeded, json!({"ok": 1})),
        ("return (False, {'bad': 1})", Status::Failed, json!({"bad": 1})),
        ("return None", Status::Succeeded, json!(null)),
        ("return (1, 2, 3)", Status::Succeeded, json!([1, 2, 3])),
        ("return object", Status::Succeeded, json!("<class 'object'>, 'status': None}")),
        ("return (True, object)", Status::Succeeded, json!("<class 'object'>")),
        ("return [float('nan'), {1: 2}]", Status::Succeeded, json!([null, {"1": 2}])),
        ("import datetime; return datetime.date(2020, 1, 2)", Status::Succeeded, json!("2020-01-02")),
        ("return self.config['region']", Status::Succeeded, json!("us")),
        ("return sys.stdin.read()", Status::Succeeded, json!("")),
        ("return 'x' * 200000", Status::Succeeded, json!("x".repeat(200_000))),
    ] {
        let outcome = python(body, json!({"m": "é"}), json!({})).await;
        assert_eq!((outcome.status, outcome.result), (status, result(value)), "{body}");
    }
}

#[tokio::test]
async fn output_and_the_log_are_kept_apart_from_the_result() {
    let body = "self.logger.info('i %s', 1); self.logger.debug('d'); self.logger.error('e'); print('out'); return 1";
    let outcome = python(body, json!({}), json!({})).await;
    let log =
        "st2.actions.python.A: INFO     i 1\nst2.actions.python.A: DEBUG    d\nst2.actions.python.A: ERROR    e\n";
    assert_eq!(outcome.result, json!({"stdout": "out\n", "stderr": log, "exit_code": 0, "result": 1}));

    let outcome = python(body, json!({}), json!({"log_level": "ERROR"})).await;
    assert_eq!(outcome.result["stderr"], "st2.actions.python.A: ERROR    e\n");
}

#[tokio::test]
async fn failures_have_no_result() {
    for (body, exit_code, stdout, stderr_end) in [
        ("raise ValueError('boom')", 1, "", "ValueError: boom\n"),
        ("print('bye'); sys.exit(7)", 7, "bye\n", ""),
        ("os._exit(3)", 3, "", ""),
        ("return self.config['nope']", 1, "", "and register the configs again.\n"),
    ] {
        let outcome = python(body, json!({}), json!({})).await;
        assert_eq!(outcome.status, Status::Failed, "{body}");
        assert_eq!(outcome.result["exit_code"], exit_code, "{body}");
        assert_eq!(outcome.result["result"], "None", "{body}");
        assert_eq!(outcome.result["stdout"], stdout, "{body}");
        let stderr = outcome.result["stderr"].as_str().unwrap();
        assert!(stderr.ends_with(stderr_end), "{body}: {stderr}");
    }
}

#[tokio::test]
async fn a_status_that_is_no_boolean_is_refused() {
    let outcome = python("return ('x', 2)", json!({}), json!({})).await;
    assert_eq!(outcome.status, Status::Failed);
    let error = outcome.result["error"].as_str().unwrap();
    assert!(error.starts_with("Status returned from the action run() method must either be True or False, got: x\n"));
}

#[tokio::test]
async fn files_that_hold_no_action_say_so() {
    for (source, expected) in [
        ("x = 1\n", "Found no classes in plugin file"),
        ("def (:\n", "SyntaxError: Failed to load action class from file"),
        ("import nosuchmodule_zz\n", "ModuleNotFoundError: Failed to load action class from file"),
    ] {
        let outcome = file(source, Map::new(), Map::new()).await;
        assert_eq!((outcome.status, &outcome.result["exit_code"]), (Status::Failed, &json!(1)), "{source}");
        assert!(outcome.result["stderr"].as_str().unwrap().contains(expected), "{source}: {}", outcome.result);
    }
    let missing = run("python-script", RunRequest { action_name: "a".to_owned(), ..RunRequest::default() }).await;
    assert_eq!(missing.result["error"], "Action \"a\" is missing entry_point attribute");
}

#[tokio::test]
async fn the_time_limit_ends_the_interpreter() {
    let outcome = python("print('p'); time.sleep(1000)", json!({}), json!({"timeout": 1})).await;
    assert_eq!(outcome.status, Status::Timeout);
    let error = "Action failed to complete in 1 seconds";
    assert_eq!(
        outcome.result,
        json!({"stdout": "p\n", "stderr": "", "exit_code": -9, "result": "None", "error": error})
    );
}

#[tokio::test]
async fn the_environment_has_both_names_and_no_foreign_import_path() {
    let body = "return {k: os.environ[k] for k in os.environ if k.startswith(('ST2_', 'FOO', 'PYTHONPATH'))}";
    let outcome = python(body, json!({}), json!({"env": {"FOO": "bar", "PYTHONPATH": "/evil"}})).await;
    let mut found = map(outcome.result["result"].clone());
    let import_path = found.remove("PYTHONPATH").unwrap();
    assert!(!import_path.as_str().unwrap().contains("evil"));
    let expected = json!({
        "FOO": "bar", "ST2_ACTION_API_URL": "http://127.0.0.1:9101/v1", "ST2_ACTION_AUTH_TOKEN": "t",
        "ST2_API_URL": "http://127.0.0.1:9101/v1", "ST2_AUTH_TOKEN": "t",
    });
    assert_eq!(Value::Object(found.clone()), expected, "{found:?}");
}

#[tokio::test]
async fn old_constructors_and_old_import_paths_work() {
    let source = "from st2actions.runners.pythonrunner import Action\n\n\nclass Old(Action):\n    \
                  def __init__(self, config):\n        super(Old, self).__init__(config)\n    \
                  def run(self):\n        return [self.config.get('region'), self.action_service is not None]\n";
    let outcome = file(source, Map::new(), Map::new()).await;
    assert_eq!(outcome.result, result(json!(["us", true])));
}

#[tokio::test]
async fn parameters_are_not_in_the_process_list() {
    let body = "return open('/proc/self/cmdline').read()";
    let outcome = python(body, json!({"password": "s3cr3t"}), json!({})).await;
    let command_line = outcome.result["result"].as_str().unwrap();
    assert!(command_line.contains("run_action.py") && !command_line.contains("s3cr3t"), "{command_line}");
}

#[tokio::test]
async fn stand_ins_serve_until_the_real_package_is_installed() {
    // -S keeps the site-packages of this machine away: only the stand-ins can be found.
    let fallback = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../python/fallback");
    let body = format!(
        "import subprocess, sys; code = 'import six, eventlet; from six.moves.urllib.parse import urlencode; \
         import urllib.parse as u; print(urlencode({{\"a\": 1}}), u.__spec__.name, \
         eventlet.spawn(lambda x: x + 1, 2).wait())'; \
         return subprocess.run([sys.executable, '-S', '-c', code], env={{'PYTHONPATH': {fallback:?}}}, \
         stdout=subprocess.PIPE, check=True).stdout.decode()"
    );
    let outcome = python(&body, json!({}), json!({})).await;
    assert_eq!(outcome.result["result"], "a=1 urllib.parse 3\n", "{}", outcome.result);
}
