//! `GET /` and `GET /user`. Counterparts: st2api/controllers/root.py, v1/user.py.

use serde_json::{Value, json};

use crate::auth::{Location, Method};
use crate::call::{self, Call, Outcome};
use crate::routes::{Route, get};

pub(super) fn routes() -> Vec<Route> {
    vec![get("/", root), get("/user", user)]
}

async fn root(_call: Call) -> Outcome {
    call::ok(&json!({"version": env!("CARGO_PKG_VERSION"), "docs_url": "http://docs.stackstorm.com"}))
}

async fn user(call: Call) -> Outcome {
    let requester = &call.requester;
    let method = match requester.method {
        Method::None => "none",
        Method::Token => "authentication token",
        Method::ApiKey => "API key",
    };
    let location = match requester.location {
        Location::Header => "header",
        Location::Query => "query",
    };
    let mut authentication = json!({"method": method, "location": location});
    if let Some(expiry) = requester.token_expiry {
        let text = expiry.to_string();
        let seconds = text.split_once('.').map_or(text.as_str(), |(seconds, _)| seconds);
        authentication["token_expire"] = Value::String(format!("{seconds}Z"));
    }
    call::ok(&json!({
        "username": requester.user,
        "authentication": authentication,
        "rbac": {"enabled": false, "roles": [], "is_admin": true},
    }))
}
