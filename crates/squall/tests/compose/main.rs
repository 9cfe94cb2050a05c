//! docker-compose.yml is what it says: every role is a service, and those very commands and environments, started as local processes,
//! play the autoscaling life cycle.

#[path = "../support/mod.rs"]
mod support;

mod file;
mod local;

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use squall::demo::lifecycle::{Group, LifeCycle, Platform, Silent};
use squall::demo::setup::write_configs;

use crate::file::{ComposeFile, Service};
use crate::local::LocalServices;
use crate::support::lanes::Lanes;
use crate::support::processes::Simulator;

const ROLES: [&str; 10] =
    ["api", "auth", "stream", "sensors", "timers", "rules", "scheduler", "workflow", "actionrunner", "notifier"];

#[test]
fn every_role_is_a_service_of_its_own() {
    let compose = ComposeFile::read();
    let mut found: Vec<&str> = compose.services.iter().map(|service| service.role()).collect();
    found.sort_unstable();
    let mut roles = ROLES.to_vec();
    roles.sort_unstable();
    assert_eq!(found, roles);
    let replicas = |role: &str| compose.service(role).replicas;
    assert_eq!((replicas("actionrunner"), replicas("workflow")), (2, 2));
}

#[test]
fn every_command_and_environment_is_one_that_the_binary_takes() {
    for service in ComposeFile::read().services {
        let shown = print_config(&service);
        assert!(shown.contains(&format!("roles: [\"{}\"]", service.role())), "{}: {shown}", service.name);
        assert!(shown.contains("store.url: \"mongodb://mongodb:27017/squall"), "{}: {shown}", service.name);
        assert!(!shown.contains(":squall@"), "a password is shown: {shown}");
    }
}

fn print_config(service: &Service) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_squall"));
    command.args(&service.command).arg("--print-config").env_clear().envs(&service.environment);
    // A volume of the container, which is no directory here.
    command.env("SQUALL_PACKS_DIRS", std::env::temp_dir());
    let output = command.output().expect("the binary starts");
    assert!(output.status.success(), "{}: {}", service.name, String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The manifests for Kubernetes start the same roles with the same settings.
#[test]
fn kubernetes_starts_the_same_roles() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/kubernetes/roles.yaml");
    let text = std::fs::read_to_string(path).expect("the manifests");
    let mut roles = Vec::new();
    for document in text.split("\n---\n").filter(|document| document.contains("kind:")) {
        let value = squall_yaml::parse(document).unwrap_or_else(|error| panic!("{error:?} in {document}"));
        if value["kind"] == "Deployment" {
            let container = &value["spec"]["template"]["spec"]["containers"][0];
            assert_eq!(container["args"][0], "serve");
            assert_eq!(container["readinessProbe"]["httpGet"]["path"], "/readyz");
            roles.push(container["args"][2].as_str().expect("a role").to_owned());
        }
    }
    roles.sort_unstable();
    let mut expected = ROLES.to_vec();
    expected.sort_unstable();
    assert_eq!(roles, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_composed_services_play_the_life_cycle() {
    let Some(lanes) = Lanes::or_say_so() else { return };
    let directory = tempfile::tempdir().expect("a temporary directory");
    let simulator = Simulator::start(directory.path());
    write_configs(&directory.path().join("configs"), &simulator.url).expect("the packs' configurations");
    let services = LocalServices::start(directory.path(), &ComposeFile::read(), &lanes);
    services.wait_until_healthy();
    let password_file = directory.path().join("keys/initial-admin-password");
    let (api, auth) = (services.url("api"), services.url("auth"));
    let platform = Platform::connect(&api, &auth, &password_file).await.expect("log in");
    let group = Group { limit: std::time::Duration::from_secs(240), ..Group::demo() };
    let life = LifeCycle::new(platform, simulator.url.clone(), group, Arc::new(Silent));
    match life.play().await {
        Ok(phases) => assert_eq!(phases.len(), 5),
        Err(error) => panic!("{error:#}\n{}", services.logs()),
    }
}
