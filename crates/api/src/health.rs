//! `/healthz`, `/readyz` and `/metrics`: on every port and without credentials, and on a port of their own for processes without a
//! face of the API.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, StatusCode, header};
use squall_service::{Context, Service, ServiceError, health};
use tokio::net::TcpListener;
use tracing::info;

use crate::metrics;

/// Answers if the path is one of these: alive means that the process answers, ready that store, bus and every role of it do too.
pub(crate) async fn answer(context: &Context, method: &Method, path: &str) -> Option<Response> {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return None;
    }
    match path {
        "/healthz" => Some((StatusCode::OK, "ok\n").into_response()),
        "/readyz" => Some(readiness(context).await),
        "/metrics" => Some(metrics::answer(context).await),
        _ => None,
    }
}

async fn readiness(context: &Context) -> Response {
    let found = health::readiness(context).await;
    let status = if found.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    // What has only texts and flags in it can be written.
    let text = serde_json::to_string_pretty(&found).unwrap_or_default() + "\n";
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// A port with nothing but these on it.
pub struct HealthFace {
    listener: TcpListener,
}

impl HealthFace {
    pub fn new(listener: TcpListener) -> Self {
        Self { listener }
    }
}

#[async_trait::async_trait]
impl Service for HealthFace {
    fn name(&self) -> &'static str {
        "health"
    }

    async fn run(self: Box<Self>, context: Context) -> Result<(), ServiceError> {
        info!(address = ?self.listener.local_addr().ok(), "serving health and metrics");
        let mut closing = context.tasks.closing();
        let shared = Arc::new(context);
        let router = Router::new().fallback(move |request: Request| {
            let (context, method) = (Arc::clone(&shared), request.method().clone());
            let path = request.uri().path().to_owned();
            async move { answer_or_refuse(&context, &method, &path).await }
        });
        axum::serve(self.listener, router)
            .with_graceful_shutdown(async move { closing.wait().await })
            .await
            .map_err(|error| ServiceError::Other(format!("serving health and metrics failed: {error}")))
    }
}

async fn answer_or_refuse(context: &Context, method: &Method, path: &str) -> Response {
    let answered = answer(context, method, path).await;
    answered
        .unwrap_or_else(|| (StatusCode::NOT_FOUND, "only /healthz, /readyz and /metrics are here\n").into_response())
}
