//! Tools for workflow authors that need no server: `expr`, `workflow inspect FILE`, `workflow graph`, `workflow rehearse`.
//! They end with 0 when all is well, with 1 when the author has something to mend, and with 2 when a file cannot be read.

mod expr;
mod graph;
mod inspect;
mod place;
mod rehearse;
mod snippet;

use std::io::{IsTerminal, Read, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use serde_json::Value;
use squall_client::Palette;
use squall_orquesta::{Host, HostError, Question};
use squall_service::{Clock, Entropy, SystemClock, SystemEntropy};

pub(crate) use expr::run as expr;
pub(crate) use graph::run as graph;
pub(crate) use inspect::run as inspect;
pub(crate) use rehearse::run as rehearse;

/// The author has something to mend.
const TO_MEND: u8 = 1;
/// What was named cannot be used at all.
const UNUSABLE: u8 = 2;

/// Runs a tool; what keeps it from its work is said, and ends it with [`UNUSABLE`].
pub(crate) fn finish(outcome: Result<ExitCode>) -> ExitCode {
    match outcome {
        Ok(code) => code,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            crate::complain(&format!("{error:#}"));
            ExitCode::from(UNUSABLE)
        }
    }
}

/// Whoever read the output has seen enough.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

/// The text of a file, or what is typed where its name is `-`.
fn read(path: &Path) -> Result<String> {
    if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("the standard input cannot be read")?;
        return Ok(text);
    }
    std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))
}

fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

/// Colours on a terminal, none in a pipe.
fn palette(stream: &impl IsTerminal) -> Palette {
    let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    if wanted && stream.is_terminal() { Palette::Colored } else { Palette::Plain }
}

/// The name that was probably meant: near, and not another name altogether.
fn meant<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let nearest = squall_packs::nearest(name, known)?;
    (nearest != name && squall_packs::edit_distance(name, nearest) < name.chars().count()).then_some(nearest)
}

/// What expressions can ask without a server: the time and dice.
struct Desk;

impl Host for Desk {
    fn answer(&self, question: &Question) -> Result<Value, HostError> {
        match question {
            Question::Now => Ok(Value::from(SystemClock.now().as_micros())),
            // As many bits as a number between 0 and 1 holds.
            Question::Random => Ok(Value::from((SystemEntropy.next_u64() >> 11) as f64 / (1_u64 << 53) as f64)),
            Question::KeyValue { key, .. } => Err(nobody(&format!("the value of `{key}` in the datastore"))),
            Question::Stored { path } => Err(nobody(&format!("the value of `{path}` in the datastore"))),
            Question::Decrypted { .. } => Err(nobody("what a stored secret means")),
            Question::Task { task_id, .. } | Question::Execution { task_id, .. } => {
                Err(nobody(&format!("the execution of task `{task_id}`")))
            }
        }
    }
}

fn nobody(what: &str) -> HostError {
    HostError::new("ExpressionEvaluationException", format!("Only a server knows {what}."))
}
