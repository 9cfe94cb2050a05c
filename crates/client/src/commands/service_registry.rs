//! `service-registry group list` and `service-registry member list`

use serde_json::{Value, json};

use crate::commands::{CommandError, Context, Outcome};
use crate::exit::ExitCode;
use crate::output::multi_column_table::Columns;
use crate::output::transform;
use crate::resource::Resource;

pub(crate) async fn list_groups(context: &mut Context<'_>, attributes: &[String], widths: &[usize]) -> Outcome {
    let groups: Vec<Resource> =
        group_ids(context).await?.iter().map(|group| Resource::from_value(json!({ "group_id": group }))).collect();
    context.show_matches(&groups, Columns { attributes, widths, transforms: transform::NONE })?;
    Ok(ExitCode::SUCCESS)
}

/// The members of one group, or of all.
pub(crate) async fn list_members(
    context: &mut Context<'_>,
    group: Option<String>,
    attributes: &[String],
    widths: &[usize],
) -> Outcome {
    let groups = match group {
        Some(group) => vec![group],
        None => group_ids(context).await?,
    };
    let mut members = Vec::new();
    for group in &groups {
        let answer = context.api.document(&format!("/service_registry/groups/{group}/members")).await?;
        for member in answer.get("members").and_then(Value::as_array).into_iter().flatten() {
            members.push(Resource::from_value(json!({
                "group_id": group,
                "member_id": member.get("member_id"),
                "capabilities": member.get("capabilities"),
            })));
        }
    }
    context.show_matches(&members, Columns { attributes, widths, transforms: transform::NONE })?;
    Ok(ExitCode::SUCCESS)
}

async fn group_ids(context: &Context<'_>) -> Result<Vec<String>, CommandError> {
    let answer = context.api.document("/service_registry/groups").await?;
    let groups = answer.get("groups").and_then(Value::as_array).cloned().unwrap_or_default();
    Ok(groups.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}
