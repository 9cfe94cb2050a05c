//! The sensor container with real processes: started, told, stopped, and seen in the store.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use squall_bus::{Change, Disturbance, Message};
use squall_model::{Config, Id, Rule, Sensor, SensorState, Trigger, TriggerInstance, TriggerType};
use squall_python::{PythonHost, PythonOptions};
use squall_sensors::SensorContainer;
use squall_service::{Settings, publish_quietly};
use squall_store::{Query, Store};
use squall_testkit::{ManualClock, Sandbox, eventually};

const SOURCE: &str = r#"
import os, threading
from st2reactor.sensor.base import Sensor

class S(Sensor):
    def note(self, text):
        with open(self.config["log"], "a") as out:
            out.write(text + "\n")
    def setup(self):
        self.note("setup " + ("token" if os.environ["ST2_ACTION_AUTH_TOKEN"] else "-"))
    def run(self):
        threading.Event().wait()
    def cleanup(self): self.note("cleanup")
    def add_trigger(self, trigger): self.note("add " + trigger["name"])
    def update_trigger(self, trigger): self.note("update " + trigger["name"])
    def remove_trigger(self, trigger): self.note("remove " + trigger["name"])
"#;

struct Bench {
    directory: tempfile::TempDir,
    sandbox: Sandbox,
}

impl Bench {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let sensors = directory.path().join("golden/sensors");
        std::fs::create_dir_all(&sensors).unwrap();
        std::fs::write(sensors.join("s.py"), SOURCE).unwrap();
        let store = squall_store_sqlite::open_in_memory().unwrap();
        let log = directory.path().join("log");
        std::fs::write(&log, "").unwrap();
        let values = json!({"log": log}).as_object().unwrap().clone();
        store.configs.put(Config { id: Id::derived(&["config"]), pack: "golden".into(), values }).await.unwrap();
        let settings = Settings { packs_dirs: vec![directory.path().to_owned()], ..Settings::default() };
        let sandbox = Sandbox::with(store, settings, Disturbance::default(), Arc::new(ManualClock::default()));
        Self { directory, sandbox }
    }

    fn store(&self) -> &Store {
        &self.sandbox.context.store
    }

    fn start(&self) {
        let shim = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../python");
        self.sandbox.start(SensorContainer::new(Arc::new(PythonHost::new(PythonOptions::new(shim)))));
    }

    async fn put(&self, sensor: Sensor) {
        let message = Message::Sensors { change: Change::Update, sensor: sensor.reference.clone() };
        self.store().sensors.put(sensor).await.unwrap();
        publish_quietly(&self.sandbox.context, message).await;
    }

    async fn log(&self, line: &str) {
        let log = self.directory.path().join("log");
        eventually(line, async || {
            std::fs::read_to_string(&log).unwrap().lines().any(|found| found == line).then_some(())
        })
        .await;
    }

    async fn until(&self, status: &str) -> SensorState {
        eventually(status, async || {
            let found = self.store().sensor_states.find("golden.s").await.unwrap();
            found.map(|found| found.value).filter(|state| state.status == status)
        })
        .await
    }
}

fn sensor(enabled: bool, entry_point: &str) -> Sensor {
    let sensor: Sensor = serde_json::from_value(json!({
        "name": "s", "pack": "golden", "class_name": "S", "entry_point": entry_point, "enabled": enabled,
        "trigger_types": ["golden.event"], "id": Id::derived(&["sensor"]),
    }))
    .unwrap();
    sensor.with_references()
}

fn trigger(name: &str, pack: &str, kind: &str, parameters: Value) -> Trigger {
    serde_json::from_value(json!({
        "name": name, "pack": pack, "ref": format!("{pack}.{name}"), "type": kind, "parameters": parameters,
        "id": Id::derived(&["trigger", name]),
    }))
    .unwrap()
}

