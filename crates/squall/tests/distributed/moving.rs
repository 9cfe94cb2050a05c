//! `squall move` from an embedded store to MongoDB and back: everything arrives, and what was unfinished goes on where it is then.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::api::Api;
use crate::support::http::Request;
use crate::support::lanes::Lanes;
use crate::support::server::{Options, Server};

/// Everything that the API lists and that belongs to the installation rather than to a process.
const LISTS: [&str; 17] = [
    "executions",
    "keys",
    "rules",
    "ruleenforcements",
    "traces",
    "triggerinstances",
    "triggers",
    "triggertypes",
    "actions",
    "actionalias",
    "apikeys",
    "inquiries",
    "packs",
    "policies",
    "policytypes",
    "runnertypes",
    "sensortypes",
];
/// More than MongoDB takes in one document together with the rest of it, so that it is stored in pieces.
const LARGE: usize = 3 << 20;

#[test]
fn everything_moves_to_mongodb_and_back_and_unfinished_work_goes_on() {
    let Some(lanes) = Lanes::or_say_so() else { return };
    let name = crate::name("move");
    let mut first = Server::start(Options::with_test_pack());
    let gate = first.directory.path().join("gate");
    let unfinished = Unfinished::begin(&first, &gate);
    fill(&first);
    let before = Snapshot::of(&first);
    first.kill();

    let directory = tempfile::tempdir().expect("a temporary directory");
    let keys = directory.path().join("keys");
    let shared = lanes.database(&name);
    let first_data = first.data_dir();
    carry(&first_data, Path::new(&shared), &keys);
    let mut fleet = crate::start(directory.path(), &lanes, &name);
    before.compare(&Snapshot::of(&fleet.client()), "on MongoDB");
    let there = fleet.client().run("core.echo", &json!({"message": "on MongoDB"}));
    assert_eq!(there["result"]["stdout"], "on MongoDB", "{there}");
    let before = Snapshot::of(&fleet.client());
    fleet.stop();

    let back = tempfile::tempdir().expect("a temporary directory");
    carry(Path::new(&shared), &back.path().join("data"), &keys);
    let last = Server::start_in(back, Options::with_test_pack());
    before.compare(&Snapshot::of(&last), "back on an embedded store");
    unfinished.complete(&last);
    last.post("/v1/webhooks/moved", &json!({"number": 2})).expect(202);
    last.item("/v1/executions?action=core.echo&limit=-1", |found| found["result"]["stdout"] == "number 2");
}

/// Moves, twice: what is there already is left as it is.
fn carry(from: &Path, to: &Path, keys: &Path) {
    for resume in [false, true] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_squall"));
        command.arg("move").arg(from).arg(to).arg("--keys-dir").arg(keys);
        command.args(resume.then_some("--resume"));
        let output = command.output().expect("the binary starts");
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
        assert!(told.contains("nothing was removed"), "{told}");
    }
}

/// Leaves something of everything behind.
fn fill(api: &Api) {
    let keys = [
        json!({"name": "plain", "value": "text"}),
        json!({"name": "secret", "value": "canary", "secret": true}),
        json!({"name": "mine", "value": "own", "scope": "user"}),
        json!({"name": "for_long", "value": "fades", "ttl": 864_000}),
    ];
    for key in &keys {
        let name = key["name"].as_str().expect("a name");
        Request::put(&format!("/v1/keys/{name}"), key).send(api.address).expect(200);
    }
    let rules = [
        json!({
            "name": "moved", "pack": "compat", "enabled": true,
            "trigger": {"type": "core.st2.webhook", "parameters": {"url": "moved"}},
            "action": {"ref": "core.echo", "parameters": {"message": "number {{ trigger.body.number }}"}},
        }),
        json!({
            "name": "in_the_future", "pack": "compat", "enabled": true,
            "trigger": {"type": "core.st2.DateTimer", "parameters": {"timezone": "UTC", "date": "2099-12-31 23:59:59"}},
            "action": {"ref": "core.noop", "parameters": {}},
        }),
    ];
    for rule in &rules {
        api.post("/v1/rules", rule).expect(201);
    }
    api.post("/v1/apikeys", &json!({"metadata": {"used_for": "moving"}})).expect(201);
    api.post("/v1/webhooks/moved", &json!({"number": 1})).expect(202);
    api.item("/v1/executions?action=core.echo", |found| found["result"]["stdout"] == "number 1");
    // More than fits into one document of MongoDB's; no rule wants it.
    api.post(
        "/v1/rules",
        &json!({
            "name": "large", "pack": "compat", "enabled": true,
            "trigger": {"type": "core.st2.webhook", "parameters": {"url": "large"}},
            "criteria": {"trigger.body.text": {"type": "equals", "pattern": "small"}},
            "action": {"ref": "core.noop", "parameters": {}},
        }),
    )
    .expect(201);
    api.post("/v1/webhooks/large", &json!({"text": "x".repeat(LARGE)})).expect(202);
    api.item("/v1/triggerinstances?limit=1", |found| found["status"] == "processed");
    for (action, parameters) in [
        ("core.local", json!({"cmd": "echo out; echo error >&2; exit 3"})),
        ("core.local", json!({"cmd": "head -c 100000 /dev/zero | tr '\\0' x"})),
        ("compat.typed", json!({"text": "ü", "token": "hidden", "list": [1, null, {"a": 1.5}]})),
        ("examples.with_items", json!({})),
    ] {
        api.run(action, &parameters);
    }
    let delayed = json!({"action": "core.noop", "delay": 86_400_000});
    api.post("/v1/executions", &delayed).expect(201);
    api.item("/v1/executions", |found| found["status"] == "delayed");
}

