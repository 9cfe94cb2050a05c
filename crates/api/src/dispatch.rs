//! From an HTTP request to its handler and back: prefixes, authentication, request ids, CORS, errors.
//! Counterpart: st2common/router.py, `Router.__call__`.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, Method, header};
use percent_encoding::percent_decode_str;
use tracing::debug;

use crate::auth::{self, Requester};
use crate::call::{Call, Outcome};
use crate::errors::ApiError;
use crate::observe::Observed;
use crate::query::QueryString;
use crate::routes::{Access, Face};
use crate::state::State;
use crate::{body, health};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What a port serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Port {
    /// One face, at `/v1/…` and at `/…`.
    Of(Face),
    /// All faces behind their prefixes, as a proxy in front of StackStorm lays them out.
    Combined,
}

/// Answers a request.
pub(crate) async fn answer(state: Arc<State>, port: Port, mut request: Request) -> Response {
    let origin = request.headers().get(header::ORIGIN).cloned();
    // Events of webhooks carry the request's id, so it is there before the handler runs.
    let request_id = request.headers().get(&REQUEST_ID).cloned().unwrap_or_else(|| new_request_id(&state));
    request.headers_mut().insert(REQUEST_ID, request_id.clone());
    let mut observed = Observed::begin(&state.context, request.method(), request.headers());
    let outcome = route(&state, port, request, &mut observed).await;
    let mut response = outcome.unwrap_or_else(ApiError::into_response);
    observed.end(&state.context, response.status().as_u16());
    state.origins.add_headers(origin.as_ref(), response.headers_mut());
    response.headers_mut().insert(REQUEST_ID, request_id);
    response
}

async fn route(state: &Arc<State>, port: Port, request: Request, observed: &mut Observed) -> Outcome {
    let (parts, payload) = request.into_parts();
    if parts.method == Method::OPTIONS {
        return Ok(Response::new(Body::empty()));
    }
    let path = decoded(parts.uri.path())?;
    if let Some(response) = health::answer(&state.context, &parts.method, &path).await {
        return Ok(response);
    }
    let (face, path) = locate(port, &path).ok_or_else(ApiError::no_path)?;
    let (route, params) = state.routes.find(face, &parts.method, path).ok_or_else(ApiError::no_path)?;
    observed.takes(face, route.path);
    let query = QueryString::parse(parts.uri.query());
    let (requester, cookie) = match route.access {
        Access::Public => (Requester::nobody(), None),
        Access::Authenticated => auth::authenticate(state, &parts.headers, &query).await?,
    };
    debug!(method = %parts.method, path = route.path, user = requester.user, "request");
    let body = body::read(&parts.headers, payload, state.context.settings.max_body_bytes).await?;
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let call = Call {
        state: Arc::clone(state),
        requester,
        params,
        query,
        headers: parts.headers,
        body,
        cause: observed.cause(),
        peer: peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
    };
    let mut response = (route.handler)(call).await?;
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Decodes a path as a whole, so that `%2F` is a slash; escapes that are none stay as they are.
fn decoded(path: &str) -> Result<Cow<'_, str>, ApiError> {
    percent_decode_str(path).decode_utf8().map_err(|_| {
        let shown: String = percent_decode_str(path).map(char::from).collect();
        ApiError::Invalid(format!(
            "Failed to parse request path \"{shown}\". URL likely contains invalid or incorrectly URL encoded values."
        ))
    })
}

/// Returns the face that a path belongs to and what is left of the path without prefix and version.
fn locate(port: Port, path: &str) -> Option<(Face, &str)> {
    let (face, rest) = match port {
        Port::Of(face) => (face, path),
        Port::Combined => {
            let found = Face::ALL.into_iter().find_map(|face| {
                let rest = path.strip_prefix('/')?.strip_prefix(face.prefix())?;
                (rest.is_empty() || rest.starts_with('/')).then_some((face, rest))
            });
            found?
        }
    };
    let rest = match rest.strip_prefix("/v1") {
        Some(inner) if inner.is_empty() || inner.starts_with('/') => inner,
        _ => rest,
    };
    // The web client asks for the stream below /api.
    if port == Port::Combined && face == Face::Api && rest.trim_end_matches('/') == "/stream" {
        return Some((Face::Stream, rest));
    }
    Some((face, rest))
}

fn new_request_id(state: &State) -> HeaderValue {
    let text = uuid_text(state.context.entropy.hex(16));
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("unknown"))
}

/// Puts the dashes of a random UUID into 32 hex digits.
pub(crate) fn uuid_text(hex: String) -> String {
    let variant = ["8", "9", "a", "b"][usize::from(hex.as_bytes()[16] & 3)];
    format!("{}-{}-4{}-{variant}{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_port_knows_its_paths() {
        let api = Port::Of(Face::Api);
        let cases = [
            (api, "/v1/actions", Some((Face::Api, "/actions"))),
            (api, "/actions", Some((Face::Api, "/actions"))),
            (api, "/v1", Some((Face::Api, ""))),
            (api, "/v1extra", Some((Face::Api, "/v1extra"))),
            (Port::Combined, "/api/v1/actions", Some((Face::Api, "/actions"))),
            (Port::Combined, "/auth/tokens", Some((Face::Auth, "/tokens"))),
            (Port::Combined, "/stream/v1/stream", Some((Face::Stream, "/stream"))),
            (Port::Combined, "/api/v1/stream", Some((Face::Stream, "/stream"))),
            (Port::Combined, "/apiary", None),
            (Port::Combined, "/v1/actions", None),
        ];
        for (port, path, expected) in cases {
            assert_eq!(locate(port, path), expected, "{path}");
        }
    }

    #[test]
    fn escapes_that_are_no_text_are_refused() {
        assert_eq!(decoded("/a%2Fb%zz").unwrap(), "/a/b%zz");
        assert!(decoded("/%ff").unwrap_err().to_string().starts_with("Failed to parse request path \"/ÿ\"."));
    }

    #[test]
    fn a_uuid_looks_like_one() {
        assert_eq!(uuid_text("0123456789abcdef0123456789abcdef".to_owned()), "01234567-89ab-4def-8123-456789abcdef");
    }
}
