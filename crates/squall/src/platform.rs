//! Composition: configuration → adapters → roles. Development, demo and production run this same path.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use squall_actionrunner::Runners;
use squall_bus::InProcessBus;
use squall_model::{Id, RunnerInfo, User};
use squall_packs::Registrar;
use squall_service::{
    Clock, Context, ContextParts, Entropy, Service, ServiceTokens, Settings, SystemClock, SystemEntropy, TaskKind,
    Tasks, leases,
};
use squall_store::Store;
use tokio::net::TcpListener;
use tracing::{error, info, warn};

use crate::config::Config;
use crate::{assets, secrets};

/// How long open requests may take once everything else has ended.
const CLOSING: Duration = Duration::from_secs(5);

/// A running platform.
pub(crate) struct Platform {
    pub(crate) context: Context,
    pub(crate) addresses: Addresses,
    /// Keeps the data directory locked.
    _opened: squall_store_sqlite::Opened,
}

/// Where the faces of the API are.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Addresses {
    pub(crate) api: Option<SocketAddr>,
    pub(crate) auth: Option<SocketAddr>,
    pub(crate) stream: Option<SocketAddr>,
    pub(crate) combined: Option<SocketAddr>,
}

impl Platform {
    /// Starts every role; when this returns, requests are answered.
    pub(crate) async fn start(mut config: Config) -> Result<Self> {
        let data_dir = config.settings.data_dir.clone();
        std::fs::create_dir_all(&data_dir).with_context(|| data_dir.display().to_string())?;
        let (faces, addresses) = listen(&config).await?;
        if let Some(address) = addresses.api.or(addresses.combined) {
            config.settings.api_url =
                format!("http://{address}{}/v1", if addresses.api.is_some() { "" } else { "/api" });
        }
        if let Some(address) = addresses.auth.or(addresses.combined) {
            config.settings.auth_url =
                format!("http://{address}{}", if addresses.auth.is_some() { "" } else { "/auth" });
        }
        let opened = squall_store_sqlite::open(&squall_store_sqlite::Options {
            path: Some(config.database()),
            max_pages: None,
        })?;
        assets::unpack(&data_dir.join("system")).context("could not lay out the built-in packs")?;
        let context = context(&config, opened.store.clone())?;
        let runners = Arc::new(Runners::start(&context.settings)?);
        first_start(&context).await?;
        register(&context, &runners, config.register).await?;
        leases::keep_heartbeat(&context, vec!["all".to_owned()]).await?;
        for service in roles(&context.settings, runners, faces) {
            start_role(&context, service);
        }
        Ok(Self { context, addresses, _opened: opened })
    }

    /// Stops taking work, waits for what runs as long as it is configured to, and ends.
    pub(crate) async fn drain(self) {
        self.context.tasks.stop();
        let limit = Duration::from_secs(self.context.settings.drain_seconds);
        if !self.context.tasks.wait_for_work(limit).await {
            warn!("some work did not end in time; the next start takes it up");
        }
        self.context.tasks.close();
        if !self.context.tasks.wait_for_essential(CLOSING).await {
            warn!("some part did not close in time");
        }
        if let Err(error) = leases::retire(&self.context).await {
            warn!(%error, "could not give up the leases");
        }
    }
}

/// The list of roles. A new role is one line here.
fn roles(settings: &Settings, runners: Arc<Runners>, faces: squall_api::Options) -> Vec<Box<dyn Service>> {
    vec![
        Box::new(squall_scheduler::Scheduler),
        Box::new(squall_actionrunner::ActionRunner::new(runners)),
        Box::new(squall_workflow::WorkflowEngine),
        Box::new(squall_rules::RulesEngine),
        Box::new(squall_sensors::Timers),
        Box::new(squall_sensors::SensorContainer::from_settings(settings)),
        Box::new(squall_notifier::Notifier),
        Box::new(squall_api::ApiService::new(faces)),
    ]
}

