//! `/webhooks`: requests from outside as events. Counterpart: st2api/controllers/v1/webhooks.py.

use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};
use squall_model::Trigger;
use squall_service::{DispatchError, TriggerDispatch, dispatch_trigger, rendering};
use squall_store::Query;

use crate::call::{self, Call, Outcome};
use crate::dispatch::uuid_text;
use crate::errors::ApiError;
use crate::routes::{Route, get, post};
use crate::validation::{self, python};

const TYPE: &str = "core.st2.webhook";
const TRACE_TAG: &str = "st2-trace-tag";

/// Headers that carry credentials: no event holds them.
const SECRET_HEADERS: [&str; 5] = ["st2-api-key", "x-auth-token", "cookie", "authorization", "proxy-authorization"];

pub(super) fn routes() -> Vec<Route> {
    vec![get("/webhooks", list_all), get("/webhooks/{url}", get_one), post("/webhooks/{*hook}", receive)]
}

async fn list_all(call: Call) -> Outcome {
    call::ok(&triggers(&call).await?)
}

async fn get_one(call: Call) -> Outcome {
    let url = call.param("url");
    let found = triggers(&call).await?.into_iter().find(|trigger| is_for(trigger, url));
    call::ok(&found.ok_or_else(|| ApiError::NotFound(format!("Webhook {url} not registered with st2")))?)
}

async fn triggers(call: &Call) -> Result<Vec<Trigger>, ApiError> {
    Ok(call.store().triggers.list(&Query::all().equals("type", TYPE)).await?.items)
}

fn is_for(trigger: &Trigger, url: &str) -> bool {
    trigger.parameters.get("url").and_then(Value::as_str).is_some_and(|own| own.trim_matches('/') == url)
}

async fn receive(call: Call) -> Outcome {
    let body = call.any_body()?;
    let hook = call.param("hook").trim_end_matches('/').to_owned();
    if hook == "st2" {
        return receive_any_trigger(&call, body).await;
    }
    validation::check(&json!({"type": ["object", "array"]}), &body)?;
    let listening: Vec<Trigger> = triggers(&call).await?.into_iter().filter(|trigger| is_for(trigger, &hook)).collect();
    if listening.is_empty() {
        return Err(ApiError::NotFound(format!("Webhook {hook} not registered with st2")));
    }
    let payload = payload(&call.headers, &body);
    for trigger in listening {
        dispatch(&call, &hook, trigger.reference, payload.clone()).await?;
    }
    call::json(StatusCode::ACCEPTED, &body)
}

/// Answers the hook `st2`, whose body names any trigger and holds its payload.
async fn receive_any_trigger(call: &Call, body: Value) -> Outcome {
    let Value::Object(fields) = &body else {
        let kind = if body.is_array() { "array" } else { "value" };
        return Err(ApiError::Invalid(format!("Webhook body needs to be an object, got: {kind}")));
    };
    let reference = fields.get("trigger").and_then(Value::as_str).filter(|text| !text.is_empty());
    let reference = reference.ok_or_else(|| ApiError::invalid("Trigger not specified."))?;
    let payload = fields.get("payload").cloned().unwrap_or(Value::Null);
    let refuse = |reason: &str| {
        let shown = payload.as_str().map_or_else(|| python(&payload), str::to_owned);
        ApiError::Invalid(format!(
            "Trigger payload validation failed and validation is enabled, not dispatching a trigger \"{reference}\" ({shown}): {reason}"
        ))
    };
    if !payload.is_object() {
        let reason = format!("{} is not of type 'object'", python(&payload));
        let kind = call.store().trigger_types.find(reference).await?;
        let schema = kind.map(|kind| Value::Object(kind.value.payload_schema)).unwrap_or_default();
        return Err(refuse(&rendering::payload_violation(&schema, &payload).unwrap_or(reason)));
    }
    match dispatch(call, "st2", reference.to_owned(), payload.clone()).await {
        Ok(()) => call::json(StatusCode::ACCEPTED, &body),
        Err(DispatchError::InvalidPayload { reason, .. }) => Err(refuse(&reason)),
        Err(DispatchError::UnknownTrigger(_)) => {
            // A type that takes parameters has no trigger until a rule makes one: nobody listens, and that is no mistake.
            if let Some(kind) = call.store().trigger_types.find(reference).await? {
                let schema = Value::Object(kind.value.payload_schema);
                return match rendering::payload_violation(&schema, &payload) {
                    Some(reason) => Err(refuse(&reason)),
                    None => call::json(StatusCode::ACCEPTED, &body),
                };
            }
            Err(refuse(&format!("Trigger type with reference \"{reference}\" doesn't exist in the database")))
        }
        Err(other) => Err(other.into()),
    }
}

async fn dispatch(call: &Call, hook: &str, trigger: String, payload: Value) -> Result<(), DispatchError> {
    let tag = call.header(TRACE_TAG).filter(|tag| !tag.is_empty()).map(str::to_owned);
    let tag =
        tag.unwrap_or_else(|| format!("webhook-{hook}-{}", uuid_text(call.context().entropy.hex(16)).replace('-', "")));
    let mut trace_context = Map::from_iter([("trace_tag".to_owned(), Value::String(tag))]);
    call.carry_cause(&mut trace_context);
    dispatch_trigger(call.context(), TriggerDispatch { trigger, payload, trace_context, id: None }).await.map(|_| ())
}

fn payload(headers: &HeaderMap, body: &Value) -> Value {
    let (mut titled, mut lower) = (Map::new(), Map::new());
    for (name, value) in headers {
        let name = name.as_str();
        if SECRET_HEADERS.contains(&name) || name == TRACE_TAG {
            continue;
        }
        let value = Value::String(String::from_utf8_lossy(value.as_bytes()).into_owned());
        titled.insert(title_case(name), value.clone());
        lower.insert(name.to_owned(), value);
    }
    json!({"headers": titled, "headers_lower": lower, "body": body})
}

/// Writes a header's name as WSGI servers do: `X-Request-Id`.
fn title_case(name: &str) -> String {
    let word = |word: &str| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_ascii_uppercase() + rest
    };
    name.split('-').map(word).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn no_credential_gets_into_an_event() {
        let mut headers = HeaderMap::new();
        for name in SECRET_HEADERS {
            headers.insert(name, HeaderValue::from_static("canary"));
        }
        headers.insert("x-request-id", HeaderValue::from_static("r"));
        headers.insert("st2-trace-tag", HeaderValue::from_static("t"));
        let payload = payload(&headers, &json!({"a": 1}));
        let expected =
            json!({"headers": {"X-Request-Id": "r"}, "headers_lower": {"x-request-id": "r"}, "body": {"a": 1}});
        assert_eq!(payload, expected);
    }
}
