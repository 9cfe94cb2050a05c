//! The typed client of the REST API (`st2client.client` and `models.core` of the original).

mod error;
mod executions;
mod resources;
mod sse;
mod stream;
mod transport;

pub use self::error::ApiError;
pub use self::executions::{ExecutionRequest, ReRunRequest};
pub use self::resources::Page;
pub use self::sse::StreamEvent;
pub use self::stream::EventStream;

use self::transport::Transport;

/// Where the three services listen, without a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    pub api: String,
    pub auth: String,
    pub stream: String,
}

/// How requests prove who sends them.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    /// Sent as `X-Auth-Token`.
    pub token: Option<String>,
    /// Sent as `St2-Api-Key`.
    pub api_key: Option<String>,
    /// User and password for a proxy in front of the services.
    pub basic_auth: Option<(String, String)>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Credentials")
            .field("token", &self.token.as_ref().map(|_| "********"))
            .field("api_key", &self.api_key.as_ref().map(|_| "********"))
            .field("basic_auth", &self.basic_auth.as_ref().map(|_| "********"))
            .finish()
    }
}

/// Which servers are believed to be who they say they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trusted {
    /// Any server.
    Anything,
    /// Those with certificates that the system trusts.
    System,
    /// Those with certificates that one of these (PEM) has signed.
    Certificates(Vec<u8>),
}

/// Query parameters in the order in which they are sent.
pub type Query = Vec<(String, String)>;

/// A client of one server.
#[derive(Debug, Clone)]
pub struct Api {
    transport: Transport,
}

impl Api {
    /// A client; nothing is sent yet.
    pub fn new(endpoints: Endpoints, credentials: Credentials, trusted: Trusted) -> Result<Self, ApiError> {
        Ok(Self { transport: Transport::new(endpoints, credentials, trusted)? })
    }

    /// The same client with other credentials.
    #[must_use]
    pub fn with_credentials(&self, credentials: Credentials) -> Self {
        Self { transport: self.transport.with_credentials(credentials) }
    }

    /// The credentials that are sent.
    pub fn credentials(&self) -> &Credentials {
        self.transport.credentials()
    }

    /// Makes every request part of a trace (W3C `traceparent`), so that what an action asks for is seen below the action.
    #[must_use]
    pub fn with_traceparent(mut self, traceparent: String) -> Self {
        self.transport.belong_to(traceparent);
        self
    }

    /// Reports every request and answer, for `--debug`.
    #[must_use]
    pub fn with_observer(mut self, observer: std::sync::Arc<dyn Fn(&str) + Send + Sync>) -> Self {
        self.transport.observe(observer);
        self
    }
}
