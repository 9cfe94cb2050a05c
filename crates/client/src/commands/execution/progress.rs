//! What is shown while waiting: dots in a pipe, the status and the tree of tasks on a terminal.

use super::elapsed::elapsed_seconds;
use super::tree::depths;
use crate::api::ApiError;
use crate::commands::{CommandError, Context};
use crate::execution::{is_pending, task_name};
use crate::resource::Resource;

/// Moves to the start of the line above.
const LINE_UP: &str = "\u{1b}[1A\r";
/// Erases everything below the cursor.
const ERASE_BELOW: &str = "\u{1b}[J";
/// More tasks than this are summed up.
const MAX_TASKS: usize = 20;

/// Progress of one execution.
#[derive(Debug)]
pub(super) struct Progress {
    mode: Mode,
    /// Lines on the screen that the next update replaces.
    drawn: usize,
    is_away: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// JSON or YAML: nothing may stand before the document but an empty line.
    Silent,
    Dots,
    Live,
}

impl Progress {
    pub(super) fn start(context: &Context<'_>) -> Self {
        let mode = match (context.is_structured(), context.io.is_terminal) {
            (true, _) => Mode::Silent,
            (false, true) => Mode::Live,
            (false, false) => Mode::Dots,
        };
        Self { mode, drawn: 0, is_away: false }
    }

    /// Whether the tree of tasks is shown.
    pub(super) fn is_live(&self) -> bool {
        self.mode == Mode::Live
    }

    /// Shows the state of the execution.
    pub(super) fn update(
        &mut self,
        context: &mut Context<'_>,
        execution: &Resource,
        children: &[Resource],
    ) -> Result<(), CommandError> {
        self.is_away = false;
        match self.mode {
            Mode::Silent => Ok(()),
            Mode::Dots => context.write("."),
            Mode::Live if !is_pending(execution.text("status")) => self.erase(context),
            Mode::Live => {
                let lines = live_lines(context, execution, children);
                self.redraw(context, &lines)
            }
        }
    }

    /// Says once that the server does not answer.
    pub(super) fn server_is_away(&mut self, context: &mut Context<'_>, error: &ApiError) -> Result<(), CommandError> {
        if self.is_away {
            return Ok(());
        }
        self.is_away = true;
        self.erase(context)?;
        context.note(&format!("The server does not answer; waiting for it to come back. ({error})"))
    }

    /// Leaves the screen as the result expects it.
    pub(super) fn finish(&mut self, context: &mut Context<'_>) -> Result<(), CommandError> {
        if self.is_live() { self.erase(context) } else { context.write("\n") }
    }

    /// Removes what is drawn.
    pub(super) fn erase(&mut self, context: &mut Context<'_>) -> Result<(), CommandError> {
        self.redraw(context, &[])
    }

    fn redraw(&mut self, context: &mut Context<'_>, lines: &[String]) -> Result<(), CommandError> {
        let mut text = LINE_UP.repeat(self.drawn);
        if self.drawn > 0 {
            text.push_str(ERASE_BELOW);
        }
        for line in lines {
            text.push_str(line);
            text.push('\n');
        }
        self.drawn = lines.len();
        if text.is_empty() { Ok(()) } else { context.write(&text) }
    }
}

fn live_lines(context: &Context<'_>, execution: &Resource, children: &[Resource]) -> Vec<String> {
    let mut lines = vec![describe(context, execution, execution.text("action.ref"), 0)];
    let hidden = children.len().saturating_sub(MAX_TASKS);
    if hidden > 0 {
        lines.push(format!("  ({hidden} earlier tasks)"));
    }
    let depths = depths(children, execution.id());
    for (child, depth) in children.iter().zip(depths).skip(hidden) {
        let name = format!("{} {}", task_name(child).unwrap_or("?"), child.text("action.ref"));
        lines.push(describe(context, child, &name, depth + 1));
    }
    lines
}

/// One line, never wider than the terminal: a wrapped line could not be erased.
fn describe(context: &Context<'_>, execution: &Resource, name: &str, depth: usize) -> String {
    let status = execution.text("status");
    let elapsed = elapsed_seconds(execution, context.io.host.now()).map(|seconds| format!(" {seconds}s"));
    let label = format!("{status}{}", elapsed.unwrap_or_default());
    let room = context.output.width.saturating_sub(depth * 2 + label.chars().count() + 2);
    let name: String = name.chars().take(room).collect();
    let colored = label.replacen(status, &context.output.palette.status(status), 1);
    format!("{}{colored} {name}", "  ".repeat(depth))
}
