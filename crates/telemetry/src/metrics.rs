//! Every metric of a process, in one place: its name, what it counts, and its labels.
//!
//! Labels are fixed words (statuses, route templates, roles), never names that users choose: a metric must not grow with the
//! installation, and `/metrics` is read without credentials.

use std::sync::LazyLock;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// A label: its name and one of a few fixed words.
type Label = (&'static str, &'static str);
type Counters<const N: usize> = Family<[Label; N], Counter>;
type Histograms<const N: usize> = Family<[Label; N], Histogram, fn() -> Histogram>;

/// From a tenth of a millisecond to a minute: for what the platform does itself.
const QUICK: [f64; 14] = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0];
/// From ten milliseconds to six hours: for what actions and workflows do.
const SLOW: [f64; 13] = [0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 10800.0, 21600.0];
/// How many writes share a commit.
const BATCHES: [f64; 9] = [1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 1000.0];

/// The metrics of this process.
pub struct Metrics {
    pub(crate) registry: Registry,
    execution_moves: Counters<2>,
    execution_seconds: Histograms<2>,
    status_seconds: Histograms<2>,
    event_to_action: Histogram,
    actions_running: Gauge,
    workflow_steps: Counter,
    workflow_events: Counter,
    trigger_instances: Counters<1>,
    rule_enforcements: Counters<1>,
    http_seconds: Histograms<3>,
    http_requests: Counters<4>,
    streams_open: Gauge,
    commit_seconds: Histogram,
    commit_writes: Histogram,
    commit_failures: Counter,
    sweep_findings: Counters<2>,
    publish_failures: Counters<1>,
    sensor_restarts: Counter,
    timer_slots: Counters<1>,
    spans: Counters<1>,
    statsd_dropped: Counter,
}

/// Returns the metrics of this process.
pub fn metrics() -> &'static Metrics {
    static METRICS: LazyLock<Metrics> = LazyLock::new(Metrics::new);
    &METRICS
}

const fn kind_of(is_workflow: bool) -> &'static str {
    if is_workflow { "workflow" } else { "action" }
}

impl Metrics {
    fn new() -> Self {
        let quick: fn() -> Histogram = || Histogram::new(QUICK);
        let slow: fn() -> Histogram = || Histogram::new(SLOW);
        let mut metrics = Self {
            registry: Registry::default(),
            execution_moves: Family::default(),
            execution_seconds: Family::new_with_constructor(slow),
            status_seconds: Family::new_with_constructor(slow),
            event_to_action: quick(),
            actions_running: Gauge::default(),
            workflow_steps: Counter::default(),
            workflow_events: Counter::default(),
            trigger_instances: Family::default(),
            rule_enforcements: Family::default(),
            http_seconds: Family::new_with_constructor(quick),
            http_requests: Family::default(),
            streams_open: Gauge::default(),
            commit_seconds: quick(),
            commit_writes: Histogram::new(BATCHES),
            commit_failures: Counter::default(),
            sweep_findings: Family::default(),
            publish_failures: Family::default(),
            sensor_restarts: Counter::default(),
            timer_slots: Family::default(),
            spans: Family::default(),
            statsd_dropped: Counter::default(),
        };
        let mut registry = Registry::with_prefix("squall");
        metrics.register(&mut registry);
        metrics.registry = registry;
        metrics
    }

    fn register(&self, registry: &mut Registry) {
        registry.register("execution_moves", "Executions that moved to a status", self.execution_moves.clone());
        registry.register(
            "execution_seconds",
            "From the request of an execution to its end, by the status it ended in",
            self.execution_seconds.clone(),
        );
        registry.register(
            "execution_status_seconds",
            "How long executions rested in a status before they left it",
            self.status_seconds.clone(),
        );
        registry.register(
            "event_to_action_seconds",
            "From an event to the start of the action that a rule made of it",
            self.event_to_action.clone(),
        );
        registry.register("actions_running", "Actions that this process runs", self.actions_running.clone());
        registry.register("workflow_steps", "Steps of workflows, one write each", self.workflow_steps.clone());
        registry.register("workflow_events", "Events in the logs of workflows", self.workflow_events.clone());
        registry.register(
            "trigger_instances",
            "Events, by what became of them: pending, processed, processing_failed",
            self.trigger_instances.clone(),
        );
        registry.register(
            "rule_enforcements",
            "Rules that matched an event, by outcome",
            self.rule_enforcements.clone(),
        );
        registry.register(
            "http_request_seconds",
            "Requests to the API, by face, method and route template",
            self.http_seconds.clone(),
        );
        registry.register("http_requests", "Answers of the API, by status code", self.http_requests.clone());
        registry.register("event_streams_open", "Clients that listen to an event stream", self.streams_open.clone());
        registry.register("store_commit_seconds", "Commits of the embedded store", self.commit_seconds.clone());
        registry.register("store_commit_writes", "Writes that shared a commit", self.commit_writes.clone());
        registry.register("store_commit_failures", "Commits that failed as a whole", self.commit_failures.clone());
        registry.register(
            "sweep_findings",
            "Work that no message announced or whose owner is gone, by who found it",
            self.sweep_findings.clone(),
        );
        registry.register(
            "bus_publish_failures",
            "Messages that could not be published; a sweep finds the work",
            self.publish_failures.clone(),
        );
        registry.register(
            "sensor_restarts",
            "Sensor processes that ended by themselves and were started again",
            self.sensor_restarts.clone(),
        );
        registry.register("timer_slots", "Slots of timers, fired or missed", self.timer_slots.clone());
        registry.register("trace_spans", "Spans of traces, by whether they were exported", self.spans.clone());
        registry.register("statsd_dropped", "Values that statsd was too slow for", self.statsd_dropped.clone());
    }

