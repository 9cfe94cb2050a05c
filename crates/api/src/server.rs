//! The service: listeners in, a graceful stop out.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use squall_model::Map;
use squall_service::{Context, Service, ServiceError};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tracing::info;

use crate::dispatch::{self, Port};
use crate::routes::Face;
use crate::state::State;

/// Where to serve what; a face without a listener is not served by itself.
#[derive(Default)]
pub struct Options {
    pub api_listener: Option<TcpListener>,
    pub auth_listener: Option<TcpListener>,
    pub stream_listener: Option<TcpListener>,
    /// All three behind `/api`, `/auth` and `/stream`.
    pub combined_listener: Option<TcpListener>,
    /// Judges the parameters of a trigger beyond their schema; how timers read theirs is not known here.
    pub trigger_check: Option<TriggerCheck>,
}

/// Returns why a trigger of this type can't have these parameters.
pub type TriggerCheck = fn(trigger_type: &str, parameters: &Map) -> Option<String>;

/// The role `api`.
pub struct ApiService {
    options: Options,
}

impl ApiService {
    pub fn new(options: Options) -> Self {
        Self { options }
    }
}

#[async_trait::async_trait]
impl Service for ApiService {
    fn name(&self) -> &'static str {
        "api"
    }

    async fn run(self: Box<Self>, context: Context) -> Result<(), ServiceError> {
        let state = Arc::new(State::new(context.clone(), self.options.trigger_check));
        let ports = [
            (Port::Of(Face::Api), self.options.api_listener),
            (Port::Of(Face::Auth), self.options.auth_listener),
            (Port::Of(Face::Stream), self.options.stream_listener),
            (Port::Combined, self.options.combined_listener),
        ];
        let mut servers = JoinSet::new();
        for (port, listener) in ports {
            if let Some(listener) = listener {
                servers.spawn(serve(Arc::clone(&state), port, listener));
            }
        }
        while let Some(ended) = servers.join_next().await {
            let served = ended.map_err(|error| ServiceError::Other(error.to_string()))?;
            served.map_err(|error| ServiceError::Other(format!("serving the API failed: {error}")))?;
        }
        Ok(())
    }
}

/// Serves a port until the context shuts down; requests that were begun are finished.
async fn serve(state: Arc<State>, port: Port, listener: TcpListener) -> std::io::Result<()> {
    info!(?port, address = ?listener.local_addr().ok(), "serving");
    let mut shutdown = state.context.tasks.closing();
    let router = Router::new().fallback(move |request: Request| dispatch::answer(Arc::clone(&state), port, request));
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(async move { shutdown.wait().await }).await
}
