//! A running API with its context, and a client of a few lines.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use squall_api::{ApiService, Options, hash_password};
use squall_bus::InProcessBus;
use squall_model::{Id, Map, RunnerInfo, Secret, Trigger, TriggerType, User};
use squall_service::crypto::DatastoreKey;
use squall_service::{Context, ContextParts, Service, ServiceTokens, Settings, SystemEntropy, Tasks};
use squall_testkit::ManualClock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub(crate) struct Server {
    pub(crate) context: Context,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) api: SocketAddr,
    pub(crate) auth: SocketAddr,
    pub(crate) stream: SocketAddr,
    pub(crate) combined: SocketAddr,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    pub(crate) fn fault(&self) -> String {
        self.json()["faultstring"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

impl Server {
    /// Starts with authentication switched off.
    pub(crate) async fn start() -> Self {
        Self::start_with(Settings { auth_enabled: false, ..Settings::default() }).await
    }

    pub(crate) async fn start_with(settings: Settings) -> Self {
        let clock = Arc::new(ManualClock::default());
        let entropy = Arc::new(SystemEntropy);
        let context = Context::new(ContextParts {
            store: squall_store_sqlite::open_in_memory().unwrap(),
            bus: Arc::new(InProcessBus::default()),
            clock: Arc::<ManualClock>::clone(&clock),
            datastore_key: Some(DatastoreKey::generate(entropy.as_ref())),
            entropy,
            settings,
            service_tokens: ServiceTokens::new(Secret::new("secret of the installation")),
            tasks: Tasks::default(),
            process: Id::derived(&["process"]),
            runner_info: RunnerInfo { hostname: "host".to_owned(), pid: 1 },
        });
        fill(&context).await;
        let mut listeners = Vec::new();
        for _ in 0..4 {
            listeners.push(TcpListener::bind("127.0.0.1:0").await.unwrap());
        }
        let addresses: Vec<SocketAddr> = listeners.iter().map(|listener| listener.local_addr().unwrap()).collect();
        let mut listeners = listeners.into_iter();
        let service = Box::new(ApiService::new(Options {
            api_listener: listeners.next(),
            auth_listener: listeners.next(),
            stream_listener: listeners.next(),
            combined_listener: listeners.next(),
            trigger_check: Some(|_, parameters| {
                parameters.get("url").filter(|url| *url == "refused").map(|_| "no such url".to_owned())
            }),
        }));
        tokio::spawn(service.run(context.clone()));
        Self { context, clock, api: addresses[0], auth: addresses[1], stream: addresses[2], combined: addresses[3] }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        send(self.api, "GET", path, &[], "").await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        send(self.api, "DELETE", path, &[], "").await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        send(self.api, "POST", path, &[], &body.to_string()).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        send(self.api, "PUT", path, &[], &body.to_string()).await
    }

    pub(crate) async fn add_user(&self, name: &str, password: &str, is_admin: bool) {
        let user = User {
            id: Id::derived(&["user", name]),
            name: name.to_owned(),
            password_hash: Some(hash_password(password, &SystemEntropy).unwrap()),
            is_admin,
            is_service: false,
            nicknames: Map::new(),
        };
        self.context.store.users.put(user).await.unwrap();
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

/// Registers what the tests use: a runner, two actions, trigger types.
async fn fill(context: &Context) {
    let store = &context.store;
    store.runner_types.put(squall_testkit::runner_type("noop")).await.unwrap();
    store.actions.put(squall_testkit::action("core", "noop", "noop")).await.unwrap();
    store.actions.put(squall_testkit::action("examples", "noop", "noop")).await.unwrap();
    let url = json!({"type": "object", "properties": {"url": {"type": "string", "required": true}}});
    store.trigger_types.put(trigger_type("st2.webhook", url)).await.unwrap();
    store.trigger_types.put(trigger_type("plain", json!({}))).await.unwrap();
    store.triggers.put(plain_trigger("plain")).await.unwrap();
    store.triggers.put(plain_trigger("st2.key_value_pair.value_change")).await.unwrap();
    store.trigger_types.put(trigger_type("st2.key_value_pair.value_change", json!({}))).await.unwrap();
}

fn trigger_type(name: &str, parameters_schema: Value) -> TriggerType {
    let Value::Object(parameters_schema) = parameters_schema else { unreachable!() };
    TriggerType {
        tags: Vec::new(),
        uid: String::new(),
        metadata_file: None,
        name: name.to_owned(),
        reference: String::new(),
        description: None,
        pack: "core".to_owned(),
        payload_schema: Map::new(),
        parameters_schema,
        id: Id::derived(&["type", name]),
    }
    .with_references()
}

fn plain_trigger(name: &str) -> Trigger {
    Trigger {
        name: name.to_owned(),
        pack: "core".to_owned(),
        reference: format!("core.{name}"),
        uid: String::new(),
        kind: format!("core.{name}"),
        parameters: Map::new(),
        description: None,
        id: Id::derived(&["trigger", name]),
    }
}

/// Sends one request and reads the whole answer.
pub(crate) async fn send(to: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut connection = request(to, method, path, headers, body).await;
    let mut received = Vec::new();
    connection.read_to_end(&mut received).await.unwrap();
    let received = String::from_utf8_lossy(&received).into_owned();
    let (head, text) = received.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head: head.to_owned(), text: text.to_owned() }
}

/// Sends one request and hands over the connection.
pub(crate) async fn request(
    to: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> TcpStream {
    let mut text =
        format!("{method} {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    text.push_str(body);
    let mut connection = TcpStream::connect(to).await.unwrap();
    connection.write_all(text.as_bytes()).await.unwrap();
    connection
}
