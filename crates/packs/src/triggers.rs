//! Triggers: a trigger type with parameters, made when a rule needs it and dropped when none does.
//! Counterpart: st2common/services/triggers.py.

use md5::{Digest, Md5};
use serde_json::Value;
use squall_bus::{Bus, Change, Message};
use squall_model::{Id, Map, ResourceRef, Trigger, TriggerType};
use squall_store::{Query, Store};

#[derive(Debug, thiserror::Error)]
pub enum TriggerError {
    #[error("trigger type \"{0}\" does not exist")]
    UnknownType(String),
    /// The type asks for parameters, and none or unfit ones were given.
    #[error("{reason}")]
    InvalidParameters { trigger_type: String, reason: String },
    #[error(transparent)]
    Store(#[from] squall_store::Error),
}

/// Returns the trigger of this type with these parameters, making it when there is none. Doing it twice gives the same trigger.
pub async fn ensure_trigger(
    store: &Store,
    bus: &dyn Bus,
    type_reference: &str,
    parameters: &Map,
) -> Result<Trigger, TriggerError> {
    let Some(found) = store.trigger_types.find(type_reference).await? else {
        return Err(TriggerError::UnknownType(type_reference.to_owned()));
    };
    let trigger_type = found.value;
    check_parameters(&trigger_type, parameters)?;
    let of_type = store.triggers.list(&Query::all().equals("type", type_reference)).await?;
    if let Some(existing) = of_type.items.into_iter().find(|trigger| &trigger.parameters == parameters) {
        return Ok(existing);
    }
    let trigger = new_trigger(&trigger_type, parameters.clone());
    store.triggers.put(trigger.clone()).await?;
    announce(bus, Change::Create, &trigger).await;
    Ok(trigger)
}

/// Removes a trigger that no rule refers to any more; triggers without parameters stay for as long as their type.
pub async fn drop_unused_trigger(store: &Store, bus: &dyn Bus, reference: &str) -> Result<(), TriggerError> {
    let Some(found) = store.triggers.find(reference).await? else { return Ok(()) };
    let users = store.rules.list(&Query::all().equals("trigger.ref", reference).limit(1)).await?;
    if users.total == 0 && !found.value.parameters.is_empty() {
        store.triggers.delete(&found.value.id).await?;
        announce(bus, Change::Delete, &found.value).await;
    } else {
        announce(bus, Change::Update, &found.value).await;
    }
    Ok(())
}

async fn announce(bus: &dyn Bus, change: Change, trigger: &Trigger) {
    // Whoever keeps timers and webhooks also looks at the store from time to time.
    let _unheard = bus.publish(Message::Triggers { change, trigger: trigger.reference.clone() }).await;
}

fn check_parameters(trigger_type: &TriggerType, parameters: &Map) -> Result<(), TriggerError> {
    let schema = Value::Object(trigger_type.parameters_schema.clone());
    if trigger_type.parameters_schema.is_empty() {
        return Ok(());
    }
    let schema = squall_parameters::schema::allow_null_defaults(&schema);
    let violations = squall_parameters::schema::validate(&schema, &Value::Object(parameters.clone()));
    match violations.into_iter().next() {
        None => Ok(()),
        Some(violation) => Err(TriggerError::InvalidParameters {
            trigger_type: trigger_type.reference.clone(),
            reason: violation.explanation(),
        }),
    }
}

/// Returns the trigger that a type without parameters has by itself.
pub(crate) fn shadow_trigger(trigger_type: &TriggerType) -> Option<Trigger> {
    trigger_type.parameters_schema.is_empty().then(|| new_trigger(trigger_type, Map::new()))
}

fn new_trigger(trigger_type: &TriggerType, parameters: Map) -> Trigger {
    let canonical = python_json(&Value::Object(parameters.clone()));
    let id = Id::derived(&["trigger", &trigger_type.reference, &canonical]);
    let name = if parameters.is_empty() { trigger_type.name.clone() } else { uuid_of(&id, &canonical) };
    let digest: String = Md5::digest(canonical.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    Trigger {
        reference: ResourceRef::new(&trigger_type.pack, &name).to_string(),
        uid: format!("trigger:{}:{name}:{digest}", trigger_type.pack),
        name,
        pack: trigger_type.pack.clone(),
        kind: trigger_type.reference.clone(),
        parameters,
        description: None,
        id,
    }
}

/// Returns a name of the form of a UUID (version 4) that follows from the trigger's id.
fn uuid_of(id: &Id, canonical: &str) -> String {
    let more = Id::derived(&["uuid", &id.to_string(), canonical]);
    let digits = format!("{id}{more}");
    format!("{}-{}-4{}-a{}-{}", &digits[..8], &digits[8..12], &digits[13..16], &digits[17..20], &digits[20..32])
}

/// Returns the JSON that Python's `json.dumps(value, sort_keys=True)` writes, which trigger uids hash.
fn python_json(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let mut keys: Vec<&String> = fields.keys().collect();
            keys.sort();
            let parts: Vec<String> = keys
                .into_iter()
                .map(|key| format!("{}: {}", python_json(&Value::String(key.clone())), python_json(&fields[key])))
                .collect();
            format!("{{{}}}", parts.join(", "))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(python_json).collect::<Vec<_>>().join(", "))
        }
        Value::String(text) => ascii_json(text),
        other => other.to_string(),
    }
}

fn ascii_json(text: &str) -> String {
    let quoted = Value::String(text.to_owned()).to_string();
    let mut ascii = String::with_capacity(quoted.len());
    for letter in quoted.chars() {
        if letter.is_ascii() {
            ascii.push(letter);
        } else {
            let mut units = [0; 2];
            for unit in letter.encode_utf16(&mut units) {
                ascii.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    ascii
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn writes_json_as_python_does() {
        let value = json!({"b": [1, true, null], "a": "é\"\u{1F600}"});
        assert_eq!(python_json(&value), r#"{"a": "\u00e9\"\ud83d\ude00", "b": [1, true, null]}"#);
    }
}
