//! `/metrics`: what was counted, and what is only known when it is asked for.

use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, header};
use squall_bus::QUEUES;
use squall_service::{Context, health};
use squall_telemetry as telemetry;

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
/// A broker that is slower than this says nothing about its queues.
const PATIENCE: Duration = Duration::from_secs(1);

type Gauge = (&'static str, &'static str, Vec<(String, f64)>);

pub(crate) async fn answer(context: &Context) -> Response {
    let gauges = [queues(context).await, components(context).await, about(context)];
    let mut response = Response::new(Body::from(telemetry::text(telemetry::metrics(), &gauges)));
    response.headers_mut().insert(header::CONTENT_TYPE, TEXT);
    response
}

async fn queues(context: &Context) -> Gauge {
    let mut depths = Vec::new();
    for spec in QUEUES {
        let Ok(Ok(waiting)) = tokio::time::timeout(PATIENCE, context.bus.waiting(spec.queue)).await else { break };
        depths.push((format!("{{queue=\"{}\"}}", spec.name), waiting as f64));
    }
    ("squall_queue_waiting", "Messages that wait in a work queue.", depths)
}

async fn components(context: &Context) -> Gauge {
    let found = health::readiness(context).await;
    let parts = [("store", &found.store), ("bus", &found.bus)].into_iter();
    let parts = parts.chain(found.roles.iter().map(|(name, role)| (*name, role)));
    let shown =
        |(name, part): (&str, &health::Component)| (format!("{{component=\"{name}\"}}"), f64::from(u8::from(part.ok)));
    ("squall_component_up", "1 where a part of this process is as it should be.", parts.map(shown).collect())
}

fn about(context: &Context) -> Gauge {
    let labels = format!("{{version=\"{}\",process=\"{}\"}}", env!("CARGO_PKG_VERSION"), context.process);
    ("squall_info", "Which build of Squall this is, and which process.", vec![(labels, 1.0)])
}
