//! `execution re-run`

use super::details::DetailOptions;
use super::parameters::{self, Words, find_runner};
use super::run::finish;
use super::wait::WaitOptions;
use crate::api::{Query, ReRunRequest};
use crate::commands::{CommandError, Context, Outcome, resource};
use crate::kinds;

#[derive(Debug, Clone, Default)]
pub(crate) struct ReRunOptions {
    pub(crate) id: String,
    pub(crate) words: Vec<String>,
    pub(crate) inherit_env: bool,
    pub(crate) auto_dict: bool,
    pub(crate) tasks: Vec<String>,
    pub(crate) no_reset: Vec<String>,
    pub(crate) delay: u64,
    pub(crate) wait: WaitOptions,
    pub(crate) detail: DetailOptions,
}

pub(crate) async fn re_run(context: &mut Context<'_>, options: ReRunOptions) -> Outcome {
    if options.no_reset.iter().any(|task| !options.tasks.contains(task)) {
        return Err(CommandError::Failed("List of tasks to reset does not match the tasks to rerun.".to_owned()));
    }
    let existing =
        context.api.find_execution(&options.id, &Query::new()).await?.ok_or_else(|| {
            CommandError::Failed(format!("Action execution with id \"{}\" cannot be found.", options.id))
        })?;
    let action = resource::find(context, &kinds::ACTION, existing.text("action.ref"), &Query::new()).await?;
    let runner = find_runner(context, &action).await?;
    let words = Words { words: options.words, inherit_env: options.inherit_env, auto_dict: options.auto_dict };
    let reset = options.tasks.iter().filter(|task| !options.no_reset.contains(task)).cloned().collect();
    let request = ReRunRequest {
        parameters: parameters::build(context, &action, &runner, &words)?,
        tasks: options.tasks,
        reset,
        delay: options.delay,
    };
    let execution = context.api.re_run_execution(&options.id, request).await?;
    finish(context, execution, options.wait, &options.detail).await
}
