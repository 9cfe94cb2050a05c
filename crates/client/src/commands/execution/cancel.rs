//! `execution cancel`

use serde_json::Value;

use crate::commands::{Context, Outcome};
use crate::exit::ExitCode;

pub(crate) async fn cancel(context: &mut Context<'_>, ids: &[String]) -> Outcome {
    let mut messages = Vec::new();
    for id in ids {
        let answer = context.api.cancel_execution(id).await?;
        let fault = answer.get("faultstring").and_then(Value::as_str).map(str::to_owned);
        messages.push(fault.unwrap_or_else(|| format!("action execution with id {id} canceled.")));
    }
    for message in messages {
        context.print(&message)?;
    }
    Ok(ExitCode::SUCCESS)
}
