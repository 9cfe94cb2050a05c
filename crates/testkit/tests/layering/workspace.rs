//! What cargo says about the workspace: its packages and what they name as normal or build dependencies.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

#[derive(Debug)]
pub(crate) struct Package {
    /// Without the prefix `squall-`: the name of the directory.
    pub(crate) name: String,
    pub(crate) dependencies: Vec<String>,
}

impl Package {
    pub(crate) fn new(name: &str, dependencies: &[&str]) -> Self {
        let dependencies = dependencies.iter().map(|&name| name.to_owned()).collect();
        Self { name: name.to_owned(), dependencies }
    }
}

pub(crate) fn short(name: &str) -> &str {
    name.strip_prefix("squall-").unwrap_or(name)
}

/// Reads the workspace without its dependencies and without the network.
pub(crate) fn packages() -> Vec<Package> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.toml");
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline", "--manifest-path"])
        .arg(manifest)
        .output()
        .expect("cargo can be started");
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata answers JSON");
    let packages: Vec<Package> = list(&metadata["packages"]).iter().map(package).collect();
    assert!(packages.len() > 20, "only {} packages were found", packages.len());
    packages
}

fn package(value: &Value) -> Package {
    let dependencies = list(&value["dependencies"]).iter().filter(|dependency| dependency["kind"] != "dev").map(name);
    Package { name: short(&name(value)).to_owned(), dependencies: dependencies.collect() }
}

fn name(value: &Value) -> String {
    value["name"].as_str().expect("a name").to_owned()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).expect("a list")
}
