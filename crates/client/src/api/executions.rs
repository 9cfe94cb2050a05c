//! Requests that only executions understand.

use reqwest::Method;
use serde_json::{Map, Value, json};

use super::transport::{Body, Request, path_segment};
use super::{Api, ApiError, Query};
use crate::resource::Resource;

const COLLECTION: &str = "executions";

/// An execution to be requested.
#[derive(Debug, Clone, Default)]
pub struct ExecutionRequest {
    pub action: String,
    pub parameters: Map<String, Value>,
    pub user: Option<String>,
    /// Milliseconds to wait before it is scheduled.
    pub delay: Option<u64>,
    pub trace_tag: Option<String>,
    pub trace_id: Option<String>,
}

impl ExecutionRequest {
    fn into_body(self) -> Value {
        let mut body = Map::new();
        body.insert("action".to_owned(), self.action.into());
        body.insert("parameters".to_owned(), self.parameters.into());
        body.insert("user".to_owned(), self.user.into());
        if let Some(delay) = self.delay {
            body.insert("delay".to_owned(), delay.into());
        }
        let trace = match (self.trace_id, self.trace_tag) {
            (Some(id), _) => Some(json!({ "id_": id })),
            (None, Some(tag)) => Some(json!({ "trace_tag": tag })),
            (None, None) => None,
        };
        if let Some(trace) = trace {
            body.insert("context".to_owned(), json!({ "trace_context": trace }));
        }
        Value::Object(body)
    }
}

/// How an execution is run again.
#[derive(Debug, Clone, Default)]
pub struct ReRunRequest {
    pub parameters: Map<String, Value>,
    /// Only these tasks of a workflow.
    pub tasks: Vec<String>,
    /// Those of the tasks whose finished items are run again as well.
    pub reset: Vec<String>,
    pub delay: u64,
}

impl Api {
    /// Requests an execution.
    pub async fn create_execution(&self, request: ExecutionRequest) -> Result<Resource, ApiError> {
        self.create(COLLECTION, request.into_body()).await
    }

    /// An execution, or nothing when the server does not know it.
    pub async fn find_execution(&self, id: &str, query: &Query) -> Result<Option<Resource>, ApiError> {
        self.find(COLLECTION, id, query).await
    }

    /// The children of a workflow's execution, parents before their children.
    pub async fn execution_children(&self, id: &str, depth: i64) -> Result<Vec<Resource>, ApiError> {
        let query = vec![("depth".to_owned(), depth.to_string())];
        Ok(self.list(&format!("/{COLLECTION}/{}/children/", path_segment(id)), &query).await?.items)
    }

    /// What an execution has printed so far.
    pub async fn execution_output(&self, id: &str, output_type: Option<&str>) -> Result<String, ApiError> {
        let query: Query = output_type.map(|kind| ("output_type".to_owned(), kind.to_owned())).into_iter().collect();
        let request = Request::get(format!("/{COLLECTION}/{}/output", path_segment(id)), &query);
        Ok(self.transport.send(request).await?.accepted()?.text())
    }

    /// Asks for another status: `pausing`, `resuming`.
    pub async fn set_execution_status(&self, id: &str, status: &str) -> Result<Resource, ApiError> {
        self.update(COLLECTION, id, json!({ "status": status })).await
    }

    /// Asks for cancellation; the answer may be a refusal in words.
    pub async fn cancel_execution(&self, id: &str) -> Result<Value, ApiError> {
        self.delete(COLLECTION, id, &Query::new(), None).await
    }

    /// Runs an execution again.
    pub async fn re_run_execution(&self, id: &str, request: ReRunRequest) -> Result<Resource, ApiError> {
        let ReRunRequest { parameters, tasks, reset, delay } = request;
        let body = json!({ "parameters": parameters, "tasks": tasks, "reset": reset, "delay": delay });
        let path = format!("/{COLLECTION}/{}/re_run", path_segment(id));
        let request = Request::send(Method::POST, path, Body::Json(body));
        self.transport.send(request).await?.accepted()?.json().map(Resource::from_value)
    }
}
