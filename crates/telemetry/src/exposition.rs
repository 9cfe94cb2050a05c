//! The text that Prometheus reads (format 0.0.4).

use std::fmt::Write;

use prometheus_client::encoding::text::encode;

use crate::{Metrics, process};

/// What is only known when it is asked for: name, help, and values by label.
pub type Gauge<'a> = (&'a str, &'a str, Vec<(String, f64)>);

/// Returns the text.
pub fn text(metrics: &Metrics, gauges: &[Gauge<'_>]) -> String {
    let mut open_metrics = String::new();
    // Writing to a text can't fail.
    let _ = encode(&mut open_metrics, &metrics.registry);
    let mut text = classic(&open_metrics);
    for (name, help, values) in gauges {
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
        for (labels, value) in values {
            let _ = writeln!(text, "{name}{labels} {value}");
        }
    }
    process::append(&mut text);
    text
}

/// OpenMetrics names a counter without its `_total` in the comments, and ends with a mark; the classic format does neither.
fn classic(open_metrics: &str) -> String {
    let mut text = String::with_capacity(open_metrics.len());
    let mut lines = open_metrics.lines().peekable();
    while let Some(line) = lines.next() {
        if line == "# EOF" {
            break;
        }
        let about = |line: &str, word: &str| -> Option<(String, String)> {
            let (name, rest) = line.strip_prefix(word)?.split_once(' ')?;
            Some((name.to_owned(), rest.to_owned()))
        };
        match about(line, "# HELP ") {
            Some((name, help)) if lines.peek() == Some(&format!("# TYPE {name} counter").as_str()) => {
                lines.next();
                let _ = writeln!(text, "# HELP {name}_total {help}\n# TYPE {name}_total counter");
            }
            _ => {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics;

    #[test]
    fn every_sample_has_a_type_of_its_own_name() {
        let metrics = metrics();
        metrics.execution_moved("running", false);
        metrics.http_answered("api", "GET", "/executions/{id}", 200, 0.003);
        metrics.committed(3, 0.0005);
        metrics.timer_slots(1, 2);
        let depth = ("squall_queue_waiting", "Messages.", vec![("{queue=\"q\"}".to_owned(), 7.0)]);
        let text = text(metrics, &[depth]);
        let mut types = std::collections::HashMap::new();
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').unwrap();
                assert!(types.insert(name, kind).is_none(), "{name} is there twice");
            } else if !line.starts_with('#') {
                let name = line.split(['{', ' ']).next().unwrap();
                let base = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
                let known = types.get(name).or_else(|| types.get(base?)).copied();
                assert!(known.is_some(), "{line} has no type");
                assert_eq!(known == Some("counter"), name.ends_with("_total"), "{line}");
                line.rsplit(' ').next().unwrap().parse::<f64>().unwrap();
            }
        }
        for expected in [
            "squall_queue_waiting{queue=\"q\"} 7",
            "squall_timer_slots_total{outcome=\"missed\"}",
            "squall_http_request_seconds_bucket{le=\"0.005\",face=\"api\",method=\"GET\",route=\"/executions/{id}\"}",
            "process_resident_memory_bytes ",
            "process_open_fds ",
        ] {
            assert!(text.contains(expected), "{expected} is not in\n{text}");
        }
        assert!(!text.contains("# EOF"), "that is OpenMetrics");
    }
}
