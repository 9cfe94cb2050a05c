//! A supervised sensor process. Counterpart: st2reactor/container/process_container.py.
//!
//! A sensor that fails is started again after a delay that doubles from one second to a minute, for ever; one that ran
//! long enough starts over with the short delay. A sensor whose `run()` returns has decided that it is done.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::{Value, json};
use squall_spawn::{Child, ChildEvent, Exit, OutputStream};
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::MINIMUM_POLL_INTERVAL;
use crate::host::PythonHost;
use crate::sensor_status::SensorStatus;

/// How long a sensor may take to clean up. Counterpart: PROCESS_EXIT_TIMEOUT.
const STOP_GRACE: Duration = Duration::from_secs(5);

/// Lines of output that are kept to explain a failure.
const LAST_LINES: usize = 20;

/// Events that may wait for a sensor that is starting.
const EVENT_QUEUE: usize = 256;

/// What to run.
#[derive(Debug, Clone, Serialize)]
pub struct SensorRequest {
    pub pack: String,
    pub file_path: PathBuf,
    pub class_name: String,
    pub trigger_types: Vec<String>,
    pub config: Value,
    /// Seconds; raised to [`MINIMUM_POLL_INTERVAL`].
    pub poll_interval: Option<u64>,
    /// The triggers that exist when the sensor starts.
    pub triggers: Vec<Value>,
    pub debug: bool,
    #[serde(skip)]
    pub pack_path: Option<PathBuf>,
    #[serde(skip)]
    pub environment: BTreeMap<String, String>,
}

/// Something a running sensor must learn.
#[derive(Debug, Clone, PartialEq)]
pub enum SensorEvent {
    AddTrigger(Value),
    UpdateTrigger(Value),
    RemoveTrigger(Value),
    /// Replaces the token before it expires.
    Token(String),
}

/// How long to wait before a failed sensor is started again.
#[derive(Debug, Clone, Copy)]
pub struct RestartDelays {
    pub first: Duration,
    pub longest: Duration,
    /// A process that lived this long is taken to have been well.
    pub stable_after: Duration,
}

impl Default for RestartDelays {
    fn default() -> Self {
        Self { first: Duration::from_secs(1), longest: Duration::from_secs(60), stable_after: Duration::from_secs(60) }
    }
}

impl RestartDelays {
    fn after(&self, failures: u32) -> Duration {
        let factor = 1u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX);
        self.first.saturating_mul(factor).min(self.longest)
    }
}

/// A sensor under supervision. Dropping it kills the process; [`SensorProcess::stop`] asks first.
#[derive(Debug)]
pub struct SensorProcess {
    status: watch::Receiver<SensorStatus>,
    events: mpsc::Sender<SensorEvent>,
    stop: watch::Sender<bool>,
    supervisor: JoinHandle<()>,
}

impl SensorProcess {
    /// Starts the sensor and keeps it running.
    pub fn run(host: Arc<PythonHost>, mut request: SensorRequest, delays: RestartDelays) -> Self {
        request.poll_interval = request.poll_interval.map(|interval| interval.max(MINIMUM_POLL_INTERVAL));
        let (status_sender, status) = watch::channel(SensorStatus::default());
        let (events, event_receiver) = mpsc::channel(EVENT_QUEUE);
        let (stop, stop_receiver) = watch::channel(false);
        let supervisor = Supervisor {
            host,
            request,
            delays,
            status: status_sender,
            events: event_receiver,
            stop: stop_receiver,
            last_lines: VecDeque::new(),
        };
        Self { status, events, stop, supervisor: tokio::spawn(supervisor.supervise()) }
    }

    /// The current status, and its changes.
    pub fn status(&self) -> watch::Receiver<SensorStatus> {
        self.status.clone()
    }

    /// Tells the sensor; what it has to know after a restart is remembered.
    pub async fn notify(&self, event: SensorEvent) {
        if self.events.send(event).await.is_err() {
            tracing::debug!("the sensor has ended; the event is of no use to it");
        }
    }

    /// Stops the sensor: SIGTERM, its own cleanup, and SIGKILL for what is left.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        if let Err(error) = (&mut self.supervisor).await {
            tracing::error!(%error, "the supervisor of a sensor failed");
        }
    }
}

impl Drop for SensorProcess {
    fn drop(&mut self) {
        self.supervisor.abort();
    }
}

struct Supervisor {
    host: Arc<PythonHost>,
    request: SensorRequest,
    delays: RestartDelays,
    status: watch::Sender<SensorStatus>,
    events: mpsc::Receiver<SensorEvent>,
    stop: watch::Receiver<bool>,
    last_lines: VecDeque<String>,
}

/// Why one process of a sensor is over.
enum Ended {
    Stopped,
    Completed,
    Failed(String),
}

impl Supervisor {
    async fn supervise(mut self) {
        let mut failures = 0;
        loop {
            let started = Instant::now();
            let ended = self.run_once().await;
            self.status.send_modify(|status| {
                status.running = false;
                status.pid = None;
            });
            match ended {
                Ended::Stopped => return,
                Ended::Completed => {
                    self.status.send_modify(|status| status.completed = true);
                    return self.wait_for_stop().await;
                }
                Ended::Failed(reason) => {
                    failures = if started.elapsed() >= self.delays.stable_after { 1 } else { failures + 1 };
                    let delay = self.delays.after(failures);
                    tracing::warn!(sensor = %self.request.class_name, %reason, ?delay, "sensor failed, starting again");
                    self.status.send_modify(|status| status.last_error = Some(reason));
                    if self.stopped_during(delay).await {
                        return;
                    }
                    self.status.send_modify(|status| status.restarts += 1);
                }
            }
        }
    }

