//! Shows the steps of an installation while it runs.

use crate::api::Query;
use crate::commands::execution::{DetailOptions, WaitOptions, show_details, wait_for_result};
use crate::commands::{CommandError, Context};
use crate::execution::{is_completed, task_name};
use crate::exit::ExitCode;
use crate::resource::Resource;

const EVENTS: [&str; 2] = ["st2.execution__create", "st2.execution__update"];

/// Follows the execution; when it fails, it is shown and the command ends.
pub(super) async fn watch(
    context: &mut Context<'_>,
    id: &str,
    failure_details: &DetailOptions,
) -> Result<Resource, CommandError> {
    let last_event = follow(context, id).await?;
    if let Some(execution) = last_event.filter(|execution| execution.text("status") == "failed") {
        show_details(context, &execution, failure_details).await?;
        return Err(CommandError::Told(ExitCode::FAILURE));
    }
    let execution = context.api.find_execution(id, &Query::new()).await?;
    let execution = execution.ok_or_else(|| CommandError::missing("id", id))?;
    if is_completed(execution.text("status")) {
        return Ok(execution);
    }
    // The stream has ended too early: ask until the execution has finished.
    let execution = wait_for_result(context, execution, WaitOptions::default()).await?;
    if execution.text("status") == "failed" {
        show_details(context, &execution, failure_details).await?;
        return Err(CommandError::Told(ExitCode::FAILURE));
    }
    Ok(execution)
}

/// The execution as the last event of the stream tells it, if the stream tells its end.
async fn follow(context: &mut Context<'_>, id: &str) -> Result<Option<Resource>, CommandError> {
    let host = context.io.host.clone();
    let mut stream = context.api.listen(&EVENTS, id).await?;
    let mut shown = false;
    let mut end = None;
    loop {
        let next = tokio::select! {
            biased;
            () = host.interrupted() => {
                context.note(&format!("\nStopped waiting; the work goes on.\nTo see it, execute:\n st2 execution get {id}"))?;
                return Err(CommandError::Told(ExitCode::INTERRUPTED));
            }
            next = stream.next() => next,
        };
        let Ok(Some(event)) = next else { break };
        let execution = Resource::from_value(event.data);
        if execution.id() == id && is_completed(execution.text("status")) {
            end = Some(execution);
            break;
        }
        if execution.text("parent") == id && !context.is_structured() {
            shown |= show_step(context, &execution)?;
        }
    }
    if shown {
        context.write("\n\n")?;
    }
    Ok(end)
}

/// A new step starts a line, and what becomes of it replaces the line.
fn show_step(context: &mut Context<'_>, execution: &Resource) -> Result<bool, CommandError> {
    let status = execution.text("status");
    let start = match status {
        "scheduled" => '\n',
        status if status == "running" || is_completed(status) => '\r',
        _ => return Ok(false),
    };
    let text = format!("{status:^20}");
    let colored = text.replacen(status, &context.output.palette.status(status), 1);
    context.write(&format!("{start}\t[{colored}] {}", task_name(execution).unwrap_or("unknown")))?;
    Ok(true)
}
