//! The demo's installation: configuration of the packs, free ports.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::config::{self, Config};

/// Chef clients sign their requests; this key is good for the simulator only, which checks no signature.
const CHEF_CLIENT_KEY: &str = include_str!("chef_client.pem");

/// Points the integration packs at the simulator.
pub fn write_configs(directory: &Path, simulator: &str) -> Result<()> {
    let configs = [
        (
            "rackspace",
            json!({"username": "squall", "api_key": "demo-key", "region": "SIM", "identity_url": format!("{simulator}/identity/v2.0"), "poll_seconds": 0.2, "dns_settle_seconds": 2}),
        ),
        (
            "chef",
            json!({"server_url": format!("{simulator}/chef/organizations/shop"), "client_name": "squall", "client_key": CHEF_CLIENT_KEY, "poll_seconds": 0.2}),
        ),
        (
            "newrelic",
            json!({"api_url": format!("{simulator}/newrelic/v2/"), "api_key": "demo-key", "default_application": "Shop"}),
        ),
        (
            "slack",
            json!({"post_message_action": {"webhook_url": format!("{simulator}/slack/services/T000/B000/demo"), "channel": "#ops", "username": "squall"}, "action_token": "demo-token"}),
        ),
        (
            "autoscale",
            json!({"vm_image_id": "11111111-1111-4111-8111-111111111111", "vm_size_id": "2", "drain_seconds": 1, "run_list": ["recipe[base]", "recipe[web]"], "channel": "#ops"}),
        ),
    ];
    std::fs::create_dir_all(directory).with_context(|| directory.display().to_string())?;
    for (pack, values) in configs {
        let path = directory.join(format!("{pack}.yaml"));
        std::fs::write(&path, values.to_string()).with_context(|| path.display().to_string())?;
    }
    Ok(())
}

/// Returns the configuration of a platform on free ports.
pub(crate) fn config(data_dir: &Path) -> Result<Config> {
    let flags: Vec<(&'static str, Value)> = vec![
        ("data_dir", json!(data_dir)),
        ("api.port", json!(0)),
        ("auth.port", json!(0)),
        ("stream.port", json!(0)),
        ("combined.port", json!(0)),
        ("log.level", json!("error")),
    ];
    Ok(config::load(None, &BTreeMap::new(), &flags)?)
}