    async fn run_once(&mut self) -> Ended {
        self.last_lines.clear();
        let pack_path = self.request.pack_path.clone();
        let environment = self.request.environment.clone();
        let mut child = match self.host.start("run_sensor.py", &self.request.pack, pack_path.as_deref(), environment) {
            Ok(child) => child,
            Err(error) => return Ended::Failed(error.to_string()),
        };
        let Some(mut channel) = child.take_channel() else { return Ended::Failed("no channel".to_owned()) };
        let pid = child.identity().pid;
        self.status.send_modify(|status| {
            status.running = true;
            status.pid = Some(pid);
        });
        let request = serde_json::to_value(&self.request).unwrap_or_default();
        let exit = match send(&mut channel, &request).await {
            Ok(()) => self.accompany(&mut child, &mut channel).await,
            Err(error) => Err(error.to_string()),
        };
        match exit {
            Ok(None) => Ended::Stopped,
            Ok(Some(Exit::Code(0))) => Ended::Completed,
            Ok(Some(exit)) => Ended::Failed(self.explain(exit)),
            Err(reason) => Ended::Failed(reason),
        }
    }

    /// Stays with a running process; `None` means that it was told to stop.
    async fn accompany(&mut self, child: &mut Child, channel: &mut UnixStream) -> Result<Option<Exit>, String> {
        loop {
            tokio::select! {
                () = stop_requested(&mut self.stop) => {
                    // The end of the channel says it a second time: an interpreter can sleep through a signal.
                    if let Err(error) = channel.shutdown().await {
                        tracing::debug!(%error, "the sensor had closed its channel");
                    }
                    child.kill_tree(STOP_GRACE).await.map_err(|error| error.to_string())?;
                    return Ok(None);
                }
                Some(event) = self.events.recv() => {
                    let message = self.remember(event);
                    if let Err(error) = send(channel, &message).await {
                        tracing::debug!(%error, "a sensor that is ending did not hear an event");
                    }
                }
                event = child.next_event() => match event {
                    Ok(ChildEvent::Output(chunk)) => self.keep_output(chunk.stream, &chunk.bytes),
                    Ok(ChildEvent::Finished(exit)) => return Ok(Some(exit)),
                    Err(error) => return Err(error.to_string()),
                },
            }
        }
    }

    /// Notes what the next process must know too, and returns the message for this one.
    fn remember(&mut self, event: SensorEvent) -> Value {
        let triggers = &mut self.request.triggers;
        let same = |trigger: &Value| {
            let id = trigger["id"].clone();
            move |known: &Value| known["id"] == id
        };
        match event {
            SensorEvent::AddTrigger(trigger) => {
                triggers.push(trigger.clone());
                json!({"event": "add_trigger", "trigger": trigger})
            }
            SensorEvent::UpdateTrigger(trigger) => {
                let is_same = same(&trigger);
                triggers.retain(|known| !is_same(known));
                triggers.push(trigger.clone());
                json!({"event": "update_trigger", "trigger": trigger})
            }
            SensorEvent::RemoveTrigger(trigger) => {
                let is_same = same(&trigger);
                triggers.retain(|known| !is_same(known));
                json!({"event": "remove_trigger", "trigger": trigger})
            }
            SensorEvent::Token(token) => {
                for name in ["ST2_ACTION_AUTH_TOKEN", "ST2_AUTH_TOKEN"] {
                    self.request.environment.insert(name.to_owned(), token.clone());
                }
                json!({"event": "token", "token": token})
            }
        }
    }

    fn keep_output(&mut self, stream: OutputStream, bytes: &[u8]) {
        for line in String::from_utf8_lossy(bytes).lines() {
            tracing::debug!(sensor = %self.request.class_name, ?stream, line);
            if stream == OutputStream::Stderr {
                self.last_lines.push_back(line.to_owned());
            }
        }
        while self.last_lines.len() > LAST_LINES {
            self.last_lines.pop_front();
        }
    }

    fn explain(&self, exit: Exit) -> String {
        let how = match exit {
            Exit::Code(code) => format!("exited with code {code}"),
            Exit::Signal(signal) => format!("killed by signal {signal}"),
        };
        let lines: Vec<&str> = self.last_lines.iter().map(String::as_str).collect();
        if lines.is_empty() { how } else { format!("{how}\n{}", lines.join("\n")) }
    }

    /// True if the stop came before the delay was over. Events of that time are remembered.
    async fn stopped_during(&mut self, delay: Duration) -> bool {
        let pause = tokio::time::sleep(delay);
        tokio::pin!(pause);
        loop {
            tokio::select! {
                () = &mut pause => return false,
                () = stop_requested(&mut self.stop) => return true,
                Some(event) = self.events.recv() => {
                    self.remember(event);
                }
            }
        }
    }

    async fn wait_for_stop(&mut self) {
        while !self.stopped_during(Duration::from_secs(3600)).await {}
    }
}

/// Returns when the owner asked for the end, or went away.
async fn stop_requested(stop: &mut watch::Receiver<bool>) {
    // An error means that the owner is gone; the borrowed value must not outlive this call.
    drop(stop.wait_for(|stop| *stop).await);
}

async fn send(channel: &mut UnixStream, message: &Value) -> std::io::Result<()> {
    let mut line = message.to_string().into_bytes();
    line.push(b'\n');
    channel.write_all(&line).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_doubles_up_to_the_longest() {
        let delays = RestartDelays::default();
        for (failures, seconds) in [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (40, 60), (u32::MAX, 60)] {
            assert_eq!(delays.after(failures), Duration::from_secs(seconds), "after {failures} failures");
        }
    }
}
