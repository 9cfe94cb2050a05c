//! `run` and `execution`

use clap::{Args, Command};

use super::common::QueryBuilder;
use crate::args::{CommonArgs, DetailArgs, ExecutionCommand, ExecutionListArgs, ReRunArgs, RunArgs};
use crate::commands::execution::{
    self, DetailOptions, GetExecutions, ListExecutions, ReRunOptions, RunOptions, TailOptions, WaitOptions,
};
use crate::commands::resource::attributes_or;
use crate::commands::{CommandError, Context, Outcome};
use crate::exit::ExitCode;
use crate::kinds::EXECUTION;

/// Whether a command waits for its execution when the user does not say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waiting {
    /// As the flags say.
    Default,
    /// `action execute` never waits.
    Never,
}

pub(super) async fn run(context: &mut Context<'_>, args: RunArgs, waiting: Waiting) -> Outcome {
    let Some(action) = args.action else { return without_action(context, args.help) };
    if args.help {
        return execution::run_help(context, &action).await;
    }
    let is_async = args.no_wait || waiting == Waiting::Never;
    let options = RunOptions {
        action,
        words: args.parameters,
        inherit_env: args.inherit_env,
        auto_dict: args.detail.auto_dict,
        user: args.user,
        delay: args.detail.delay.filter(|delay| *delay > 0),
        trace_tag: args.trace_tag,
        trace_id: args.trace_id,
        wait: WaitOptions { is_async, tail: args.detail.tail, refresh: false },
        detail: detail_options(args.detail),
    };
    execution::run(context, options).await
}

fn without_action(context: &mut Context<'_>, wants_help: bool) -> Outcome {
    let help = RunArgs::augment_args(Command::new("run").disable_help_flag(true))
        .about("Run an action and wait for its result")
        .render_help()
        .to_string();
    if wants_help {
        context.write(&help)?;
        return Ok(ExitCode::SUCCESS);
    }
    let usage = help.lines().find(|line| line.starts_with("Usage:")).unwrap_or_default().to_owned();
    context.note(&format!("error: Missing action reference or id\n\n{usage}"))?;
    Err(CommandError::Told(ExitCode::REFUSED))
}

pub(super) fn detail_options(args: DetailArgs) -> DetailOptions {
    DetailOptions {
        with_schema: args.with_schema,
        raw: args.raw,
        show_tasks: args.show_tasks,
        depth: args.depth,
        widths: args.width,
        attributes: args.attr,
        usual_attributes: None,
        detail: args.detail,
        key: args.key,
    }
}

pub(super) async fn execution(context: &mut Context<'_>, command: ExecutionCommand) -> Outcome {
    match command {
        ExecutionCommand::List(args) => list(context, args).await,
        ExecutionCommand::Get(args) => {
            let detail = detail_options(args.detail);
            execution::get(context, GetExecutions { ids: args.ids, exclude_result: args.exclude_result, detail }).await
        }
        ExecutionCommand::ReRun(args) => re_run(context, args).await,
        ExecutionCommand::Cancel(args) => execution::cancel(context, &args.ids).await,
        ExecutionCommand::Pause(args) => {
            execution::set_status(context, &args.ids, "pausing", &detail_options(args.detail)).await
        }
        ExecutionCommand::Resume(args) => {
            execution::set_status(context, &args.ids, "resuming", &detail_options(args.detail)).await
        }
        ExecutionCommand::Tail(args) => {
            let options = TailOptions { output_type: args.output_type, include_metadata: args.include_metadata };
            execution::tail(context, &args.id, &options).await
        }
    }
}

async fn re_run(context: &mut Context<'_>, args: ReRunArgs) -> Outcome {
    let options = ReRunOptions {
        id: args.id,
        words: args.parameters,
        inherit_env: args.inherit_env,
        auto_dict: args.detail.auto_dict,
        tasks: args.tasks,
        no_reset: args.no_reset,
        delay: args.detail.delay.unwrap_or(0),
        wait: WaitOptions { is_async: args.no_wait, tail: args.detail.tail, refresh: false },
        detail: detail_options(args.detail),
    };
    execution::re_run(context, options).await
}

async fn list(context: &mut Context<'_>, args: ExecutionListArgs) -> Outcome {
    let attributes = attributes_or(&args.columns.attr, EXECUTION.list_attributes);
    let query = QueryBuilder::default()
        .with("limit", Some(args.last.last))
        .with("action", args.action)
        .with("status", args.status)
        .with("user", args.user)
        .with("trigger_instance", args.trigger_instance)
        .with("parent", (!args.showall).then_some("null"))
        .with("timestamp_gt", args.period.timestamp_gt)
        .with("timestamp_lt", args.period.timestamp_lt)
        .sorted(&args.sort)
        .only(&attributes)
        .build();
    let request = ListExecutions { query, attributes, widths: args.columns.width, limit: args.last.last };
    execution::list(context, request).await
}

pub(super) fn common(command: &ExecutionCommand) -> &CommonArgs {
    match command {
        ExecutionCommand::List(args) => &args.common,
        ExecutionCommand::Get(args) => &args.common,
        ExecutionCommand::ReRun(args) => &args.common,
        ExecutionCommand::Cancel(args) => &args.common,
        ExecutionCommand::Pause(args) | ExecutionCommand::Resume(args) => &args.common,
        ExecutionCommand::Tail(args) => &args.common,
    }
}
