//! `webhook list`

use serde_json::Value;

use crate::api::Query;
use crate::commands::{Context, Outcome};
use crate::exit::ExitCode;
use crate::output::multi_column_table::Columns;
use crate::output::transform;

#[derive(Debug, Clone)]
pub(crate) struct ListWebhooks {
    pub(crate) query: Query,
    pub(crate) attributes: Vec<String>,
    pub(crate) widths: Vec<usize>,
}

/// The list, with the URL of each webhook and sorted by it.
pub(crate) async fn list(context: &mut Context<'_>, request: ListWebhooks) -> Outcome {
    let mut webhooks = context.api.list("/webhooks", &request.query).await?.items;
    for webhook in &mut webhooks {
        let url = webhook.get("parameters").and_then(|parameters| parameters.get("url")).cloned();
        webhook.set("url", url.unwrap_or(Value::Null));
    }
    webhooks.sort_by(|left, right| left.text("url").cmp(right.text("url")));
    let columns = Columns { attributes: &request.attributes, widths: &request.widths, transforms: transform::NONE };
    context.show_matches(&webhooks, columns)?;
    Ok(ExitCode::SUCCESS)
}
