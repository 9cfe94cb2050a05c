//! `action-alias match`, `execute` and `test`.

use serde_json::{Value, json};

use crate::api::ExecutionRequest;
use crate::commands::execution::{WaitOptions, wait_for_result};
use crate::commands::{CommandError, Context, Outcome};
use crate::exit::ExitCode;
use crate::output::multi_column_table::Columns;
use crate::output::{attributes, transform};
use crate::resource::Resource;

/// Shows the alias that a command matches.
pub(crate) async fn find_match(
    context: &mut Context<'_>,
    command: &str,
    attributes: &[String],
    widths: &[usize],
) -> Outcome {
    let answer = context.api.post("/actionalias/match", json!({ "command": command })).await?;
    let alias = Resource::from_value(answer.get("actionalias").cloned().unwrap_or(Value::Null));
    context.show_list(&[alias], Columns { attributes, widths, transforms: transform::NONE })?;
    Ok(ExitCode::SUCCESS)
}

/// Runs what a command matches, without waiting.
pub(crate) async fn execute(context: &mut Context<'_>, command: &str, user: Option<String>) -> Outcome {
    let answer = match_and_execute(context, command, user).await?;
    context.print(&format!("Matching Action-alias: '{}'", answer.text("actionalias.ref")))?;
    context.print(&format!("To get the results, execute:\n st2 execution get {}", answer.text("execution.id")))?;
    Ok(ExitCode::SUCCESS)
}

/// Runs what a command matches and shows what chat would answer.
pub(crate) async fn test(context: &mut Context<'_>, command: &str, user: Option<String>, wait: WaitOptions) -> Outcome {
    context.print("Triggering execution via action alias\n")?;
    let answer = match_and_execute(context, command, user.clone()).await?;
    let execution = Resource::from_value(answer.get("execution").cloned().unwrap_or(Value::Null));
    let execution = announce_and_wait(context, execution, wait).await?;
    context.print(&format!("\nExecution ({}) has finished, rendering result...\n", execution.id()))?;
    let request = ExecutionRequest {
        action: "chatops.format_execution_result".to_owned(),
        parameters: [("execution_id".to_owned(), Value::from(execution.id()))].into_iter().collect(),
        user: Some(user.unwrap_or_default()),
        ..ExecutionRequest::default()
    };
    let formatting = context.api.create_execution(request).await?;
    let formatted = announce_and_wait(context, formatting, WaitOptions { refresh: true, ..wait }).await?;
    let message = attributes::lookup(formatted.as_map(), "result.result.message").and_then(Value::as_str);
    let message = message.ok_or_else(|| {
        CommandError::Failed(format!("the result could not be formatted; see: st2 execution get {}", formatted.id()))
    })?;
    let rule = "=".repeat(80);
    context.print(&format!("\nFormatted ChatOps result message\n\n{rule}\n{message}\n{rule}\n"))?;
    Ok(ExitCode::SUCCESS)
}

async fn announce_and_wait(
    context: &mut Context<'_>,
    execution: Resource,
    wait: WaitOptions,
) -> Result<Resource, CommandError> {
    let id = execution.id().to_owned();
    context.print(&format!("Execution ({id}) has been started, waiting for it to finish...\n"))?;
    if wait.is_async { Ok(execution) } else { wait_for_result(context, execution, wait).await }
}

async fn match_and_execute(
    context: &Context<'_>,
    command: &str,
    user: Option<String>,
) -> Result<Resource, CommandError> {
    let body = json!({ "command": command, "user": user.unwrap_or_default(), "source_channel": "cli" });
    let answer = context.api.post("/aliasexecution/match_and_execute", body).await?;
    let first = answer.get("results").and_then(|results| results.get(0)).cloned();
    first.map(Resource::from_value).ok_or_else(|| CommandError::Failed("the server has started nothing".to_owned()))
}
