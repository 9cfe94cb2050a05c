//! Looks at the platform and the simulator while the life cycle is played, for the screen.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::demo::call::{Platform, Simulator};
use crate::demo::screen::Screen;

const PERIOD: Duration = Duration::from_millis(250);

pub(super) fn start(platform: Platform, simulator: String, screen: Arc<Screen>) -> JoinHandle<()> {
    tokio::spawn(async move {
        let Ok(simulator) = Simulator::new(simulator) else { return };
        let mut heard = 0;
        loop {
            // What can't be seen now is seen the next time.
            if let Ok(seen) = look(&platform, &simulator, &screen, heard).await {
                heard = seen;
            }
            tokio::time::sleep(PERIOD).await;
        }
    })
}

async fn look(platform: &Platform, simulator: &Simulator, screen: &Screen, heard: u64) -> Result<u64> {
    let chat = simulator.get(&format!("/slack/messages?since={heard}")).await?;
    let mut last = heard;
    for message in chat["messages"].as_array().into_iter().flatten() {
        last = last.max(message["n"].as_u64().unwrap_or(0));
        screen.chat(message["channel"].as_str().unwrap_or_default(), message["text"].as_str().unwrap_or_default());
    }
    if screen.is_live() {
        let nodes = nodes(&simulator.get("/state").await?);
        screen.live(&tree(platform).await?, &nodes);
    }
    Ok(last)
}

/// Returns the members of the load balancers, one text each.
fn nodes(state: &Value) -> Vec<String> {
    let balancers = state["load_balancers"].as_array().into_iter().flatten();
    let members = balancers
        .filter(|found| found["status"] != "DELETED")
        .flat_map(|found| found["nodes"].as_array().into_iter().flatten());
    members
        .map(|node| {
            let mark = if node["condition"] == "ENABLED" { "●" } else { "○" };
            format!("{mark} {}", node["address"].as_str().unwrap_or_default())
        })
        .collect()
}

/// Returns the newest running workflow as an indented tree of its actions.
async fn tree(platform: &Platform) -> Result<Vec<String>> {
    let path = "/executions?status=running&runner=orquesta&parent=null&limit=1&exclude_attributes=result";
    let running = platform.get(path).await?.body;
    let Some(root) = running.as_array().and_then(|found| found.first()) else { return Ok(Vec::new()) };
    let Some(id) = root["id"].as_str() else { return Ok(Vec::new()) };
    let children = platform.get(&format!("/executions/{id}/children?depth=-1")).await?.body;
    let children = children.as_array().cloned().unwrap_or_default();
    let mut lines = vec![format!("{} {}", mark(root), root["action"]["ref"].as_str().unwrap_or_default())];
    branch(&mut lines, &children, id, 1);
    Ok(lines)
}

fn branch(lines: &mut Vec<String>, all: &[Value], parent: &str, depth: usize) {
    for child in all.iter().filter(|child| child["parent"].as_str() == Some(parent)) {
        let task = child.pointer("/context/orquesta/task_name").and_then(Value::as_str).unwrap_or_default();
        let action = child["action"]["ref"].as_str().unwrap_or_default();
        lines.push(format!("{}{} {task} ({action})", "  ".repeat(depth), mark(child)));
        if let Some(id) = child["id"].as_str() {
            branch(lines, all, id, depth + 1);
        }
    }
}

fn mark(execution: &Value) -> &'static str {
    match execution["status"].as_str().unwrap_or_default() {
        "succeeded" => "✓",
        "failed" | "timeout" | "abandoned" => "✗",
        "running" => "▶",
        _ => "·",
    }
}
