//! What the platform itself brings: trigger types of the `core` pack, policy types, rule types.
//! Counterparts: st2common/constants/triggers.py, st2common/constants/rule_enforcement.py, st2common/policies/meta/.

use serde_json::{Value, json};
use squall_model::{Id, PolicyType, TriggerType};

/// Returns the trigger types that the platform emits.
pub fn trigger_types() -> Vec<TriggerType> {
    let types: Vec<TriggerType> = constants(include_str!("system/trigger_types.json"));
    let named = types.into_iter().map(TriggerType::with_references);
    named.map(|found| TriggerType { id: Id::derived(&["trigger_type", &found.reference]), ..found }).collect()
}

/// Returns the policy types.
pub fn policy_types() -> Vec<PolicyType> {
    let types: Vec<PolicyType> = constants(include_str!("system/policy_types.json"));
    types.into_iter().map(|found| PolicyType { id: Id::derived(&["policy_type", &found.reference]), ..found }).collect()
}

/// Returns the rule types as the API shows them.
pub fn rule_types() -> Vec<Value> {
    let rule_type = |name: &str, description: &str| json!({"id": Id::derived(&["rule_type", name]), "name": name, "description": description, "enabled": true, "parameters": {}});
    vec![
        rule_type("standard", "Applies whenever its criteria match."),
        rule_type("backstop", "Applies when no other rule matched the trigger instance."),
    ]
}

fn constants<T: serde::de::DeserializeOwned>(text: &str) -> Vec<T> {
    // The text is part of the binary; a test reads it.
    serde_json::from_str(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_types_are_readable() {
        assert_eq!(trigger_types().len(), 14);
        assert!(trigger_types().iter().any(|found| found.reference == "core.st2.webhook"));
        assert_eq!(policy_types().len(), 3);
    }
}
