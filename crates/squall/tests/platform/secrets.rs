//! A canary in every place where a secret can be: nobody who may not see it hears it anywhere.

use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::json;

use crate::support::http::Request;
use crate::support::server::{Options, Server};
use crate::support::waiting::eventually;

const PARAMETER: &str = "canary-parameter-5d0f";
const STORED: &str = "canary-stored-71c2";
const CONFIGURED: &str = "canary-configured-93aa";
const MISTAKEN: &str = "canary-mistaken-b8e4";
const RULED: &str = "canary-ruled-2f6b";
const CANARIES: &[&str] = &[PARAMETER, STORED, CONFIGURED, MISTAKEN, RULED];

/// Everything that was said, by the place where it was said.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<(String, String)>>>);

impl Heard {
    fn note(&self, place: &str, text: &str) {
        self.0.lock().expect("no panic while listening").push((place.to_owned(), text.to_owned()));
    }

    fn assert_silent(&self) {
        for (place, text) in self.0.lock().expect("no panic while listening").iter() {
            for canary in CANARIES {
                assert!(!text.contains(canary), "{canary} was heard in {place}: {text}");
            }
        }
    }

    fn holds(&self, place: &str, text: &str) -> bool {
        let heard = self.0.lock().expect("no panic while listening");
        heard.iter().any(|(at, said)| at == place && said.contains(text))
    }
}

/// Listens on the event stream until the server is gone.
fn listen(server: &Server, heard: &Heard) {
    let (stream, kept) = (server.stream, heard.clone());
    let (begun, ready) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        Request::get("/v1/stream").events(stream, |event, data| {
            kept.note("the stream", &format!("{event} {data}"));
            // Only the first event is waited for.
            let _unheard = begun.send(());
            true
        });
    });
    ready.recv_timeout(crate::support::waiting::LIMIT).expect("the stream begins");
}

/// Returns the command lines of every process of this machine.
fn command_lines() -> String {
    let processes = std::fs::read_dir("/proc").expect("tests run on Linux");
    let lines = processes.flatten().filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " ")).collect::<Vec<_>>().join("\n")
}

fn digest(text: &str) -> String {
    let mut child = std::process::Command::new("sha256sum")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("sha256sum is there");
    child.stdin.take().expect("stdin is piped").write_all(text.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    String::from_utf8_lossy(&output.stdout).split(' ').next().unwrap_or_default().to_owned()
}

fn plant(server: &Server) {
    let item = json!({"name": "canary_key", "value": STORED, "secret": true});
    Request::put("/v1/keys/canary_key", &item).send(server.api).expect(200);
    let config = json!({"service_url": "http://127.0.0.1:1", "service_token": CONFIGURED});
    Request::put("/v1/configs/compat", &config).send(server.api).expect(200);
}

#[test]
fn secrets_arrive_and_are_heard_nowhere_else() {
    let server = Server::start(Options::with_test_pack().variable("RUST_LOG", "debug"));
    let heard = Heard::default();
    listen(&server, &heard);
    plant(&server);

    let kept = server.run("compat.keep_secret", &json!({"password": PARAMETER}));
    let wanted = json!({"password": digest(PARAMETER), "stored": digest(STORED), "configured": digest(CONFIGURED)});
    assert_eq!(kept["result"]["result"], wanted, "{kept}");
    run_in_a_shell(&server, &heard);
    run_by_a_rule(&server);
    server.run("compat.send_secret", &json!({"password": PARAMETER}));

    // A mistake in a request that carries a secret, and in a template around one.
    let wrong = json!({"action": "compat.keep_secret", "parameters": {"password": {"nested": MISTAKEN}}});
    heard.note("a refusal", &server.post("/v1/executions", &wrong).text);
    let wrong = json!({"action": "compat.typed", "parameters": {"text": "{{ nowhere }}", "token": MISTAKEN}});
    heard.note("a refusal", &server.post("/v1/executions", &wrong).text);
    let wrong = json!({"action": "compat.typed", "parameters": {"text": "x", "token": MISTAKEN, "number": "x"}});
    heard.note("a refusal", &server.post("/v1/executions", &wrong).text);

    look_around(&server, &heard);
    assert!(heard.holds("the stream", "compat.keep_secret"), "the stream was listened to");
    assert!(heard.holds("the log", "ready"), "the log was read");
    heard.assert_silent();
}

/// A shell command gets the secret through its environment, which only its owner can read, unlike its arguments.
fn run_in_a_shell(server: &Server, heard: &Heard) {
    let gate = server.directory.path().join("gate");
    let parameters = json!({"password": PARAMETER, "file": gate.display().to_string()});
    let id = server.request("compat.shell_secret", &parameters);
    let begun = gate.with_extension("begun");
    eventually("the shell command to run", || if begun.exists() { Ok(()) } else { Err("not yet") });
    heard.note("a command line", &command_lines());
    std::fs::write(&gate, "").expect("the directory is writable");
    let ended = server.finished(&id);
    assert_eq!(ended["result"]["stdout"], format!("got {} characters", PARAMETER.len()), "{ended}");
}

/// A rule that hands a secret to its action: the execution shows the rule.
fn run_by_a_rule(server: &Server) {
    let trigger = json!({"type": "core.st2.webhook", "parameters": {"url": "secretive"}});
    let action = json!({"ref": "compat.keep_secret", "parameters": {"password": RULED}});
    let rule = json!({"name": "secretive", "pack": "compat", "enabled": true, "trigger": trigger, "criteria": {}, "action": action});
    server.post("/v1/rules", &rule).expect(201);
    let credentials = Request::post("/v1/webhooks/secretive", &json!({})).header("Cookie", MISTAKEN);
    credentials.send(server.api).expect(202);
    server.item("/v1/executions?action=compat.keep_secret", |found| {
        found["rule"]["name"] == "secretive" && found["status"] == "succeeded"
    });
}

/// Reads everything that anybody may ask for without asking to be shown secrets.
fn look_around(server: &Server, heard: &Heard) {
    let executions = server.get("/v1/executions?limit=-1");
    let ids: Vec<&str> = executions.as_array().into_iter().flatten().filter_map(|found| found["id"].as_str()).collect();
    let of_executions =
        ids.iter().flat_map(|id| ["", "/output", "/result"].map(|part| format!("/v1/executions/{id}{part}")));
    let lists = [
        "executions?limit=-1",
        "keys",
        "keys/canary_key",
        "configs",
        "configs/compat",
        "triggerinstances?limit=-1",
        "ruleenforcements",
        "ruleenforcements/views",
        "rules",
    ];
    for target in lists.iter().map(|list| format!("/v1/{list}")).chain(of_executions) {
        if !target.ends_with("/output") {
            heard.note(&target, &Request::get(&target).send(server.api).text);
        }
    }
    heard.note("the log", &server.log());
}

#[test]
fn files_with_secrets_are_for_their_owner_only() {
    let server = Server::start(Options::default().auth());
    let kept = ["initial-admin-password", "datastore-key.json", "service-token-key"];
    for name in kept {
        assert_eq!(mode(&server.data_dir().join(name)), 0o600, "{name}");
    }
    let (_, password) = server.administrator();
    assert!(!server.log().contains(&password), "the password is in the log");
}

fn mode(path: &Path) -> u32 {
    let metadata = std::fs::metadata(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777
}
