//! What the demo shows: a living picture on a terminal, plain lines in a pipe, JSON where it is asked for.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::demo::call::Platform;
use crate::demo::lifecycle::{Observer, PhaseReport};
use crate::demo::report;

/// The most lines of the living part.
const LIVE_LINES: usize = 18;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Terminal,
    Plain,
    Json,
}

/// The living part.
#[derive(Default)]
struct Live {
    /// How many of its lines are on the screen.
    drawn: usize,
    /// Taken away for good; whoever still looks at the platform draws no more.
    over: bool,
}

pub(crate) struct Screen {
    mode: Mode,
    live: Mutex<Live>,
    /// Told when nobody reads any more.
    gone: Notify,
}

impl Screen {
    pub(super) fn new(json: bool) -> Self {
        let mode = match json {
            true => Mode::Json,
            false if std::io::stdout().is_terminal() => Mode::Terminal,
            false => Mode::Plain,
        };
        Self { mode, live: Mutex::new(Live::default()), gone: Notify::new() }
    }

    /// Resolves when nobody reads any more, as after `| head -1`.
    pub(super) async fn gone(&self) {
        self.gone.notified().await;
    }

    pub(super) const fn is_live(&self) -> bool {
        matches!(self.mode, Mode::Terminal)
    }

    pub(super) fn started(&self, platform: &Platform, simulator: &str) {
        let event = json!({"event": "started", "api": platform.api, "simulator": simulator});
        self.say(&format!("squall {}  simulator {simulator}", platform.api), &event);
    }

    pub(super) fn chat(&self, channel: &str, text: &str) {
        let event = json!({"event": "chat", "channel": channel, "text": text});
        self.say(&format!("  {} {text}", self.dim(channel)), &event);
    }

    /// Draws the living part: the running workflow and the nodes behind the load balancer.
    pub(super) fn live(&self, tree: &[String], nodes: &[String]) {
        let (columns, rows) = size();
        let balancer = format!("load balancer: {} members  {}", nodes.len(), nodes.join("  "));
        let mut lines = vec![self.dim(&clip(&balancer, columns))];
        lines.extend(shortened(tree, LIVE_LINES.min(rows.saturating_sub(3))).iter().map(|line| clip(line, columns)));
        let mut live = self.lock();
        if live.over {
            return;
        }
        let mut text = erase(live.drawn);
        for line in &lines {
            text.push_str(&format!("{line}\r\n"));
        }
        live.drawn = lines.len();
        self.write(&text);
    }

    /// Takes the living part away for good.
    pub(super) fn clear(&self) {
        let mut live = self.lock();
        self.write(&erase(live.drawn));
        *live = Live { drawn: 0, over: true };
    }

    pub(super) fn table(&self, phases: &[PhaseReport]) {
        let rows = phases.iter().map(report::as_json).collect::<Vec<_>>();
        self.say(&format!("\n{}", report::table(phases)), &json!({"event": "result", "ok": true, "phases": rows}));
    }

    pub(super) fn failed(&self, error: &anyhow::Error) {
        self.say(
            &format!("\nFAILED: {error:#}"),
            &json!({"event": "result", "ok": false, "error": format!("{error:#}")}),
        );
    }

    pub(super) fn kept(&self, platform: &Platform, simulator: &str, data_dir: &Path) {
        let (user, password) = platform.login.split_once(':').unwrap_or_default();
        let text = format!(
            "\nStill running; Ctrl-C ends it.\n  API        {}\n  auth       {}\n  simulator  {simulator}/_sim/state\n  login      {user} / {password}\n  data       {}\n  try        ST2_API_URL={} ST2_API_KEY={} squall execution list",
            platform.api,
            platform.auth,
            data_dir.display(),
            platform.api,
            platform.api_key,
        );
        let event = json!({"event": "kept", "api": platform.api, "auth": platform.auth, "simulator": simulator, "user": user, "password": password});
        self.say(&text, &event);
    }

    /// Says something that stays.
    fn say(&self, text: &str, event: &Value) {
        let mut live = self.lock();
        match self.mode {
            Mode::Json => self.write(&format!("{event}\n")),
            Mode::Plain => self.write(&format!("{text}\n")),
            Mode::Terminal => {
                self.write(&format!("{}{}\r\n", erase(live.drawn), text.replace('\n', "\r\n")));
                live.drawn = 0;
            }
        }
    }

    fn dim(&self, text: &str) -> String {
        if self.mode == Mode::Terminal && std::env::var_os("NO_COLOR").is_none() {
            format!("\x1b[2m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    fn write(&self, text: &str) {
        let mut out = std::io::stdout().lock();
        if out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_err() {
            self.gone.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Screen {
    fn phase(&self, number: usize, title: &str) {
        self.say(&format!("\nphase {number}: {title}"), &json!({"event": "phase", "phase": number, "title": title}));
    }

    fn checked(&self, what: &str) {
        self.say(&format!("  ✓ {what}"), &json!({"event": "checked", "what": what}));
    }
}

fn erase(lines: usize) -> String {
    if lines == 0 { String::new() } else { format!("\x1b[{lines}A\x1b[J") }
}

/// Returns the root and as many of the newest lines as there is room for; the lines between are counted.
fn shortened(tree: &[String], room: usize) -> Vec<String> {
    if tree.len() <= room {
        return tree.to_vec();
    }
    let kept = room.saturating_sub(2);
    let skipped = tree.len() - 1 - kept;
    let mut lines: Vec<String> = tree.first().cloned().into_iter().collect();
    lines.push(format!("  … {skipped} more"));
    lines.extend(tree.iter().skip(1 + skipped).cloned());
    lines
}

/// Cuts a line so that it does not wrap.
fn clip(line: &str, columns: usize) -> String {
    line.chars().take(columns.saturating_sub(1)).collect()
}

/// Returns columns and rows of the terminal.
fn size() -> (usize, usize) {
    match rustix::termios::tcgetwinsize(std::io::stdout()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col.into(), size.ws_row.into()),
        _ => (80, 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_tree_keeps_its_root_and_its_newest_lines_within_the_terminal() {
        let tree: Vec<String> = (0..30).map(|number| number.to_string()).collect();
        let lines = shortened(&tree, 5);
        assert_eq!(lines, ["0", "  … 26 more", "27", "28", "29"]);
        assert_eq!(shortened(&tree, 30), tree);
        assert_eq!(shortened(&tree, 2), ["0", "  … 29 more"]);
    }

    #[test]
    fn the_living_part_does_not_come_back_after_ctrl_c_took_it_away() {
        let screen = Screen::new(true);
        screen.clear();
        screen.live(&["▶ autoscale.asg_expand".to_owned()], &[]);
        assert_eq!(screen.lock().drawn, 0);
    }

    #[test]
    fn a_line_never_wraps() {
        assert_eq!(clip("▶ autoscale.asg_create", 8), "▶ autos");
        assert_eq!(clip("short", 80), "short");
    }
}
