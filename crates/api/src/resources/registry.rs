//! `/service_registry`: which processes serve what. Counterpart: st2api/controllers/v1/service_registry.py.

use serde_json::{Value, json};
use squall_model::Process;
use squall_service::leases;
use squall_store::Query;

use crate::call::{self, Call, Outcome};
use crate::errors::ApiError;
use crate::routes::{Route, get};

pub(super) fn routes() -> Vec<Route> {
    vec![get("/service_registry/groups", list_groups), get("/service_registry/groups/{group_id}/members", list_members)]
}

/// StackStorm's services with the roles that do their work here.
const GROUPS: [(&str, &str); 11] = [
    ("api", "api"),
    ("auth", "api"),
    ("stream", "api"),
    ("scheduler", "scheduler"),
    ("actionrunner", "actionrunner"),
    ("workflow_engine", "workflow"),
    ("rulesengine", "rules"),
    ("sensorcontainer", "sensors"),
    ("timer_engine", "timers"),
    ("notifier", "notifier"),
    ("garbagecollector", "notifier"),
];

async fn living(call: &Call) -> Result<Vec<Process>, ApiError> {
    let alive = leases::living(call.context()).await?;
    let known = call.store().processes.list(&Query::all()).await?.items;
    Ok(known.into_iter().filter(|process| alive.contains(&process.id)).collect())
}

fn has_role(process: &Process, role: &str) -> bool {
    process.roles.iter().any(|own| own == role || own == "all")
}

async fn list_groups(call: Call) -> Outcome {
    let living = living(&call).await?;
    let served = |(_, role): &&(&str, &str)| living.iter().any(|process| has_role(process, role));
    let groups: Vec<&str> = GROUPS.iter().filter(served).map(|(group, _)| *group).collect();
    call::ok(&json!({"groups": groups}))
}

async fn list_members(call: Call) -> Outcome {
    let group = call.param("group_id");
    let role = GROUPS.iter().find(|(name, _)| *name == group).map(|(_, role)| *role);
    let living = living(&call).await?;
    let members: Vec<Value> = living
        .iter()
        .filter(|process| role.is_some_and(|role| has_role(process, role)))
        .map(|process| member(group, process))
        .collect();
    if members.is_empty() {
        return Err(ApiError::NotFound(format!("Group with ID \"{group}\" not found.")));
    }
    call::ok(&json!({"members": members}))
}

fn member(group: &str, process: &Process) -> Value {
    let kind = if matches!(group, "api" | "auth" | "stream") { "active" } else { "passive" };
    json!({
        "group_id": group,
        "member_id": format!("{}_{}", process.hostname, process.pid),
        "capabilities": {
            "name": group.replace('_', ""), "type": kind, "hostname": process.hostname, "pid": process.pid,
        },
    })
}
