//! docker-compose.yml and the environment that the image brings along.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The services that run this product's image.
pub(crate) struct ComposeFile {
    pub(crate) services: Vec<Service>,
}

pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) command: Vec<String>,
    /// What the image says, with what the service says laid over it.
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) replicas: u64,
    /// The health check's command, `CMD` left out.
    pub(crate) health_check: Vec<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(name: &str) -> String {
    let path = root().join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

impl ComposeFile {
    pub(crate) fn read() -> Self {
        let value = squall_yaml::parse(&read("docker-compose.yml")).unwrap_or_else(|error| panic!("{error:?}"));
        let services = value["services"].as_object().expect("services");
        let ours = services.iter().filter(|(_, service)| service.get("build").is_some());
        Self { services: ours.map(|(name, service)| Service::read(name, service)).collect() }
    }

    pub(crate) fn service(&self, role: &str) -> &Service {
        self.services.iter().find(|service| service.role() == role).unwrap_or_else(|| panic!("no service for {role}"))
    }
}

impl Service {
    fn read(name: &str, value: &Value) -> Self {
        let mut environment = image_environment();
        for (variable, text) in value["environment"].as_object().expect("an environment") {
            environment.insert(variable.clone(), with_defaults(text.as_str().expect("a text")));
        }
        for dependency in ["rabbitmq", "mongodb"] {
            assert_eq!(value["depends_on"][dependency]["condition"], "service_healthy", "{name}");
        }
        Self {
            name: name.to_owned(),
            command: words(&value["command"]),
            environment,
            replicas: value["deploy"]["replicas"].as_u64().unwrap_or(1),
            health_check: words(&value["healthcheck"]["test"]).into_iter().skip(1).collect(),
        }
    }

    /// `serve --role ROLE`.
    pub(crate) fn role(&self) -> &str {
        match self.command.as_slice() {
            [serve, flag, role] if serve == "serve" && flag == "--role" => role,
            other => panic!("{}: not one role: {other:?}", self.name),
        }
    }
}

fn words(value: &Value) -> Vec<String> {
    let list = value.as_array().expect("a list of words");
    list.iter().map(|word| word.as_str().expect("a word").to_owned()).collect()
}

/// Reads the `ENV` of the image's last stage.
fn image_environment() -> BTreeMap<String, String> {
    let dockerfile = read("Dockerfile").replace("\\\n", " ");
    let lines = dockerfile.lines().filter_map(|line| line.strip_prefix("ENV "));
    let pairs = lines.flat_map(str::split_whitespace).filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Puts the defaults of `${NAME:-default}` in, as compose does where nothing is set.
fn with_defaults(text: &str) -> String {
    let Some((before, rest)) = text.split_once("${") else { return text.to_owned() };
    let (inside, after) = rest.split_once('}').expect("a closed variable");
    let default = inside.split_once(":-").map_or("", |(_, default)| default);
    format!("{before}{default}{}", with_defaults(after))
}
