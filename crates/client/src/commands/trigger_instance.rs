//! `trigger-instance re-emit`

use serde_json::Value;

use crate::commands::{Context, Outcome};
use crate::exit::ExitCode;
use crate::output::{Transform, Transforms};

/// How a list of events shows when they happened.
pub(crate) const TRANSFORMS: Transforms = &[("occurrence_time", Transform::Date)];

pub(crate) async fn re_emit(context: &mut Context<'_>, id: &str) -> Outcome {
    let answer = context.api.post(&format!("/triggerinstances/{id}/re_emit"), Value::Null).await?;
    if let Some(message) = answer.get("message").and_then(Value::as_str) {
        context.print(message)?;
    }
    Ok(ExitCode::SUCCESS)
}
