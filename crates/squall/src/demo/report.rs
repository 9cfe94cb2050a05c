//! The table at the end.

use serde_json::{Value, json};

use crate::demo::lifecycle::PhaseReport;

pub(super) fn as_json(phase: &PhaseReport) -> Value {
    json!({
        "phase": phase.number,
        "title": phase.title,
        "seconds": phase.duration.as_secs_f64(),
        "executions": phase.executions,
        "nodes_before": phase.nodes_before,
        "nodes_after": phase.nodes_after,
    })
}

pub(super) fn table(phases: &[PhaseReport]) -> String {
    let mut text = format!("{:<7}{:<42}{:>9}{:>13}{:>15}\n", "phase", "", "time", "executions", "nodes");
    for phase in phases {
        let nodes = format!("{} → {}", phase.nodes_before, phase.nodes_after);
        let time = format!("{:.1} s", phase.duration.as_secs_f64());
        text.push_str(&format!("{:<7}{:<42}{time:>9}{:>13}{nodes:>15}\n", phase.number, phase.title, phase.executions));
    }
    text.push_str("every check held");
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn columns_line_up() {
        let phase = |number, title| PhaseReport {
            number,
            title,
            duration: Duration::from_millis(1500),
            executions: 12,
            nodes_before: 0,
            nodes_after: 3,
        };
        let shown = table(&[phase(0, "create the group"), phase(1, "an alert opens, the group expands")]);
        let widths: Vec<usize> = shown.lines().take(3).map(|line| line.chars().count()).collect();
        assert_eq!(widths, [86, 86, 86]);
    }
}
