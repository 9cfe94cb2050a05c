//! Sends what was collected: metrics to statsd, spans to an OpenTelemetry collector.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use squall_service::{Entropy, SystemEntropy};
use squall_telemetry::{Resource, Span, Spans, collect_spans, export_request, metrics, statsd};
use tokio::net::UdpSocket;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tracing::{debug, warn};

use crate::config::{Driver, Telemetry};

/// The most spans of one export.
const MOST_PER_EXPORT: usize = 512;
/// How long spans are gathered, so that a busy process does not export each by itself.
const GATHERING: Duration = Duration::from_millis(500);
/// A collector that takes longer loses the export.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often an export is tried; meanwhile the buffer fills, and what does not fit is dropped.
const ATTEMPTS: u32 = 4;

/// Starts to send to statsd if the operator wants that. A datagram that nobody takes is lost, as it is with statsd.
pub(crate) async fn start_statsd(options: &Telemetry) -> Result<()> {
    if options.driver != Driver::Statsd {
        return Ok(());
    }
    let target = format!("{}:{}", options.host, options.port);
    let address = tokio::net::lookup_host(&target).await.with_context(|| target.clone())?.next();
    let address = address.with_context(|| format!("{target} has no address"))?;
    let local = if address.is_ipv6() { "[::]:0" } else { "0.0.0.0:0" };
    let socket = UdpSocket::bind(local).await.context("could not open a socket for statsd")?;
    socket.connect(address).await.with_context(|| target)?;
    let Some(mut lines) = statsd::collect(&options.prefix) else { return Ok(()) };
    tokio::spawn(async move {
        while let Some(packet) = lines.packet().await {
            if let Err(error) = socket.send(packet.as_bytes()).await {
                debug!(%error, "statsd does not take metrics");
            }
        }
    });
    Ok(())
}

/// The export of traces while it goes on.
pub(crate) struct Exporting {
    task: JoinHandle<()>,
    stop: Arc<Notify>,
}

impl Exporting {
    /// Sends what is still there, and ends; a collector that does not answer is not waited for long.
    pub(crate) async fn finish(self) {
        self.stop.notify_one();
        if tokio::time::timeout(Duration::from_secs(2), self.task).await.is_err() {
            warn!("the collector of traces did not take the last spans in time");
        }
    }
}

/// Starts to export traces if there is a collector.
pub(crate) fn start_traces(endpoint: Option<&str>) -> Result<Option<Exporting>> {
    let Some(endpoint) = endpoint else { return Ok(None) };
    let exporter = Exporter {
        url: format!("{}/v1/traces", endpoint.trim_end_matches('/')),
        client: reqwest::Client::builder().timeout(PATIENCE).build()?,
        resource: Resource {
            version: env!("CARGO_PKG_VERSION"),
            instance: SystemEntropy.hex(8),
            hostname: crate::platform::hostname(),
            pid: std::process::id(),
        },
    };
    let Some(spans) = collect_spans() else { return Ok(None) };
    let stop = Arc::new(Notify::new());
    let task = tokio::spawn(exporter.run(spans, Arc::clone(&stop)));
    Ok(Some(Exporting { task, stop }))
}

struct Exporter {
    url: String,
    client: reqwest::Client,
    resource: Resource,
}

impl Exporter {
    async fn run(self, mut spans: Spans, stop: Arc<Notify>) {
        let mut stopping = false;
        while !stopping {
            let mut batch = tokio::select! {
                batch = spans.batch(MOST_PER_EXPORT) => batch,
                () = stop.notified() => { stopping = true; Vec::new() }
            };
            if !stopping && batch.len() < MOST_PER_EXPORT {
                tokio::select! {
                    () = tokio::time::sleep(GATHERING) => {}
                    () = stop.notified() => stopping = true,
                }
            }
            batch.extend(spans.ready(MOST_PER_EXPORT));
            while !batch.is_empty() {
                self.export(&batch).await;
                batch = if stopping { spans.ready(MOST_PER_EXPORT) } else { Vec::new() };
            }
        }
    }

    async fn export(&self, spans: &[Span]) {
        let body = export_request(&self.resource, spans).to_string();
        for attempt in 0..ATTEMPTS {
            match self.send(&body).await {
                Ok(()) => return metrics().spans("exported", spans.len() as u64),
                Err(error) => warn!(%error, attempt, "the collector did not take spans"),
            }
            tokio::time::sleep(Duration::from_millis(250) * 2_u32.pow(attempt)).await;
        }
        metrics().spans("lost", spans.len() as u64);
    }

    async fn send(&self, body: &str) -> Result<()> {
        let request = self.client.post(&self.url).header("content-type", "application/json").body(body.to_owned());
        request.send().await?.error_for_status()?;
        Ok(())
    }
}
