//! A request as handlers see it, and what they answer with.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::Value;
use squall_model::{Id, Map};
use squall_service::Context;
use squall_store::Store;
use squall_telemetry::Traceparent;

use crate::auth::Requester;
use crate::errors::ApiError;
use crate::query::QueryString;
use crate::state::State;
use crate::{body, validation};

/// The answer of a handler.
pub(crate) type Outcome = Result<Response, ApiError>;

/// One request on its way to its handler.
pub(crate) struct Call {
    pub(crate) state: Arc<State>,
    pub(crate) requester: Requester,
    pub(crate) params: Vec<(&'static str, String)>,
    pub(crate) query: QueryString,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Where in a trace the request is, for what it causes.
    pub(crate) cause: Option<Traceparent>,
    pub(crate) peer: IpAddr,
}

impl Call {
    pub(crate) fn context(&self) -> &Context {
        &self.state.context
    }

    pub(crate) fn store(&self) -> &Store {
        &self.state.context.store
    }

    /// Returns a parameter of the path; empty when the route has none of that name.
    pub(crate) fn param(&self, name: &str) -> &str {
        self.params.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value)
    }

    /// Returns the id in the path; an invalid one names nothing.
    pub(crate) fn id_param(&self, name: &str) -> Result<Id, ApiError> {
        let text = self.param(name);
        text.parse().map_err(|_| ApiError::no_id(text))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Puts the request's place in its trace into the trace context of what it causes.
    pub(crate) fn carry_cause(&self, trace_context: &mut Map) {
        if let Some(cause) = self.cause {
            trace_context.entry("traceparent").or_insert_with(|| Value::String(cause.to_string()));
        }
    }

    /// Returns the body, whatever its type.
    pub(crate) fn any_body(&self) -> Result<Value, ApiError> {
        body::parse(&self.headers, &self.body)
    }

    /// Returns the body if it fits the schema.
    pub(crate) fn checked_body(&self, schema: &Value) -> Result<Value, ApiError> {
        let value = self.any_body()?;
        validation::check(schema, &value)?;
        Ok(value)
    }

    /// Tells whether secrets are to be masked in the answer.
    pub(crate) fn masks_secrets(&self) -> Result<bool, ApiError> {
        let shown = self.query.boolean("show_secrets")?.unwrap_or(false);
        Ok(self.context().settings.mask_secrets && !shown)
    }
}

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Answers with JSON.
pub(crate) fn json(status: StatusCode, value: &(impl Serialize + ?Sized)) -> Outcome {
    let text = serde_json::to_vec(value).map_err(|error| ApiError::Internal(error.to_string()))?;
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, JSON);
    Ok(response)
}

pub(crate) fn ok(value: &(impl Serialize + ?Sized)) -> Outcome {
    json(StatusCode::OK, value)
}

pub(crate) fn created(value: &(impl Serialize + ?Sized)) -> Outcome {
    json(StatusCode::CREATED, value)
}

/// Answers that it is done and there is nothing to say.
pub(crate) fn no_content() -> Outcome {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}

/// Answers with bytes of a content type.
pub(crate) fn bytes(content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