    pub fn execution_moved(&self, status: &'static str, is_workflow: bool) {
        self.execution_moves.get_or_create(&[("kind", kind_of(is_workflow)), ("status", status)]).inc();
    }

    pub fn execution_ended(&self, status: &'static str, is_workflow: bool, seconds: f64) {
        let labels = [("kind", kind_of(is_workflow)), ("status", status)];
        self.execution_seconds.get_or_create(&labels).observe(seconds);
    }

    /// An execution left a status in which it was for so long.
    pub fn status_left(&self, status: &'static str, is_workflow: bool, seconds: f64) {
        let labels = [("kind", kind_of(is_workflow)), ("status", status)];
        self.status_seconds.get_or_create(&labels).observe(seconds);
    }

    pub fn action_started_after_event(&self, seconds: f64) {
        self.event_to_action.observe(seconds);
    }

    /// Counts an action as running for as long as the answer lives.
    #[must_use]
    pub fn action_runs(&self) -> Running {
        Running::new(&self.actions_running, None)
    }

    /// Counts an event stream as open for as long as the answer lives.
    #[must_use]
    pub fn stream_opened(&self) -> Running {
        Running::new(&self.streams_open, Some("stream.connections"))
    }

    pub fn workflow_step(&self, events: u64) {
        self.workflow_steps.inc();
        self.workflow_events.inc_by(events);
    }

    pub fn trigger_instance(&self, status: &'static str) {
        self.trigger_instances.get_or_create(&[("status", status)]).inc();
    }

    pub fn rule_enforced(&self, succeeded: bool) {
        let outcome = if succeeded { "succeeded" } else { "failed" };
        self.rule_enforcements.get_or_create(&[("outcome", outcome)]).inc();
    }

    /// A request was answered; `route` is the template, not the path.
    pub fn http_answered(
        &self,
        face: &'static str,
        method: &'static str,
        route: &'static str,
        status: u16,
        seconds: f64,
    ) {
        let [face, method, route] = [("face", face), ("method", method), ("route", route)];
        self.http_seconds.get_or_create(&[face, method, route]).observe(seconds);
        self.http_requests.get_or_create(&[face, method, route, ("status", http_status(status))]).inc();
    }

    pub fn committed(&self, writes: usize, seconds: f64) {
        self.commit_seconds.observe(seconds);
        self.commit_writes.observe(writes as f64);
    }

    pub fn commit_failed(&self) {
        self.commit_failures.inc();
    }

    pub fn sweep_found(&self, sweep: &'static str, finding: &'static str) {
        self.sweep_findings.get_or_create(&[("finding", finding), ("sweep", sweep)]).inc();
    }

    pub fn publish_failed(&self, exchange: &'static str) {
        self.publish_failures.get_or_create(&[("exchange", exchange)]).inc();
    }

    pub fn sensor_restarted(&self) {
        self.sensor_restarts.inc();
    }

    pub fn timer_slots(&self, fired: u64, missed: u64) {
        for (outcome, count) in [("fired", fired), ("missed", missed)] {
            if count > 0 {
                self.timer_slots.get_or_create(&[("outcome", outcome)]).inc_by(count);
            }
        }
    }

    /// So many spans were exported, dropped because the buffer was full, or lost because the collector did not take them.
    pub fn spans(&self, outcome: &'static str, count: u64) {
        self.spans.get_or_create(&[("outcome", outcome)]).inc_by(count);
    }

    pub(crate) fn statsd_dropped(&self) {
        self.statsd_dropped.inc();
    }
}

/// Something that goes on; dropping it ends it, also in a panic.
pub struct Running {
    gauge: Gauge,
    /// Under which of StackStorm's names it counts as well.
    statsd: Option<&'static str>,
}

impl Running {
    fn new(gauge: &Gauge, statsd: Option<&'static str>) -> Self {
        gauge.inc();
        if let Some(key) = statsd {
            crate::statsd::shift(key, 1);
        }
        Self { gauge: gauge.clone(), statsd }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.gauge.dec();
        if let Some(key) = self.statsd {
            crate::statsd::shift(key, -1);
        }
    }
}

/// Returns a status code as a word of a fixed set.
pub const fn http_status(status: u16) -> &'static str {
    match status {
        200 => "200",
        201 => "201",
        202 => "202",
        204 => "204",
        400 => "400",
        401 => "401",
        403 => "403",
        404 => "404",
        409 => "409",
        412 => "412",
        413 => "413",
        429 => "429",
        500 => "500",
        501 => "501",
        503 => "503",
        _ => "other",
    }
}
