//! `whoami`

use serde_json::Value;

use crate::commands::{Context, Outcome};
use crate::exit::ExitCode;
use crate::output::python;
use crate::resource::Resource;

/// As the original, this never fails: whoever is not logged in is told so.
pub(crate) async fn whoami(context: &mut Context<'_>) -> Outcome {
    let user = match context.api.document("/user").await {
        Ok(user) => Resource::from_value(user),
        Err(error) => {
            context.print("Unable to retrieve currently logged-in user")?;
            if error.status() != Some(401) {
                context.note(&error.to_string())?;
            }
            return Ok(ExitCode::SUCCESS);
        }
    };
    context.print(&format!("Currently logged in as \"{}\".\n", user.text("username")))?;
    let method = user.text("authentication.method").to_owned();
    context.print(&format!("Authentication method: {method}"))?;
    if method == "authentication token" {
        context.print(&format!("Authentication token expire time: {}", user.text("authentication.token_expire")))?;
    }
    let rbac = user.get("rbac").cloned().unwrap_or(Value::Null);
    let enabled = rbac.get("enabled").map_or_else(|| "False".to_owned(), python::text);
    let roles: Vec<&str> =
        rbac.get("roles").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    context.print(&format!("\nRBAC:\n - Enabled: {enabled}\n - Roles: {}", roles.join(", ")))?;
    Ok(ExitCode::SUCCESS)
}