fn start_role(context: &Context, service: Box<dyn Service>) {
    let (name, own) = (service.name(), context.clone());
    context.tasks.spawn(TaskKind::Essential, name, async move {
        if let Err(error) = service.run(own).await {
            error!(%error, role = name, "a role could not go on");
        }
    });
}

async fn listen(config: &Config) -> Result<(squall_api::Options, Addresses)> {
    let bind = async |port: Option<u16>| -> Result<Option<TcpListener>> {
        let Some(port) = port else { return Ok(None) };
        let address = SocketAddr::new(config.listen, port);
        let listener = TcpListener::bind(address).await;
        Ok(Some(listener.with_context(|| format!("could not listen on {address}"))?))
    };
    let faces = squall_api::Options {
        api_listener: bind(config.api_port).await?,
        auth_listener: bind(config.auth_port).await?,
        stream_listener: bind(config.stream_port).await?,
        combined_listener: bind(config.combined_port).await?,
    };
    let address = |listener: &Option<TcpListener>| listener.as_ref().and_then(|listener| listener.local_addr().ok());
    let addresses = Addresses {
        api: address(&faces.api_listener),
        auth: address(&faces.auth_listener),
        stream: address(&faces.stream_listener),
        combined: address(&faces.combined_listener),
    };
    Ok((faces, addresses))
}

fn context(config: &Config, store: Store) -> Result<Context> {
    let data_dir = &config.settings.data_dir;
    let entropy = SystemEntropy;
    Ok(Context::new(ContextParts {
        store,
        bus: Arc::new(InProcessBus::default()),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(entropy),
        datastore_key: Some(secrets::datastore_key(data_dir)?),
        service_tokens: ServiceTokens::new(secrets::service_token_key(data_dir)?),
        tasks: Tasks::default(),
        process: Id::new(SystemClock.now(), entropy.next_u64()),
        runner_info: RunnerInfo { hostname: hostname(), pid: std::process::id() },
        settings: config.settings.clone(),
    }))
}

fn hostname() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    if name.trim().is_empty() { "localhost".to_owned() } else { name.trim().to_owned() }
}

/// Creates the first administrator where there is no user at all.
async fn first_start(context: &Context) -> Result<()> {
    if !context.settings.auth_enabled {
        return Ok(());
    }
    let users = context.store.users.list(&squall_store::Query::all().limit(1)).await?;
    if users.total > 0 {
        return Ok(());
    }
    let admin = secrets::initial_admin(&context.settings.data_dir)?;
    let hash = squall_api::hash_password(admin.password.expose(), context.entropy.as_ref())?;
    let user = User {
        id: Id::derived(&["user", &admin.user]),
        name: admin.user,
        password_hash: Some(hash),
        is_admin: true,
        is_service: false,
        nicknames: squall_model::Map::new(),
    };
    context.store.users.put(user).await?;
    info!(file = %admin.file.display(), "created the first administrator; login and password are in the file");
    Ok(())
}

async fn register(context: &Context, runners: &Runners, packs: bool) -> Result<()> {
    let settings = &context.settings;
    let registrar = Registrar {
        store: &context.store,
        bus: context.bus.as_ref(),
        packs_dirs: &settings.packs_dirs,
        configs_dir: &settings.configs_dir,
        runners: runners.names(),
    };
    registrar.register_system(&runners.types()).await?;
    if !packs {
        return Ok(());
    }
    let report = registrar.register_changed().await?;
    for (pack, diagnostic) in &report.diagnostics {
        match diagnostic.severity {
            squall_packs::Severity::Error => error!(pack, "{diagnostic}"),
            squall_packs::Severity::Warning => warn!(pack, "{diagnostic}"),
        }
    }
    if context.store.runner_types.list(&squall_store::Query::all()).await?.items.is_empty() {
        bail!("no runner could be registered");
    }
    Ok(())
}