#[tokio::test]
async fn a_sensor_follows_what_is_registered() {
    let bench = Bench::new().await;
    bench.put(sensor(true, "s.py")).await;
    bench.start();
    let running = bench.until("running").await;
    assert!(running.pid.is_some());
    assert_eq!((running.owner, running.restarts), (Some(bench.sandbox.context.process), 0));
    bench.log("setup token").await;

    let event = trigger("event", "golden", "golden.event", json!({"n": 1}));
    bench.store().triggers.put(event.clone()).await.unwrap();
    let message = Message::Triggers { change: Change::Create, trigger: event.reference.clone() };
    publish_quietly(&bench.sandbox.context, message.clone()).await;
    bench.log("add event").await;
    bench.store().triggers.delete(&event.id).await.unwrap();
    publish_quietly(&bench.sandbox.context, message).await;
    bench.log("remove event").await;

    bench.put(sensor(false, "s.py")).await;
    let stopped = bench.until("stopped").await;
    assert_eq!((stopped.pid, stopped.owner), (None, None));
    bench.log("cleanup").await;
    bench.sandbox.stop().await;
}

#[tokio::test]
async fn a_stop_of_the_platform_stops_the_sensors() {
    let bench = Bench::new().await;
    bench.put(sensor(true, "s.py")).await;
    bench.start();
    bench.log("setup token").await;
    bench.sandbox.stop().await;
    bench.log("cleanup").await;
    bench.until("stopped").await;
}

#[tokio::test]
async fn what_cannot_start_says_why_and_starts_when_it_is_mended() {
    let bench = Bench::new().await;
    bench.put(sensor(true, "nosuch.py")).await;
    bench.start();
    let failed = bench.until("failed").await;
    assert_eq!(
        failed.last_error.as_deref(),
        Some("the entry point `nosuch.py` is not in a file below the pack's sensors")
    );
    bench.put(sensor(true, "s.py")).await;
    bench.until("running").await;
    bench.sandbox.stop().await;
}

#[tokio::test]
async fn states_that_a_dead_process_left_are_corrected() {
    let bench = Bench::new().await;
    bench.put(sensor(true, "s.py")).await;
    bench.start();
    bench.until("running").await;
    bench.sandbox.stop().await;
    let left = SensorState { status: "running".into(), pid: Some(1), ..bench.until("stopped").await };
    bench.store().sensor_states.put(left).await.unwrap();
    bench.store().sensors.put(sensor(false, "s.py")).await.unwrap();

    let next = Sandbox::new(bench.store().clone());
    let host = Arc::new(PythonHost::new(PythonOptions::new("nosuch")));
    next.start(SensorContainer::new(host));
    bench.until("stopped").await;
    next.stop().await;
}

#[tokio::test]
async fn rules_hear_of_processes_that_come_and_go() {
    let bench = Bench::new().await;
    for name in ["st2.sensor.process_spawn", "st2.sensor.process_exit"] {
        let kind = format!("core.{name}");
        let shape = json!({"name": name, "pack": "core", "id": Id::derived(&["type", name])});
        let trigger_type: TriggerType = serde_json::from_value(shape).unwrap();
        bench.store().trigger_types.put(trigger_type.with_references()).await.unwrap();
        bench.store().triggers.put(trigger(name, "core", &kind, json!({}))).await.unwrap();
        let rule: Rule = serde_json::from_value(json!({
            "name": name, "enabled": true, "trigger": {"type": kind, "ref": kind}, "action": {"ref": "core.noop"},
            "id": Id::derived(&["rule", name]),
        }))
        .unwrap();
        bench.store().rules.put(rule.with_references()).await.unwrap();
    }
    bench.put(sensor(true, "s.py")).await;
    bench.start();
    bench.log("setup token").await;
    bench.sandbox.stop().await;

    let query = Query::all().ascending("trigger");
    let events: Vec<TriggerInstance> = bench.store().trigger_instances.list(&query).await.unwrap().items;
    let names: Vec<&str> = events.iter().map(|event| event.trigger.as_str()).collect();
    assert_eq!(names, ["core.st2.sensor.process_exit", "core.st2.sensor.process_spawn"]);
    assert_eq!(events[1].payload["id"], "S");
    assert!(events[1].payload["pid"].is_u64());
}
