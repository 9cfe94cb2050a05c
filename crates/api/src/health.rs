//! `/healthz` and `/readyz`, on every port and without credentials.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use squall_service::Context;
use squall_store::Query;

/// Answers if the path is one of the two: alive means that the process answers, ready that the store does too.
pub(crate) async fn answer(context: &Context, path: &str) -> Option<Response> {
    match path {
        "/healthz" => Some((StatusCode::OK, "ok\n").into_response()),
        "/readyz" => Some(readiness(context).await),
        _ => None,
    }
}

async fn readiness(context: &Context) -> Response {
    if context.tasks.is_stopping() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n").into_response();
    }
    // Of a kind that is never answered from memory.
    match context.store.processes.list(&Query::all().limit(1)).await {
        Ok(_) => (StatusCode::OK, "ready\n").into_response(),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n")).into_response(),
    }
}
