//! The supervisor of a connection: it connects, follows the connection, and connects again, for ever.
//!
//! The client library can recover connections by itself, but is reported not to come back after a restart of the broker;
//! and whoever uses a connection must know that there was a gap.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use lapin::uri::AMQPUri;
use squall_bus::{Error, Health, Result};
use tokio::sync::watch;
use tokio::time::timeout;
use tracing::{info, warn};

use crate::Options;
use crate::session::{Condition, Session};
use crate::topology::Names;

/// How long a polite goodbye may take.
const GOODBYE: Duration = Duration::from_secs(1);

#[derive(Clone)]
pub(crate) struct Link {
    state: watch::Receiver<State>,
    report: Arc<Mutex<Report>>,
    stop: watch::Sender<bool>,
}

#[derive(Clone)]
enum State {
    Down,
    Up(Arc<Session>),
    Closed,
}

/// What health is made of.
struct Report {
    available: bool,
    since: Instant,
    last_error: Option<String>,
}

struct Supervisor {
    name: &'static str,
    options: Options,
    uri: AMQPUri,
    names: Names,
    state: watch::Sender<State>,
    report: Arc<Mutex<Report>>,
    stop: watch::Receiver<bool>,
}

impl Link {
    pub(crate) fn start(name: &'static str, options: &Options, uri: AMQPUri, names: Names) -> Self {
        let (state, receiver) = watch::channel(State::Down);
        let (stop, stopped) = watch::channel(false);
        let report =
            Report { available: false, since: Instant::now(), last_error: Some("not connected yet".to_owned()) };
        let report = Arc::new(Mutex::new(report));
        let supervisor = Supervisor {
            name,
            options: options.clone(),
            uri,
            names,
            state,
            report: Arc::clone(&report),
            stop: stopped,
        };
        tokio::spawn(supervisor.run());
        Self { state: receiver, report, stop }
    }

    pub(crate) fn is_up(&self) -> bool {
        matches!(*self.state.borrow(), State::Up(_))
    }

    /// Waits for a session; `None` when the bus was closed.
    pub(crate) async fn session(&self) -> Option<Arc<Session>> {
        let mut changes = self.state.clone();
        let state = changes.wait_for(|state| !matches!(state, State::Down)).await.ok()?;
        match &*state {
            State::Up(session) => Some(Arc::clone(session)),
            State::Down | State::Closed => None,
        }
    }

    pub(crate) async fn session_within(&self, patience: Duration) -> Result<Arc<Session>> {
        match timeout(patience, self.session()).await {
            Ok(Some(session)) => Ok(session),
            Ok(None) => Err(Error::Unavailable("it is closed".to_owned())),
            Err(_) => {
                let reason = lock(&self.report).last_error.clone();
                Err(Error::Unavailable(reason.unwrap_or_else(|| "not connected".to_owned())))
            }
        }
    }

    /// Waits until the bus is closed.
    pub(crate) async fn closed(&self) {
        let mut changes = self.state.clone();
        // An error means that the supervisor is gone, and the bus with it.
        let _closed = changes.wait_for(|state| matches!(state, State::Closed)).await;
    }

    pub(crate) fn health(&self) -> Health {
        let report = lock(&self.report);
        Health { available: report.available, lasting: report.since.elapsed(), last_error: report.last_error.clone() }
    }

    pub(crate) async fn close(&self) {
        self.stop.send_replace(true);
        self.closed().await;
    }
}

impl Supervisor {
    async fn run(mut self) {
        let mut failures = 0;
        loop {
            let mut stop = self.stop.clone();
            let stopped = async { drop(stop.wait_for(|stop| *stop).await) };
            tokio::select! {
                () = self.attempt(&mut failures) => {}
                () = stopped => break,
            }
        }
        self.say_goodbye().await;
        self.report(false, Some("it is closed"));
        self.state.send_replace(State::Closed);
    }

    /// Connects once and stays until the connection ends, then rests.
    async fn attempt(&mut self, failures: &mut u32) {
        let name = format!("{} {}", self.options.name, self.name);
        let opening = Session::open(self.uri.clone(), &name, &self.names, self.options.delivery_limit);
        let error = match timeout(self.options.connect_within, opening).await {
            Ok(Ok(session)) => {
                *failures = 0;
                self.stay(session).await
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "the broker does not answer".to_owned(),
        };
        self.report(false, Some(&error));
        let pause = self.options.reconnect.random_pause(*failures);
        warn!(link = self.name, error, pause = ?pause, "no connection to the message bus; trying again");
        *failures = failures.saturating_add(1);
        tokio::time::sleep(pause).await;
    }

    async fn stay(&self, session: Arc<Session>) -> String {
        info!(link = self.name, "connected to the message bus");
        self.report(true, None);
        self.state.send_replace(State::Up(Arc::clone(&session)));
        let reason = session
            .follow(|condition| match condition {
                Condition::Blocked(reason) => {
                    warn!(link = self.name, reason, "the message bus takes no messages");
                    self.report(false, Some(&format!("the broker takes no messages: {reason}")));
                }
                Condition::Open => {
                    info!(link = self.name, "the message bus takes messages again");
                    self.report(true, None);
                }
                Condition::Ended(_) => {}
            })
            .await;
        self.state.send_replace(State::Down);
        reason
    }

    async fn say_goodbye(&self) {
        let state = self.state.borrow().clone();
        if let State::Up(session) = state {
            // A broker that does not answer notices by itself.
            let _late = timeout(GOODBYE, session.connection.close(200, "goodbye".into())).await;
            session.retire("it is closed");
        }
    }

    fn report(&self, available: bool, error: Option<&str>) {
        let mut report = lock(&self.report);
        if report.available != available {
            report.available = available;
            report.since = Instant::now();
        }
        if let Some(error) = error {
            report.last_error = Some(error.to_owned());
        }
    }
}

fn lock(report: &Mutex<Report>) -> MutexGuard<'_, Report> {
    report.lock().unwrap_or_else(PoisonError::into_inner)
}