/// Work that waits for somebody.
struct Unfinished {
    paused: String,
    asking: String,
    inquiry: String,
}

impl Unfinished {
    /// Leaves a workflow paused between its two tasks, and another with an open question.
    fn begin(api: &Api, gate: &Path) -> Self {
        let paused = api.request("compat.gated", &json!({"file": gate}));
        api.item(&format!("/v1/executions?parent={paused}"), |found| found["status"] == "running");
        put_status(api, &paused, "pausing");
        std::fs::write(gate, "").expect("the directory is writable");
        api.item("/v1/executions?action=compat.gated", |found| found["status"] == "paused");
        let (asking, inquiry) = api.asked("compat.approval");
        Self { paused, asking, inquiry }
    }

    fn complete(&self, api: &Api) {
        put_status(api, &self.paused, "resuming");
        let ended = api.finished(&self.paused);
        assert_eq!((&ended["status"], &ended["result"]["output"]["said"]), (&json!("succeeded"), &json!("went on")));
        api.answer(&self.inquiry, true).expect(200);
        let ended = api.finished(&self.asking);
        assert_eq!(ended["result"]["output"]["said"]["approved"], json!(true), "{ended}");
    }
}

fn put_status(api: &Api, id: &str, status: &str) {
    Request::put(&format!("/v1/executions/{id}"), &json!({"status": status})).send(api.address).expect(200);
}

/// All that the API shows, by what was asked.
struct Snapshot(BTreeMap<String, Value>);

impl Snapshot {
    fn of(api: &Api) -> Self {
        let mut shown = BTreeMap::new();
        for list in LISTS {
            let items = api.get(&format!("/v1/{list}?{}", query(list)));
            for item in items.as_array().unwrap_or_else(|| panic!("{list}: {items}")) {
                let id = ["id", "uid", "name"].into_iter().find_map(|field| item[field].as_str());
                let id = id.unwrap_or_else(|| panic!("something without an id in {list}: {item}"));
                if list == "executions" {
                    for part in ["", "/output", "/children?depth=-1"] {
                        let target = format!("/v1/executions/{id}{part}");
                        let answer = Request::get(&target).send(api.address);
                        assert_eq!(answer.status, 200, "{target}: {}", answer.text);
                        shown.insert(target, serde_json::from_str(&answer.text).unwrap_or_else(|_| json!(answer.text)));
                    }
                }
                shown.insert(format!("{list} {id}"), without_place(list, item.clone()));
            }
        }
        Self(shown)
    }

    fn compare(&self, later: &Self, place: &str) {
        for (what, value) in &self.0 {
            let found = later.0.get(what);
            assert!(found == Some(value), "{place}, {what} was\n{value}\nand is\n{found:?}");
        }
        let new: Vec<&String> = later.0.keys().filter(|what| !self.0.contains_key(*what)).collect();
        assert!(new.is_empty(), "{place}, nobody knows where these come from: {new:?}");
    }
}

fn query(list: &str) -> &'static str {
    match list {
        "keys" => "limit=-1&scope=all&decrypt=true",
        "triggers" => "",
        _ => "limit=-1",
    }
}

/// Packs that the binary carries lie in the data directory of each process, and sensors are run by one of them.
fn without_place(list: &str, mut item: Value) -> Value {
    let places: &[&str] = match list {
        "packs" => &["path"],
        "sensortypes" => &["artifact_uri", "process"],
        _ => &[],
    };
    if let Some(fields) = item.as_object_mut() {
        fields.retain(|name, _| !places.contains(&name.as_str()));
    }
    item
}
