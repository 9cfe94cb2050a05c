//! `doctor`: what is stuck, who owns it, since when, and the repair of what can be repaired. Ours, not the original's.

use std::time::Duration;

use serde_json::{Value, json};

use crate::commands::{CommandError, Context, Outcome};
use crate::exit::ExitCode;
use crate::output::table::Table;

/// How often and how long to look whether the repair has worked.
const LOOK: Duration = Duration::from_millis(500);
const LOOKS: u32 = 30;

pub(crate) async fn examine(context: &mut Context<'_>, fix: bool, yes: bool) -> Outcome {
    let report = context.api.document("/doctor").await?;
    let plan = repairs(&report);
    if !fix || plan.is_empty() {
        show(context, &report)?;
        return Ok(code(&report));
    }
    context.note(&text(&report, context.output.width))?;
    context.note(&format!("plan:\n{}", plan.join("\n")))?;
    if !yes && !agreed(context)? {
        context.note("nothing was changed")?;
        return Ok(ExitCode::FAILURE);
    }
    context.api.post("/doctor/sweep", json!({})).await?;
    let after = wait_for_repair(context).await?;
    show(context, &after)?;
    Ok(code(&after))
}

fn code(report: &Value) -> ExitCode {
    if report["healthy"] == true { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn agreed(context: &mut Context<'_>) -> Result<bool, CommandError> {
    context.write("repair this? [y/N] ")?;
    Ok(matches!(context.read_line()?.trim(), "y" | "Y" | "yes"))
}

/// The sweeps take a moment; what is still there after a while is not going to be repaired by them.
async fn wait_for_repair(context: &mut Context<'_>) -> Result<Value, CommandError> {
    let mut report = Value::Null;
    for _ in 0..LOOKS {
        context.io.host.sleep(LOOK).await;
        report = context.api.document("/doctor").await?;
        if repairs(&report).is_empty() {
            break;
        }
    }
    Ok(report)
}

fn findings(report: &Value) -> impl Iterator<Item = &Value> {
    report["findings"].as_array().into_iter().flatten()
}

/// What the sweeps would do, one line each.
fn repairs(report: &Value) -> Vec<String> {
    let line = |finding: &Value| Some(format!("  {}: {}", finding["subject"].as_str()?, finding["repair"].as_str()?));
    findings(report).filter_map(line).collect()
}

fn show(context: &mut Context<'_>, report: &Value) -> Result<(), CommandError> {
    let shown = match context.output.document(report) {
        Some(document) => document,
        None => text(report, context.output.width),
    };
    context.print(&shown)
}

/// Returns the report for people.
pub fn text(report: &Value, width: usize) -> String {
    let count = |name: &str| report[name].as_u64().unwrap_or_default();
    let summary = format!(
        "{} processes alive, {} executions unfinished, {} events pending",
        count("living_processes"),
        count("unfinished_executions"),
        count("pending_events")
    );
    if report["healthy"] == true {
        return format!("{summary}\nnothing is stuck");
    }
    let cell = |finding: &Value, name: &str| finding[name].as_str().unwrap_or("-").to_owned();
    let columns = ["since", "subject", "detail", "owner", "repair"];
    let rows = findings(report).map(|finding| columns.iter().map(|name| cell(finding, name)).collect());
    // Times and owners are short; what is left of the line is for what is wrong.
    let wide = width.saturating_sub(28 + 20 + 16).max(40) / 2;
    let table = Table {
        headers: columns.iter().map(|name| (*name).to_owned()).collect(),
        max_widths: vec![28, wide, wide, 20, 20],
        rows: rows.collect(),
    };
    let more = if report["more"] == true { "\n… and more" } else { "" };
    format!("{summary}\n{}{more}", table.render())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_says_what_is_stuck_who_owns_it_and_since_when() {
        let report = json!({
            "healthy": false, "more": false,
            "living_processes": 1, "unfinished_executions": 3, "pending_events": 0,
            "findings": [
                {"kind": "owner_dead", "subject": "execution a (core.local)", "detail": "running, but its owner is gone",
                 "owner": "h, process 7 (dead)", "since": "2026-01-01T00:00:00.000000Z", "repair": "mark it as abandoned"},
                {"kind": "disk_nearly_full", "subject": "/data", "detail": "10 MB free of 100 MB"},
            ],
        });
        let shown = text(&report, 160);
        for part in ["3 executions unfinished", "core.local", "process 7 (dead)", "2026-01-01", "10 MB free"] {
            assert!(shown.contains(part), "{part} is not in\n{shown}");
        }
        assert_eq!(repairs(&report), ["  execution a (core.local): mark it as abandoned"]);
        assert_eq!(code(&report), ExitCode::FAILURE);
        assert_eq!(code(&json!({"healthy": true})), ExitCode::SUCCESS);
    }
}
