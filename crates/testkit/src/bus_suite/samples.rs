//! A message of every kind, among them those whose parts an adapter may leave to the store.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use squall_bus::wire::Originals;
use squall_bus::{Announcement, Change, Message, Result};
use squall_model::{
    Execution, Id, LogEntry, Map, OutputChunk, OutputType, RunnerInfo, Status, Timestamp, TriggerInstance,
    TriggerInstanceStatus,
};

use crate::execution;

const NOW: Timestamp = Timestamp::from_micros(1_767_225_600_123_456);

/// What the secret parameter of a sample holds: it must be seen nowhere outside.
pub const SECRET: &str = "hunter2-must-not-travel";

pub fn samples() -> Vec<Message> {
    let mut messages = vec![
        Message::Control { execution: with_status(execution("control", NOW), Status::Canceling) },
        Message::Triggers { change: Change::Create, trigger: "core.st2.webhook".to_owned() },
        Message::Sensors { change: Change::Delete, sensor: "p.sensor".to_owned() },
        Message::Catalogue { kind: "rule", id: Id::derived(&["rule"]) },
        Message::Output(Arc::new(chunk())),
        Message::Announcement(Arc::new(announcement())),
    ];
    messages.extend(trigger_instances().into_iter().map(Message::TriggerInstance));
    let changed = |execution| Message::Execution { change: Change::Update, execution };
    messages.extend(executions().into_iter().map(changed));
    messages
}

/// Knows the documents of the samples.
pub struct SampleOriginals {
    executions: HashMap<Id, Arc<Execution>>,
    instances: HashMap<Id, Arc<TriggerInstance>>,
}

impl Default for SampleOriginals {
    fn default() -> Self {
        let executions = executions().into_iter().map(|execution| (execution.id, execution)).collect();
        let instances = trigger_instances().into_iter().map(|instance| (instance.id, instance)).collect();
        Self { executions, instances }
    }
}

#[async_trait]
impl Originals for SampleOriginals {
    async fn execution(&self, id: &Id) -> Result<Option<Arc<Execution>>> {
        Ok(self.executions.get(id).cloned())
    }

    async fn trigger_instance(&self, id: &Id) -> Result<Option<Arc<TriggerInstance>>> {
        Ok(self.instances.get(id).cloned())
    }
}

fn executions() -> Vec<Arc<Execution>> {
    let mut everything = execution("everything", NOW);
    everything.parent = Some(Id::derived(&["parent"]));
    everything.delay = Some(1500);
    everything.notify = Some(json!({"on-complete": {"message": "m", "routes": ["r"]}}));
    everything.workflow_execution = Some(Id::derived(&["workflow"]));
    everything.task_execution = Some(Id::derived(&["task"]));
    for part in [&mut everything.rule, &mut everything.trigger] {
        *part = Some(json!({"id": "x", "name": "ä", "empty": {}, "zero": 0.0}));
    }
    for part in [&mut everything.trigger_type, &mut everything.trigger_instance] {
        *part = Some(json!([null, false]));
    }
    everything.parameters = Map::from_iter([("nested".to_owned(), json!({"a": [1, 2.5, null]}))]);
    everything.status = Status::Running;
    everything.log.push(LogEntry { timestamp: NOW, status: Status::Running });
    everything.runner_info = Some(RunnerInfo { hostname: "h".to_owned(), pid: 7 });
    everything.owner = Some(Id::derived(&["process"]));
    everything.attempt = 3;
    everything.wake_at = Some(NOW);
    everything.revision = 17;
    let secret = execution_with_secret();
    let plain = [("null", "null"), ("empty", "\"\""), ("object", "{\"large\":false}")];
    let plain = plain.map(|(word, result)| ended(word, result.to_owned()));
    let large = ended("large", json!("x".repeat(100_000)).to_string());
    let mut noted = execution("noted", NOW);
    noted.callback = Map::from_iter([("url".to_owned(), json!("http://nowhere.invalid"))]);
    [everything, secret, misspelt(), noted, large].into_iter().chain(plain).map(Arc::new).collect()
}

fn execution_with_secret() -> Execution {
    let mut execution = execution("secret", NOW);
    let mut snapshot = execution.snapshot.as_ref().clone();
    snapshot.action.parameters = Map::from_iter([("password".to_owned(), json!({"type": "string", "secret": true}))]);
    execution.snapshot = Arc::new(snapshot);
    execution.parameters = Map::from_iter([("password".to_owned(), json!(SECRET)), ("open".to_owned(), json!("seen"))]);
    execution
}

/// Nobody knows whether a parameter without a schema was meant to be the secret one.
fn misspelt() -> Execution {
    let mut execution = execution("misspelt", NOW);
    let mut snapshot = execution.snapshot.as_ref().clone();
    snapshot.action.parameters = Map::from_iter([
        ("password".to_owned(), json!({"type": "string", "secret": true})),
        ("open".to_owned(), json!({"type": "string"})),
    ]);
    execution.snapshot = Arc::new(snapshot);
    execution.parameters = Map::from_iter([("pasword".to_owned(), json!(SECRET)), ("open".to_owned(), json!("seen"))]);
    execution
}

fn ended(word: &str, result: String) -> Execution {
    let mut execution = execution(word, NOW);
    execution.status = Status::Succeeded;
    execution.end_timestamp = Some(NOW);
    execution.result = Some(Arc::from(RawValue::from_string(result).expect("a result is JSON")));
    execution
}

fn with_status(mut execution: Execution, status: Status) -> Arc<Execution> {
    execution.status = status;
    Arc::new(execution)
}

fn trigger_instances() -> Vec<Arc<TriggerInstance>> {
    let payloads = [json!({"body": {"n": 1}}), json!([]), Value::Null, json!({"large": "x".repeat(100_000)})];
    let instance = |(number, payload): (usize, Value)| TriggerInstance {
        id: Id::derived(&["event", &number.to_string()]),
        trigger: "core.t".to_owned(),
        payload,
        occurrence_time: NOW,
        status: TriggerInstanceStatus::Pending,
        trace_context: Map::from_iter([("trace_tag".to_owned(), json!("tag"))]),
    };
    payloads.into_iter().enumerate().map(instance).map(Arc::new).collect()
}

fn chunk() -> OutputChunk {
    OutputChunk {
        id: Id::derived(&["chunk"]),
        execution_id: Id::derived(&["execution", "everything"]),
        action_ref: "core.local".to_owned(),
        runner_ref: "local-shell-cmd".to_owned(),
        timestamp: NOW,
        output_type: OutputType::Stdout,
        data: "line\n".to_owned(),
    }
}

fn announcement() -> Announcement {
    Announcement {
        // Longer than a routing key may be.
        route: format!("chatops-{}", "ö".repeat(200)),
        payload: json!({"text": "hello"}),
        trace_context: Map::from_iter([("trace_tag".to_owned(), json!("tag"))]),
    }
}
