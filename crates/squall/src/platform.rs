//! Composition: configuration → adapters → roles. Development, demo and production run this same path.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use squall_actionrunner::Runners;
use squall_model::{Id, RunnerInfo, User};
use squall_packs::Registrar;
use squall_service::{
    Clock, Context, ContextParts, Entropy, Service, ServiceTokens, SystemClock, SystemEntropy, TaskKind, Tasks,
    ask_for_what_was_lost, hear_sweep_requests, leases,
};
use tokio::net::TcpListener;
use tracing::{error, info, warn};

use crate::backends::Backends;
use crate::config::Config;
use crate::roles::{self, Role};
use crate::{assets, secrets};

/// How long open requests may take once everything else has ended.
const CLOSING: Duration = Duration::from_secs(5);

/// A running platform.
pub(crate) struct Platform {
    pub(crate) context: Context,
    pub(crate) addresses: Addresses,
    /// Keeps the data directory locked and the connections open.
    _backends: Backends,
}

/// Where the faces of the API are.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Addresses {
    pub(crate) api: Option<SocketAddr>,
    pub(crate) auth: Option<SocketAddr>,
    pub(crate) stream: Option<SocketAddr>,
    pub(crate) combined: Option<SocketAddr>,
    /// Health and metrics alone.
    pub(crate) health: Option<SocketAddr>,
}

impl Platform {
    /// Starts the roles of this process; when this returns, requests are answered.
    pub(crate) async fn start(mut config: Config) -> Result<Self> {
        let roles = config.roles();
        let data_dir = config.settings.data_dir.clone();
        for directory in [&data_dir, &config.keys_dir] {
            std::fs::create_dir_all(directory)
                .with_context(|| format!("could not create the directory {}", directory.display()))?;
        }
        let (faces, mut addresses) = listen(&config, &roles).await?;
        let health = listen_for_health(&config).await?;
        addresses.health = health.as_ref().and_then(|listener| listener.local_addr().ok());
        tell_own_urls(&mut config, &addresses);
        let backends = Backends::open(&config).await?;
        assets::unpack(&data_dir.join("system")).context("could not lay out the built-in packs")?;
        let context = context(&config, &backends)?;
        let runners = Arc::new(Runners::start(&context.settings)?);
        if roles.iter().any(|role| matches!(role, Role::Api | Role::Auth)) {
            first_start(&context, &config.keys_dir).await?;
        }
        if roles.contains(&Role::Api) {
            register(&context, &runners, config.register).await?;
        }
        context.tasks.spawn(TaskKind::Background, "sweep-requests", hear_sweep_requests(context.clone()));
        context.tasks.spawn(TaskKind::Background, "lost-messages", ask_for_what_was_lost(context.clone()));
        leases::keep_heartbeat(&context, roles.iter().map(|role| role.name().to_owned()).collect()).await?;
        let services = roles::services(&roles, &context.settings, runners, faces);
        let health = health.map(|listener| Box::new(squall_api::HealthFace::new(listener)) as Box<dyn Service>);
        for service in services.into_iter().chain(health) {
            start_role(&context, service);
        }
        Ok(Self { context, addresses, _backends: backends })
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

fn start_role(context: &Context, service: Box<dyn Service>) {
    let (name, own) = (service.name(), context.clone());
    context.health.role_runs(name, context.now());
    context.tasks.spawn(TaskKind::Essential, name, async move {
        let (health, clock) = (own.health.clone(), own.clock.clone());
        match service.run(own).await {
            Ok(()) => health.role_ended(name, "it has ended", clock.now()),
            Err(error) => {
                error!(%error, role = name, "a role could not go on");
                health.role_ended(name, error.to_string(), clock.now());
            }
        }
    });
}

/// Opens the port for health and metrics, whatever the roles of this process are.
async fn listen_for_health(config: &Config) -> Result<Option<TcpListener>> {
    let Some(port) = config.health_port else { return Ok(None) };
    let address = SocketAddr::new(config.listen, port);
    let listener = TcpListener::bind(address).await;
    listener.map(Some).with_context(|| format!("could not listen on {address}"))
}

/// Opens the ports of the faces that are roles of this process; the combined port has all three or is not there.
async fn listen(config: &Config, roles: &BTreeSet<Role>) -> Result<(squall_api::Options, Addresses)> {
    let bind = async |port: Option<u16>, wanted: &[Role]| -> Result<Option<TcpListener>> {
        let Some(port) = port.filter(|_| wanted.iter().all(|role| roles.contains(role))) else { return Ok(None) };
        let address = SocketAddr::new(config.listen, port);
        let listener = TcpListener::bind(address).await;
        Ok(Some(listener.with_context(|| format!("could not listen on {address}"))?))
    };
    let faces = squall_api::Options {
        api_listener: bind(config.api_port, &[Role::Api]).await?,
        auth_listener: bind(config.auth_port, &[Role::Auth]).await?,
        stream_listener: bind(config.stream_port, &[Role::Stream]).await?,
        combined_listener: bind(config.combined_port, &[Role::Api, Role::Auth, Role::Stream]).await?,
        trigger_check: Some(squall_sensors::refused_cron),
    };
    let address = |listener: &Option<TcpListener>| listener.as_ref().and_then(|listener| listener.local_addr().ok());
    let addresses = Addresses {
        api: address(&faces.api_listener),
        auth: address(&faces.auth_listener),
        stream: address(&faces.stream_listener),
        combined: address(&faces.combined_listener),
        health: None,
    };
    Ok((faces, addresses))
}

/// Lets actions and sensors find the API of this process, unless another one was configured.
fn tell_own_urls(config: &mut Config, addresses: &Addresses) {
    if let Some(address) = addresses.api.or(addresses.combined).filter(|_| !config.is_set("api.url")) {
        config.settings.api_url = format!("http://{address}{}/v1", if addresses.api.is_some() { "" } else { "/api" });
    }
    if let Some(address) = addresses.auth.or(addresses.combined) {
        config.settings.auth_url = format!("http://{address}{}", if addresses.auth.is_some() { "" } else { "/auth" });
    }
}

fn context(config: &Config, backends: &Backends) -> Result<Context> {
    let entropy = SystemEntropy;
    Ok(Context::new(ContextParts {
        store: backends.opened.store.clone(),
        bus: Arc::clone(&backends.bus),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(entropy),
        datastore_key: Some(secrets::datastore_key(&config.keys_dir)?),
        service_tokens: ServiceTokens::new(secrets::service_token_key(&config.keys_dir)?),
        tasks: Tasks::default(),
        process: Id::new(SystemClock.now(), entropy.next_u64()),
        runner_info: RunnerInfo { hostname: hostname(), pid: std::process::id() },
        settings: config.settings.clone(),
    }))
}

pub(crate) fn hostname() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    if name.trim().is_empty() { "localhost".to_owned() } else { name.trim().to_owned() }
}

/// Creates the first administrator where there is no user at all.
async fn first_start(context: &Context, keys_dir: &Path) -> Result<()> {
    if !context.settings.auth_enabled {
        return Ok(());
    }
    let users = context.store.users.list(&squall_store::Query::all().limit(1)).await?;
    if users.total > 0 {
        return Ok(());
    }
    let admin = secrets::initial_admin(keys_dir)?;
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
