//! `execution pause` and `execution resume`

use super::details::{DetailOptions, show_details};
use super::elapsed::add_elapsed;
use crate::commands::{Context, Outcome};
use crate::exit::ExitCode;

/// Asks for the status and shows what became of the executions.
pub(crate) async fn set_status(
    context: &mut Context<'_>,
    ids: &[String],
    status: &str,
    detail: &DetailOptions,
) -> Outcome {
    let mut executions = Vec::new();
    for id in ids {
        executions.push(context.api.set_execution_status(id, status).await?);
    }
    for mut execution in executions {
        if !context.is_structured() {
            add_elapsed(&mut execution, context.io.host.now());
        }
        show_details(context, &execution, detail).await?;
    }
    Ok(ExitCode::SUCCESS)
}
