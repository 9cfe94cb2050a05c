//! What others see of a request: its duration by route, StackStorm's names over statsd, and a span.
//! Counterpart: st2common/middleware/instrumentation.py.

use std::time::Instant;

use http::{HeaderMap, Method};
use squall_model::Timestamp;
use squall_service::Context;
use squall_telemetry::{
    Kind, Place, Span, SpanId, TraceId, Traceparent, http_status, is_collecting, metrics, record, statsd,
};

use crate::routes::Face;

/// The header with which a caller says where in a trace it is.
const TRACEPARENT: &str = "traceparent";

/// A request while it is answered.
pub(crate) struct Observed {
    begun: Instant,
    start: Timestamp,
    method: &'static str,
    route: Option<(Face, &'static str)>,
    caller: Option<Traceparent>,
    place: Option<Place>,
}

impl Observed {
    pub(crate) fn begin(context: &Context, method: &Method, headers: &HeaderMap) -> Self {
        let header = headers.get(TRACEPARENT).and_then(|value| value.to_str().ok());
        let caller = header.and_then(|text| text.parse().ok());
        // Whoever only reads causes nothing that a trace would show.
        let is_traced = is_collecting() && (caller.is_some() || !matches!(*method, Method::GET | Method::HEAD));
        let place = is_traced.then(|| place(context, caller));
        Self { begun: Instant::now(), start: context.now(), method: word(method), route: None, caller, place }
    }

    /// Notes which route it takes.
    pub(crate) fn takes(&mut self, face: Face, route: &'static str) {
        self.route = Some((face, route));
    }

    /// Returns the place that is told to what the request causes: its own span's, else its caller's.
    pub(crate) fn cause(&self) -> Option<Traceparent> {
        self.place.map(|place| place.traceparent()).or(self.caller)
    }

    pub(crate) fn end(self, context: &Context, status: u16) {
        let Some((face, route)) = self.route else { return };
        let took = self.begun.elapsed();
        metrics().http_answered(face.prefix(), self.method, route, status, took.as_secs_f64());
        if statsd::is_on() {
            let face = face.prefix();
            statsd::count(&format!("{face}.request.total"));
            statsd::count_with_time(&format!("{face}.request"), took);
            statsd::count(&format!("{face}.request.method.{}", self.method));
            statsd::count(&format!("{face}.request.path.{route}"));
            statsd::count(&format!("{face}.response.status.{}", http_status(status)));
        }
        if let Some(place) = self.place {
            record(place, |place| Span {
                place,
                name: format!("{} {route}", self.method),
                kind: Kind::Server,
                start: self.start,
                end: context.now(),
                attributes: vec![
                    ("http.request.method", self.method.to_owned()),
                    ("http.route", route.to_owned()),
                    ("http.response.status_code", status.to_string()),
                ],
                events: Vec::new(),
                failure: (status >= 500).then(|| status.to_string()),
            });
        }
    }
}

fn place(context: &Context, caller: Option<Traceparent>) -> Place {
    let fresh = context.entropy.hex(16);
    Place {
        trace: caller.map_or_else(|| TraceId::derived(&["request", &fresh]), |caller| caller.trace),
        span: SpanId::derived(&["request", &fresh]),
        parent: caller.map(|caller| caller.span),
        sampled: caller.is_none_or(|caller| caller.sampled),
    }
}

fn word(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::PATCH => "PATCH",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
