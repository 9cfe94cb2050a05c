//! `run`

use super::details::{DetailOptions, show_details};
use super::parameters::{self, Words, action_reference, find_runner};
use super::wait::{WaitOptions, wait_for_result};
use crate::api::{ExecutionRequest, Query};
use crate::commands::{CommandError, Context, Outcome, resource};
use crate::exit::ExitCode;
use crate::kinds;
use crate::resource::Resource;

#[derive(Debug, Clone, Default)]
pub(crate) struct RunOptions {
    pub(crate) action: String,
    pub(crate) words: Vec<String>,
    pub(crate) inherit_env: bool,
    pub(crate) auto_dict: bool,
    pub(crate) user: Option<String>,
    pub(crate) delay: Option<u64>,
    pub(crate) trace_tag: Option<String>,
    pub(crate) trace_id: Option<String>,
    pub(crate) wait: WaitOptions,
    pub(crate) detail: DetailOptions,
}

pub(crate) async fn run(context: &mut Context<'_>, options: RunOptions) -> Outcome {
    let action = resource::find(context, &kinds::ACTION, &options.action, &Query::new()).await?;
    let runner = find_runner(context, &action).await?;
    let words = Words { words: options.words, inherit_env: options.inherit_env, auto_dict: options.auto_dict };
    let request = ExecutionRequest {
        action: action_reference(&action),
        parameters: parameters::build(context, &action, &runner, &words)?,
        user: options.user,
        delay: options.delay,
        trace_tag: options.trace_tag,
        trace_id: options.trace_id,
    };
    let execution = context.api.create_execution(request).await?;
    finish(context, execution, options.wait, &options.detail).await
}

/// Waits for a new execution and shows it, or says how to look at it later.
pub(super) async fn finish(
    context: &mut Context<'_>,
    execution: Resource,
    wait: WaitOptions,
    detail: &DetailOptions,
) -> Outcome {
    let execution =
        if wait.is_async && !wait.tail { execution } else { wait_for_result(context, execution, wait).await? };
    if wait.is_async {
        say_how_to_continue(context, execution.id())?;
    } else {
        show_details(context, &execution, detail).await?;
    }
    Ok(if execution.text("status") == "failed" { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn say_how_to_continue(context: &mut Context<'_>, id: &str) -> Result<(), CommandError> {
    context.print(&format!("To get the results, execute:\n st2 execution get {id}"))?;
    context.print(&format!("\nTo view output in real-time, execute:\n st2 execution tail {id}"))
}
