//! The HTTP side: a listener on loopback, one handler for every path, and a handle to stop it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::{IntoResponse, Response};
use parking_lot::{Mutex, MutexGuard};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::call::Call;
use crate::clock::{Clock, RealClock};
use crate::control::ClockMove;
use crate::fault::Strike;
use crate::hangup::{CuttableListener, Cutter};
use crate::journal::Journal;
use crate::mask::mask;
use crate::moment::Moment;
use crate::newrelic::sender;
use crate::options::{Error, Options};
use crate::reply::{Body, Refusal, Reply};
use crate::service::Answer;
use crate::world::World;

const LARGEST_BODY: usize = 1 << 20;
const STOP_PATIENCE: Duration = Duration::from_secs(2);
const ALERT_TIMEOUT: Duration = Duration::from_secs(30);

/// Starts simulators.
pub struct Cloudsim;

/// A running simulator. It stops when this is dropped, too.
pub struct Handle {
    address: SocketAddr,
    simulator: Arc<Simulator>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

/// The world, its time, and the client that sends alerts.
pub(crate) struct Simulator {
    pub(crate) client: reqwest::Client,
    pub(crate) alert_retry: Duration,
    clock: Arc<dyn Clock>,
    /// How far ahead of the clock the simulator's time is.
    ahead_ms: AtomicU64,
    world: Mutex<World>,
}

impl Cloudsim {
    /// Starts a simulator on the machine's clock.
    pub async fn start(options: Options) -> Result<Handle, Error> {
        Self::start_with_clock(options, Arc::new(RealClock)).await
    }

    /// Starts a simulator on a clock.
    pub async fn start_with_clock(options: Options, clock: Arc<dyn Clock>) -> Result<Handle, Error> {
        let Options { listen, journal, seed, timings } = options;
        if !listen.ip().is_loopback() {
            return Err(Error::NotLoopback(listen));
        }
        let opened = Journal::open(journal.as_deref());
        let journal = opened.map_err(|source| Error::Journal { path: journal.unwrap_or_default(), source })?;
        // reqwest asks for a provider as soon as anything in the program switches TLS on; an error says that there is one.
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        let client = client.timeout(ALERT_TIMEOUT).build().map_err(Error::AlertSender)?;
        let cannot_listen = |source| Error::Listen { address: listen, source };
        let listener = TcpListener::bind(listen).await.map_err(cannot_listen)?;
        let address = listener.local_addr().map_err(cannot_listen)?;
        let simulator = Arc::new(Simulator {
            client,
            alert_retry: timings.alert_retry,
            clock,
            ahead_ms: AtomicU64::new(0),
            world: Mutex::new(World::new(seed, timings, format!("http://{address}"), journal)),
        });
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(serve(listener, Arc::clone(&simulator), stopped));
        Ok(Handle { address, simulator, stop, task })
    }
}

impl Handle {
    /// `http://127.0.0.1:PORT`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Everything there is now, as `GET /_sim/state` shows it.
    pub fn state(&self) -> Value {
        mask(self.simulator.lock().snapshot())
    }

    /// Stops listening, and waits until running requests are answered or have had their time.
    pub async fn stop(self) {
        let Self { stop, mut task, .. } = self;
        drop(stop);
        if tokio::time::timeout(STOP_PATIENCE, &mut task).await.is_err() {
            task.abort();
        }
    }
}

impl Simulator {
    /// The world, with its time set to now.
    pub(crate) fn lock(&self) -> MutexGuard<'_, World> {
        let mut world = self.world.lock();
        world.env.now = self.now();
        world
    }

    fn now(&self) -> Moment {
        self.clock.now().after(Duration::from_millis(self.ahead_ms.load(Ordering::SeqCst)))
    }

    /// Moves time before the world is asked what time it is.
    fn move_clock(&self, call: &Call) -> Result<(), Refusal> {
        let by: ClockMove = call.read()?;
        self.ahead_ms.fetch_add(by.advance_ms, Ordering::SeqCst);
        Ok(())
    }

    /// Answers a call that needs more than the world: time, or the network.
    async fn answer_special(&self, call: &Call) -> Option<Answer> {
        match (call.method.as_str(), call.path.as_str()) {
            ("POST", "/_sim/clock") => self.move_clock(call).err().map(Err),
            ("POST", "/_sim/newrelic/open") => Some(sender::open(self, call).await),
            ("POST", "/_sim/newrelic/close") => Some(sender::close(self, call).await),
            _ => None,
        }
    }

    async fn answer(&self, call: &Call, strike: Option<&Strike>) -> std::io::Result<Reply> {
        let Some(answer) = self.answer_special(call).await else {
            return self.lock().handle(call, strike);
        };
        let reply = answer.unwrap_or_else(|refusal| {
            Reply::json(refusal.status, serde_json::json!({"error": refusal.message})).noting(refusal.message)
        });
        self.lock().record(call, "sim", reply.status, &reply.note)?;
        Ok(reply)
    }
}

async fn serve(listener: TcpListener, simulator: Arc<Simulator>, stopped: oneshot::Receiver<()>) {
    let service = Router::new().fallback(handle).with_state(simulator).into_make_service_with_connect_info::<Cutter>();
    let until_stopped = async {
        // The sender is dropped or used: either way it is time to stop.
        let _ = stopped.await;
    };
    if let Err(error) = axum::serve(CuttableListener(listener), service).with_graceful_shutdown(until_stopped).await {
        tracing::error!(%error, "the simulator stopped listening");
    }
}

async fn handle(
    State(simulator): State<Arc<Simulator>>,
    ConnectInfo(cutter): ConnectInfo<Cutter>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        return (http::StatusCode::PAYLOAD_TOO_LARGE, "the request body is too large or broke off").into_response();
    };
    let call = Call::new(parts, body);
    // On its own task, so that a client that goes away does not leave an alert half sent.
    match tokio::spawn(answer(simulator, call, cutter)).await {
        Ok(response) => response,
        Err(error) => (http::StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

async fn answer(simulator: Arc<Simulator>, call: Call, cutter: Cutter) -> Response {
    let is_control = call.segments().first() == Some(&"_sim");
    let strike = if is_control { None } else { simulator.lock().faults.strike(&call) };
    if let Some(strike) = &strike {
        tokio::time::sleep(strike.latency).await;
    }
    let reply = simulator.answer(&call, strike.as_ref()).await;
    if strike.is_some_and(|strike| strike.drop) {
        cutter.cut();
    }
    match reply {
        Ok(reply) => respond(reply),
        Err(error) => {
            tracing::error!(%error, "the journal cannot be written");
            (http::StatusCode::INTERNAL_SERVER_ERROR, format!("the journal cannot be written: {error}")).into_response()
        }
    }
}

fn respond(reply: Reply) -> Response {
    let status = http::StatusCode::from_u16(reply.status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = match reply.body {
        Body::Empty => status.into_response(),
        Body::Json(value) => (status, axum::Json(value)).into_response(),
        Body::Text(text) => (status, text).into_response(),
    };
    if let Some(seconds) = reply.retry_after {
        response.headers_mut().insert(http::header::RETRY_AFTER, http::HeaderValue::from(seconds));
    }
    response
}
