//! The control plane under `/_sim`: look at the world, break it, move its time.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::call::Call;
use crate::fault::FaultSpec;
use crate::mask::mask;
use crate::newrelic::Metric;
use crate::reply::{Refusal, Reply};
use crate::service::Answer;
use crate::world::World;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QuotaChange {
    servers: Option<usize>,
    load_balancer_nodes: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Saying {
    channel: String,
    #[serde(default)]
    user: Option<String>,
    text: String,
}

/// How far to move the simulator's time.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClockMove {
    pub(crate) advance_ms: u64,
}

/// Whether a request only looks at the simulator and so does not belong in its journal.
pub(crate) fn is_unrecorded(call: &Call, segments: &[&str]) -> bool {
    let looks = ["health", "state", "journal", "tagged", "slack"];
    call.method == "GET" && matches!(segments, ["_sim", first, ..] if looks.contains(first))
}

/// Answers what follows `/_sim`.
pub(crate) fn answer(world: &mut World, call: &Call, path: &[&str]) -> Answer {
    match (call.method.as_str(), path) {
        ("GET", ["health"]) => {
            let (now, seq) = (world.env.now.to_millis_text(), world.journal.last_seq());
            Ok(Reply::ok(json!({"ok": true, "now": now, "journal_seq": seq})))
        }
        ("GET", ["state"]) => Ok(Reply::ok(mask(world.snapshot()))),
        ("GET", ["journal"]) => {
            let since = call.query("since").and_then(|since| since.parse().ok()).unwrap_or(0);
            Ok(Reply::ok(json!({"lines": world.journal.since(since), "last_seq": world.journal.last_seq()})))
        }
        ("GET", ["tagged", group]) => {
            let items = world.tagged(group);
            Ok(Reply::ok(json!({"group": group, "count": items.len(), "items": items})))
        }
        ("GET", ["faults"]) => Ok(Reply::ok(json!({"faults": world.faults.view()}))),
        ("POST", ["faults"]) => add_faults(world, call),
        ("DELETE", ["faults"]) => Ok(Reply::ok(json!({"removed": world.faults.remove(None)}))),
        ("DELETE", ["faults", id]) => {
            let id = id.parse().map_err(|_| Refusal::new(404, "no such fault"))?;
            Ok(Reply::ok(json!({"removed": world.faults.remove(Some(id))})))
        }
        ("POST", ["clock"]) => Ok(Reply::ok(json!({"now": world.env.now.to_millis_text()}))),
        ("POST", ["quota"]) => set_quota(world, call),
        ("POST", ["reset"]) => {
            world.reset();
            Ok(Reply::ok(json!({"ok": true})))
        }
        ("POST", ["newrelic", "metric"]) => {
            let metric: Metric = call.read()?;
            world.newrelic.set_metric(metric);
            Ok(Reply::ok(json!({"ok": true})))
        }
        ("GET", ["slack", "messages"]) => Ok(world.slack.messages(call)),
        ("POST", ["slack", "say"]) => {
            let saying: Saying = call.read()?;
            let user = saying.user.as_deref().unwrap_or("U00000002");
            Ok(Reply::ok(world.slack.say(&saying.channel, user, &saying.text, world.env.now)))
        }
        _ => Err(Refusal::no_such_route()),
    }
}

fn add_faults(world: &mut World, call: &Call) -> Answer {
    let specs: Vec<FaultSpec> = match call.body_value() {
        Value::Array(_) => call.read()?,
        _ => vec![call.read()?],
    };
    let added: Vec<Value> = specs.into_iter().map(|spec| world.faults.add(spec)).collect();
    Ok(Reply::json(201, json!({"faults": added})))
}

fn set_quota(world: &mut World, call: &Call) -> Answer {
    let change: QuotaChange = call.read()?;
    let quota = &mut world.env.quota;
    quota.servers = change.servers.unwrap_or(quota.servers);
    quota.load_balancer_nodes = change.load_balancer_nodes.unwrap_or(quota.load_balancer_nodes);
    Ok(Reply::ok(json!({"servers": quota.servers, "load_balancer_nodes": quota.load_balancer_nodes})))
}
