//! Sensors as real processes under supervision.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use squall_python::{
    PythonHost, PythonOptions, RestartDelays, SensorEvent, SensorProcess, SensorRequest, SensorStatus,
};

use crate::server::server;

fn host() -> Arc<PythonHost> {
    Arc::new(PythonHost::new(PythonOptions::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../python"))))
}

fn delays() -> RestartDelays {
    RestartDelays {
        first: Duration::from_millis(1),
        longest: Duration::from_millis(2),
        stable_after: Duration::from_secs(600),
    }
}

/// A sensor whose body is given; it writes what happens to it into `log`.
fn sensor(directory: &Path, run: &str) -> (SensorRequest, PathBuf) {
    let log = directory.join("log");
    std::fs::write(&log, "").expect("a writable directory");
    let source = format!(
        r#"
import os, signal, sys, threading, time
from st2reactor.sensor.base import Sensor

class S(Sensor):
    def note(self, text):
        with open({log:?}, "a") as out:
            out.write(text + "\n")
    def setup(self): self.note("setup " + self.config.get("region", "-"))
    def run(self):
        {run}
    def cleanup(self): self.note("cleanup")
    def add_trigger(self, trigger): self.note("add " + trigger["id"])
    def update_trigger(self, trigger): self.note("update " + trigger["id"])
    def remove_trigger(self, trigger): self.note("remove " + trigger["id"])
"#
    );
    let file_path = directory.join("s.py");
    std::fs::write(&file_path, source).expect("a writable directory");
    let request = SensorRequest {
        pack: "golden".to_owned(),
        file_path,
        class_name: "S".to_owned(),
        trigger_types: vec!["golden.event".to_owned()],
        config: json!({"region": "us"}),
        poll_interval: None,
        triggers: Vec::new(),
        debug: false,
        pack_path: None,
        environment: BTreeMap::new(),
    };
    (request, log)
}

async fn until(process: &SensorProcess, wanted: impl Fn(&SensorStatus) -> bool) -> SensorStatus {
    let mut status = process.status();
    tokio::time::timeout(Duration::from_secs(30), status.wait_for(|status| wanted(status)))
        .await
        .expect("the sensor reaches the status in time")
        .expect("the supervisor lives")
        .clone()
}

fn trigger(id: &str) -> Value {
    json!({"id": id, "type": "golden.event"})
}

#[tokio::test]
async fn a_failing_sensor_is_started_again_with_its_reason_shown() {
    let directory = tempfile::tempdir().unwrap();
    let (request, log) = sensor(directory.path(), "raise ValueError('the moon is full')");
    let process = SensorProcess::run(host(), request, delays());
    let status = until(&process, |status| status.restarts >= 2).await;
    let error = status.last_error.unwrap();
    assert!(error.starts_with("exited with code 1\n") && error.contains("the moon is full"), "{error}");
    process.stop().await;
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.starts_with("setup us\ncleanup\nsetup us\ncleanup\n"), "{log}");
}

#[tokio::test]
async fn a_killed_sensor_learns_its_triggers_again() {
    let directory = tempfile::tempdir().unwrap();
    // The sensor ends itself once it knows both triggers of its life, so nobody has to guess when.
    let body = "\n        while True:\n            seen = open(os.path.join(os.path.dirname(__file__), 'log')).read()\n            \
                if seen.count('add b') == 1 and 'add a' in seen: os.kill(os.getpid(), 9)\n            \
                if seen.count('add b') == 2: return\n            time.sleep(0.005)";
    let (mut request, log) = sensor(directory.path(), body);
    request.triggers = vec![trigger("a")];
    let process = SensorProcess::run(host(), request, delays());
    process.notify(SensorEvent::AddTrigger(trigger("b"))).await;
    let status = until(&process, |status| status.completed).await;
    assert_eq!((status.restarts, status.running, status.pid), (1, false, None));
    let error = status.last_error.unwrap();
    assert!(error.starts_with("killed by signal 9"), "{error}");
    let log = std::fs::read_to_string(log).unwrap();
    assert_eq!(log, "setup us\nadd a\nadd b\nsetup us\nadd a\nadd b\ncleanup\n");
    process.stop().await;
}

#[tokio::test]
async fn stopping_lets_the_sensor_clean_up() {
    let directory = tempfile::tempdir().unwrap();
    let (request, log) = sensor(directory.path(), "self.note('run'); time.sleep(1000)");
    let process = SensorProcess::run(host(), request, delays());
    let status = until(&process, |status| status.pid.is_some()).await;
    assert!(status.running);
    while !std::fs::read_to_string(&log).unwrap().contains("run") {
        tokio::task::yield_now().await;
    }
    process.stop().await;
    assert_eq!(std::fs::read_to_string(log).unwrap(), "setup us\nrun\ncleanup\n");
}

#[tokio::test]
async fn a_sensor_that_cannot_be_loaded_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let (mut request, _) = sensor(directory.path(), "pass");
    request.class_name = "Absent".to_owned();
    let process = SensorProcess::run(host(), request, delays());
    let status = until(&process, |status| status.last_error.is_some()).await;
    let error = status.last_error.unwrap();
    assert!(error.contains("doesn't expose class named \"Absent\""), "{error}");
    process.stop().await;
}

/// The server that acknowledges nothing at first is the platform that restarts.
#[tokio::test]
async fn an_event_is_dispatched_until_the_platform_has_it() {
    let busy = || Some((503, json!({"faultstring": "starting"})));
    let (url, calls) =
        server(vec![None, busy(), Some((202, json!({}))), Some((400, json!({"faultstring": "no"})))]).await;
    let directory = tempfile::tempdir().unwrap();
    let body = "self.sensor_service.dispatch('golden.event', {'n': 1}); self.sensor_service.dispatch('golden.bad')";
    let (mut request, _) = sensor(directory.path(), body);
    request.environment = BTreeMap::from([
        ("ST2_ACTION_API_URL".to_owned(), url),
        ("ST2_ACTION_AUTH_TOKEN".to_owned(), "t0ken".to_owned()),
    ]);
    let process = SensorProcess::run(host(), request, delays());
    let status = until(&process, |status| status.completed || status.restarts > 0).await;
    assert_eq!(status.restarts, 0, "a refused event does not end the sensor: {status:?}");
    process.stop().await;
    let calls = calls.lock().unwrap();
    let triggers: Vec<&Value> = calls.iter().map(|call| &call.body["trigger"]).collect();
    assert_eq!(triggers, ["golden.event", "golden.event", "golden.event", "golden.bad"]);
}

#[tokio::test]
async fn a_polling_sensor_polls_not_more_often_than_allowed() {
    let directory = tempfile::tempdir().unwrap();
    let file_path = directory.path().join("p.py");
    let source = "import os\nfrom st2reactor.sensor.base import PollingSensor\n\n\nclass P(PollingSensor):\n    \
                  def setup(self): pass\n    def cleanup(self): pass\n    \
                  def poll(self): raise Exception('interval %s' % self.get_poll_interval())\n    \
                  def add_trigger(self, trigger): pass\n    update_trigger = remove_trigger = add_trigger\n";
    std::fs::write(&file_path, source).unwrap();
    let (mut request, _) = sensor(directory.path(), "pass");
    (request.file_path, request.class_name, request.poll_interval) = (file_path, "P".to_owned(), Some(1));
    let process = SensorProcess::run(host(), request, delays());
    let error = until(&process, |status| status.last_error.is_some()).await.last_error.unwrap();
    assert!(error.contains("interval 4"), "{error}");
    process.stop().await;
}
