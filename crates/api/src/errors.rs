//! What goes wrong, as clients see it: one match from kinds of errors to status and `faultstring`.
//! Counterpart: st2common/middleware/error_handling.py.

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use squall_model::{Id, InvalidTimestamp};
use squall_service::{DatastoreError, DispatchError, RequestError};
use squall_store::Error as StoreError;
use tracing::error;

/// The text for a path or a method that nothing answers to.
pub(crate) const NO_SUCH_PATH: &str = "The resource could not be found.";

#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    #[error("{0}")]
    Invalid(String),
    #[error("{0}")]
    Unauthorized(String),
    #[error("{0}")]
    Forbidden(String),
    #[error("{0}")]
    NotFound(String),
    #[error("{message}")]
    Conflict { message: String, id: Option<Id> },
    #[error("{0}")]
    PreconditionFailed(String),
    #[error("Request body is larger than {0} bytes.")]
    TooLarge(usize),
    #[error("{0}")]
    TooManyRequests(String),
    /// The store or the bus can't be reached now; nothing was acknowledged.
    #[error("{0}")]
    Unavailable(String),
    /// Our own fault: logged in full, not told.
    #[error("Internal Server Error")]
    Internal(String),
}

impl ApiError {
    pub(crate) fn invalid(text: impl Into<String>) -> Self {
        Self::Invalid(text.into())
    }

    /// The error for a reference or an id that names nothing.
    pub(crate) fn no_resource(reference: &str) -> Self {
        Self::NotFound(format!("Resource with a reference or id \"{reference}\" not found"))
    }

    /// The error for an id that names nothing, where only ids are taken.
    pub(crate) fn no_id(id: &str) -> Self {
        Self::NotFound(format!("Unable to identify resource with id \"{id}\"."))
    }

    pub(crate) fn no_path() -> Self {
        Self::NotFound(NO_SUCH_PATH.to_owned())
    }

    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Conflict { .. } => StatusCode::CONFLICT,
            Self::PreconditionFailed(_) => StatusCode::PRECONDITION_FAILED,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooManyRequests(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Returns after how many seconds trying again is worth while.
    const fn retry_after(&self) -> Option<(HeaderName, HeaderValue)> {
        match self {
            Self::Unavailable(_) => Some((header::RETRY_AFTER, HeaderValue::from_static("1"))),
            Self::TooManyRequests(_) => Some((header::RETRY_AFTER, HeaderValue::from_static("60"))),
            _ => None,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        if let Self::Internal(reason) = &self {
            error!(reason, "a request failed");
        }
        let mut body = json!({"faultstring": self.to_string()});
        if let Self::Conflict { id, .. } = &self {
            body["conflict-id"] = id.map_or(Value::Null, |id| json!(id));
        }
        let content_type = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let mut response = (self.status(), [content_type], body.to_string()).into_response();
        response.headers_mut().extend(self.retry_after());
        response
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict { id, .. } => {
                Self::Conflict { message: format!("Tried to save duplicate unique keys ({error})"), id }
            }
            StoreError::Unavailable(_) => Self::Unavailable(error.to_string()),
            StoreError::Refused { .. } => {
                Self::Conflict { message: "The object was changed by somebody else meanwhile.".to_owned(), id: None }
            }
            StoreError::Corrupt(_) => Self::Internal(error.to_string()),
        }
    }
}

impl From<RequestError> for ApiError {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Store(error) => error.into(),
            other => Self::Invalid(other.to_string()),
        }
    }
}

impl From<DatastoreError> for ApiError {
    fn from(error: DatastoreError) -> Self {
        match error {
            DatastoreError::Store(error) => error.into(),
            DatastoreError::Changed { .. } => Self::PreconditionFailed(error.to_string()),
            other => Self::Invalid(other.to_string()),
        }
    }
}

impl From<DispatchError> for ApiError {
    fn from(error: DispatchError) -> Self {
        match error {
            DispatchError::Store(error) => error.into(),
            other => Self::Invalid(other.to_string()),
        }
    }
}

impl From<squall_bus::Error> for ApiError {
    fn from(error: squall_bus::Error) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<InvalidTimestamp> for ApiError {
    fn from(error: InvalidTimestamp) -> Self {
        Self::Invalid(error.to_string())
    }
}
