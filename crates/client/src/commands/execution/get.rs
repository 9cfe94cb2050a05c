//! `execution get`

use super::details::{DetailOptions, show_details};
use super::elapsed::add_elapsed;
use crate::api::Query;
use crate::commands::resource::{GetRequest, fetch_all};
use crate::commands::{Context, Outcome};
use crate::exit::ExitCode;
use crate::kinds;

/// What is shown by default: the attributes of `run` and the log.
const ATTRIBUTES: &[&str] =
    &["id", "action.ref", "context.user", "parameters", "status", "start_timestamp", "end_timestamp", "log", "result"];
/// What is fetched whatever is shown, because the layout depends on it.
const ALWAYS_FETCHED: [&str; 5] = ["action.ref", "action.runner_type", "start_timestamp", "end_timestamp", "log"];

#[derive(Debug, Clone)]
pub(crate) struct GetExecutions {
    pub(crate) ids: Vec<String>,
    pub(crate) exclude_result: bool,
    pub(crate) detail: DetailOptions,
}

pub(crate) async fn get(context: &mut Context<'_>, request: GetExecutions) -> Outcome {
    let detail = DetailOptions { usual_attributes: Some(ATTRIBUTES), ..request.detail };
    let attributes = detail.attribute_names();
    let query = query(&attributes, request.exclude_result);
    let fetch = GetRequest { kind: &kinds::EXECUTION, ids: request.ids, query, attributes };
    for mut execution in fetch_all(context, &fetch).await? {
        if !context.is_structured() {
            add_elapsed(&mut execution, context.io.host.now());
        }
        show_details(context, &execution, &detail).await?;
    }
    Ok(ExitCode::SUCCESS)
}

fn query(attributes: &[String], exclude_result: bool) -> Query {
    if exclude_result {
        return vec![("exclude_attributes".to_owned(), "result".to_owned())];
    }
    if attributes.iter().any(|attribute| attribute == "all") {
        return Query::new();
    }
    let mut names: Vec<&str> = ALWAYS_FETCHED.to_vec();
    names.extend(attributes.iter().map(String::as_str));
    vec![("include_attributes".to_owned(), names.join(","))]
}
