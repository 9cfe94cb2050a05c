//! What the demo shows: a living picture on a terminal, plain lines in a pipe, JSON where it is asked for.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

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

pub(crate) struct Screen {
    mode: Mode,
    /// How many lines of the living part are on the screen.
    drawn: Mutex<usize>,
}

impl Screen {
    pub(super) fn new(json: bool) -> Self {
        let mode = match json {
            true => Mode::Json,
            false if std::io::stdout().is_terminal() => Mode::Terminal,
            false => Mode::Plain,
        };
        Self { mode, drawn: Mutex::new(0) }
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
        let mut lines = vec![self.dim(&format!("load balancer: {} members  {}", nodes.len(), nodes.join("  ")))];
        let skipped = tree.len().saturating_sub(LIVE_LINES);
        if skipped > 0 {
            lines.extend(tree.first().cloned());
            lines.push(format!("  … {skipped} more"));
        }
        lines.extend(tree.iter().skip(if skipped > 0 { skipped + 1 } else { 0 }).cloned());
        let mut drawn = self.lock();
        let mut text = erase(*drawn);
        for line in &lines {
            text.push_str(&format!("{}\r\n", clip(line)));
        }
        *drawn = lines.len();
        write(&text);
    }

    /// Takes the living part away.
    pub(super) fn clear(&self) {
        let mut drawn = self.lock();
        write(&erase(*drawn));
        *drawn = 0;
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
        let mut drawn = self.lock();
        match self.mode {
            Mode::Json => write(&format!("{event}\n")),
            Mode::Plain => write(&format!("{text}\n")),
            Mode::Terminal => {
                write(&format!("{}{}\r\n", erase(*drawn), text.replace('\n', "\r\n")));
                *drawn = 0;
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

    fn lock(&self) -> MutexGuard<'_, usize> {
        self.drawn.lock().unwrap_or_else(PoisonError::into_inner)
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

/// Cuts a line so that it does not wrap.
fn clip(line: &str) -> String {
    let width = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).unwrap_or(100_usize);
    line.chars().take(width.saturating_sub(1)).collect()
}

fn write(text: &str) {
    let mut out = std::io::stdout().lock();
    // Whoever closed the pipe does not want to know.
    let _unheard = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
