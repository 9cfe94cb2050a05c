//! Waits for an execution to finish, through restarts of the server and until the user has had enough.

use std::time::Duration;

use super::progress::Progress;
use super::tail::{TailOptions, tail_execution};
use crate::api::{ApiError, Query};
use crate::commands::{CommandError, Context};
use crate::execution::{is_pending, is_workflow};
use crate::exit::ExitCode;
use crate::resource::Resource;

/// Quick actions are answered quickly; after that, one question every two seconds as the original.
const POLL_INTERVALS: [Duration; 4] =
    [Duration::from_millis(200), Duration::from_millis(400), Duration::from_secs(1), Duration::from_secs(2)];

/// How a new execution is waited for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct WaitOptions {
    /// Do not wait at all.
    pub(crate) is_async: bool,
    /// Show output while it is produced.
    pub(crate) tail: bool,
    /// Ask once more although the execution has finished already.
    pub(crate) refresh: bool,
}

/// The execution as it is once it has finished.
pub(crate) async fn wait_for_result(
    context: &mut Context<'_>,
    execution: Resource,
    options: WaitOptions,
) -> Result<Resource, CommandError> {
    if options.tail {
        return tail_and_fetch(context, execution).await;
    }
    let mut execution = execution;
    let mut progress = Progress::start(context);
    let mut polls = 0;
    while is_pending(execution.text("status")) {
        let interval = POLL_INTERVALS[polls.min(POLL_INTERVALS.len() - 1)];
        polls += 1;
        pause(context, interval, &mut progress, execution.id()).await?;
        execution = poll(context, execution, &mut progress).await?;
    }
    progress.finish(context)?;
    if polls == 0 && options.refresh {
        execution = fetch(context, execution.id()).await?;
    }
    Ok(execution)
}

async fn tail_and_fetch(context: &mut Context<'_>, execution: Resource) -> Result<Resource, CommandError> {
    context.print(&format!("Tailing execution \"{}\"", execution.id()))?;
    tail_execution(context, &execution, &TailOptions::default()).await?;
    let execution = fetch(context, execution.id()).await?;
    context.print("")?;
    Ok(execution)
}

/// Sleeps; Ctrl-C ends the command with a word on how to go on.
async fn pause(
    context: &mut Context<'_>,
    interval: Duration,
    progress: &mut Progress,
    id: &str,
) -> Result<(), CommandError> {
    let host = context.io.host.clone();
    let interrupted = tokio::select! {
        biased;
        () = host.interrupted() => true,
        () = host.sleep(interval) => false,
    };
    if interrupted {
        progress.erase(context)?;
        return Err(interrupt(context, id)?);
    }
    Ok(())
}

/// Says that the execution goes on, and how to look at it.
pub(super) fn interrupt(context: &mut Context<'_>, id: &str) -> Result<CommandError, CommandError> {
    context.note(&format!(
        "\nStopped waiting; the execution goes on.\nTo get the results, execute:\n st2 execution get {id}\nTo cancel it, execute:\n st2 execution cancel {id}"
    ))?;
    Ok(CommandError::Told(ExitCode::INTERRUPTED))
}

/// Asks for the execution; while the server is away, the last known state stands.
async fn poll(context: &mut Context<'_>, known: Resource, progress: &mut Progress) -> Result<Resource, CommandError> {
    let host = context.io.host.clone();
    let query = Query::new();
    let asked = tokio::select! {
        biased;
        () = host.interrupted() => None,
        answer = context.api.find_execution(known.id(), &query) => Some(answer),
    };
    let Some(answer) = asked else {
        progress.erase(context)?;
        return Err(interrupt(context, known.id())?);
    };
    match answer {
        Ok(Some(execution)) => {
            let children = if progress.is_live() && is_workflow(&execution) && is_pending(execution.text("status")) {
                context.api.execution_children(execution.id(), -1).await.unwrap_or_default()
            } else {
                Vec::new()
            };
            progress.update(context, &execution, &children)?;
            Ok(execution)
        }
        Ok(None) => Err(CommandError::missing("id", known.id())),
        Err(error) if error.is_passing() => {
            progress.server_is_away(context, &error)?;
            Ok(known)
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn fetch(context: &Context<'_>, id: &str) -> Result<Resource, CommandError> {
    let found: Result<Option<Resource>, ApiError> = context.api.find_execution(id, &Query::new()).await;
    found?.ok_or_else(|| CommandError::missing("id", id))
}
