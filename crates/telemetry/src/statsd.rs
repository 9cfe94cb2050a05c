//! StackStorm's metric names over statsd, for dashboards that exist. Counterpart: st2common/metrics/.
//!
//! Off until [`collect`] is called. Values go into a bounded buffer whose reader sends them; a full buffer drops and counts.

use std::sync::OnceLock;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::metrics;

/// How many values may wait to be sent.
const BACKLOG: usize = 10_000;
/// What a packet may hold without being split on its way.
const PACKET: usize = 1400;

struct Collector {
    prefix: String,
    lines: mpsc::Sender<String>,
}

static COLLECTOR: OnceLock<Collector> = OnceLock::new();

/// Starts to collect; none when that was done before. Keys become `st2.PREFIX.KEY`, as StackStorm writes them.
pub fn collect(prefix: &str) -> Option<Lines> {
    let (lines, waiting) = mpsc::channel(BACKLOG);
    let prefix = if prefix.is_empty() { "st2.".to_owned() } else { format!("st2.{prefix}.") };
    COLLECTOR.set(Collector { prefix, lines }).ok()?;
    Some(Lines { waiting, left: None })
}

/// Tells whether anybody collects: keys need not be put together for nothing.
pub fn is_on() -> bool {
    COLLECTOR.get().is_some()
}

/// Counts one.
pub fn count(key: &str) {
    send(key, format_args!("1|c"));
}

/// Notes how long something took.
pub fn time(key: &str, took: Duration) {
    send(key, format_args!("{}|ms", took.as_secs_f64() * 1000.0));
}

/// Counts one, and notes how long it took, under the same key.
pub fn count_with_time(key: &str, took: Duration) {
    if is_on() {
        count(key);
        time(key, took);
    }
}

/// Moves a gauge up or down.
pub fn shift(key: &str, by: i64) {
    send(key, format_args!("{by:+}|g"));
}

fn send(key: &str, value: std::fmt::Arguments<'_>) {
    let Some(collector) = COLLECTOR.get() else { return };
    let line = format!("{}{}:{value}", collector.prefix, clean(key));
    if collector.lines.try_send(line).is_err() {
        metrics().statsd_dropped();
    }
}

/// Whatever means something in the protocol is replaced.
fn clean(key: &str) -> String {
    key.replace([':', '|', '@', '\n', ' ', '/'], "_")
}

/// What waits to be sent.
pub struct Lines {
    waiting: mpsc::Receiver<String>,
    /// The line that did not fit into the last packet.
    left: Option<String>,
}

impl Lines {
    /// Returns the next packet: as many lines as are there and fit. None at the end.
    pub async fn packet(&mut self) -> Option<String> {
        let mut packet = match self.left.take() {
            Some(line) => line,
            None => self.waiting.recv().await?,
        };
        while let Ok(line) = self.waiting.try_recv() {
            if packet.len() + 1 + line.len() > PACKET {
                self.left = Some(line);
                break;
            }
            packet.push('\n');
            packet.push_str(&line);
        }
        Some(packet)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn keys_have_stackstorms_form_and_share_packets() {
        let mut lines = collect("production").unwrap();
        assert!(collect("again").is_none());
        count_with_time("action.executions", Duration::from_micros(1500));
        shift("stream.connections", -1);
        count("api.request.path._v1_a:b|c");
        let packet = lines.packet().await.unwrap();
        assert_eq!(
            packet.lines().collect::<Vec<_>>(),
            [
                "st2.production.action.executions:1|c",
                "st2.production.action.executions:1.5|ms",
                "st2.production.stream.connections:-1|g",
                "st2.production.api.request.path._v1_a_b_c:1|c",
            ]
        );
        for _ in 0..BACKLOG + 5 {
            count("many");
        }
        let mut sent = 0;
        while sent < BACKLOG {
            let packet = lines.packet().await.unwrap();
            assert!(packet.len() <= PACKET);
            sent += packet.lines().count();
        }
        assert_eq!(sent, BACKLOG, "what does not fit is dropped, and nobody waits");
        assert!(crate::text(metrics(), &[]).contains("squall_statsd_dropped_total 5"));
    }
}
