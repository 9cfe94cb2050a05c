//! `squall workflow rehearse`: scripts are played one by one, and what is not as expected is told.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use squall_client::{Palette, WorkflowRehearseArgs};
use squall_orquesta::rehearsal::{self, Difference, RehearsalError, Report, Script, Subject};
use squall_orquesta::{DefinitionError, Options, Workflow};
use squall_yaml::Document;

use super::Desk;
use super::snippet::{Mistake, Place};

pub(crate) fn run(arguments: &WorkflowRehearseArgs) -> Result<ExitCode> {
    let palette = super::palette(&std::io::stdout());
    let (mut failed, mut unusable) = (0, 0);
    let specs = all_specs(&arguments.specs)?;
    for path in &specs {
        let base = arguments.base_path.as_deref();
        let rehearsed = rehearse(path, base);
        match &rehearsed {
            Rehearsed::Held { report, .. } if report.is_as_expected() => {}
            Rehearsed::Held { .. } => failed += 1,
            Rehearsed::Unusable { .. } => unusable += 1,
        }
        let shown = if arguments.json { rehearsed.to_json(path) } else { rehearsed.to_text(path, palette) };
        super::print(&shown)?;
    }
    if !arguments.json && specs.len() > 1 {
        let good = specs.len() - failed - unusable;
        super::print(&format!("{good} of {} rehearsals as expected\n", specs.len()))?;
    }
    Ok(match (failed, unusable) {
        (0, 0) => ExitCode::SUCCESS,
        (_, 0) => ExitCode::from(super::TO_MEND),
        _ => ExitCode::from(super::UNUSABLE),
    })
}

/// A directory stands for the files of YAML in it.
fn all_specs(given: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut specs = Vec::new();
    for path in given {
        if !path.is_dir() {
            specs.push(path.clone());
            continue;
        }
        let entries = std::fs::read_dir(path).with_context(|| format!("{} cannot be read", path.display()))?;
        let mut found: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        found.retain(|path| path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml"));
        found.sort();
        anyhow::ensure!(!found.is_empty(), "there are no rehearsals in {}", path.display());
        specs.extend(found);
    }
    Ok(specs)
}

enum Rehearsed {
    Held {
        report: Box<Report>,
        workflow: Arc<Workflow>,
        file: PathBuf,
        text: String,
    },
    /// The script, its workflow or one of its results cannot be used; each mistake with the text it is in.
    Unusable {
        mistakes: Vec<(Mistake, String)>,
    },
}

impl Rehearsed {
    fn unusable(file: &Path, message: String) -> Self {
        Self::Unusable { mistakes: vec![(Mistake::error(file, message), String::new())] }
    }

    fn to_json(&self, path: &Path) -> String {
        let value = match self {
            Self::Held { report, .. } => {
                let mut value = json!({"spec": path, "ok": report.is_as_expected()});
                value["differences"] = json!(report.differences);
                value["outcome"] = json!(report.outcome);
                value["inspection"] = json!(report.inspection);
                value
            }
            Self::Unusable { mistakes } => {
                let mistakes: Vec<Value> = mistakes
                    .iter()
                    .map(|(mistake, _)| {
                        let place = mistake.place.map(|place| (place.line, place.column)).unzip();
                        json!({"file": mistake.file, "line": place.0, "column": place.1, "message": mistake.message})
                    })
                    .collect();
                json!({"spec": path, "ok": false, "mistakes": mistakes})
            }
        };
        format!("{value}\n")
    }

    fn to_text(&self, path: &Path, palette: Palette) -> String {
        let path = path.display();
        match self {
            Self::Unusable { mistakes } => {
                let shown: String = mistakes.iter().map(|(mistake, text)| mistake.show(text, palette)).collect();
                format!("{} {path}\n{shown}", verdict("unusable", palette))
            }
            Self::Held { report, .. } if report.is_as_expected() => {
                let outcome = report.outcome.as_ref();
                let what = outcome.map_or_else(
                    || "the mistakes of the definition are the expected ones".to_owned(),
                    |outcome| format!("{} runs of tasks, {}", outcome.task_sequence.len(), outcome.status),
                );
                format!("{} {path} ({what})\n", verdict("ok", palette))
            }
            Self::Held { report, workflow, file, text } => {
                let mut out = format!("{} {path}\n", verdict("failed", palette));
                for difference in &report.differences {
                    tell(difference, &mut out);
                }
                out.push_str(&super::inspect::shown(file, text, workflow, &report.inspection, palette));
                if let Some(outcome) = report.outcome.as_ref().filter(|outcome| outcome.errors != json!([])) {
                    let _ = writeln!(out, "  errors of the workflow: {}", outcome.errors);
                }
                out
            }
        }
    }
}

fn verdict(word: &str, palette: Palette) -> String {
    let color = if word == "ok" { "92" } else { "91" };
    match palette {
        Palette::Colored => format!("\u{1b}[{color}m{word}\u{1b}[0m"),
        Palette::Plain => word.to_owned(),
    }
}

/// Lists are told apart from where they part.
fn tell(difference: &Difference, out: &mut String) {
    let Difference { what, expected, actual } = difference;
    let _ = writeln!(out, "  {what}:\n    expected {expected}\n    actual   {actual}");
    if let (Value::Array(expected), Value::Array(actual)) = (expected, actual) {
        let same = expected.iter().zip(actual).take_while(|(left, right)| left == right).count();
        let at = |list: &[Value]| list.get(same).map_or_else(|| "nothing".to_owned(), Value::to_string);
        let _ = writeln!(out, "    they part at number {}: {} expected, {} came", same + 1, at(expected), at(actual));
    }
}

fn rehearse(path: &Path, base: Option<&Path>) -> Rehearsed {
    let text = match super::read(path) {
        Ok(text) => text,
        Err(error) => return Rehearsed::unusable(path, format!("{error:#}")),
    };
    let document = match squall_yaml::parse_document(&text) {
        Ok(document) => document,
        Err(error) => {
            let place = Some(Place { line: error.line, column: error.column, length: 1 });
            return Rehearsed::Unusable { mistakes: vec![(Mistake::error(path, error.message).at(place), text)] };
        }
    };
    let mut script = match Script::read(&document.value) {
        Ok(script) => script,
        Err(found) => {
            let placed = found.into_iter().map(|found| (placed(path, &document, &found), text.clone()));
            return Rehearsed::Unusable { mistakes: placed.collect() };
        }
    };
    if let Err(error) = read_results(&mut script, path, base) {
        return Rehearsed::unusable(path, format!("{error:#}"));
    }
    let (file, definition, workflow) = match subject(&script, path, base) {
        Ok(subject) => subject,
        Err(unusable) => return unusable,
    };
    match rehearsal::perform(&script, &workflow, &Desk) {
        Ok(report) => Rehearsed::Held { report: Box::new(report), workflow, file, text: definition },
        Err(error) => {
            let about = match &error {
                RehearsalError::UnknownTask { mock, .. } => format!("mock_action_executions[{mock}].task_id"),
                RehearsalError::ItemWithoutNumber { mock, .. } => format!("mock_action_executions[{mock}]"),
                _ => String::new(),
            };
            let hint = match &error {
                RehearsalError::UnknownTask { task_id, .. } => {
                    let tasks: Vec<&str> = workflow.spec().tasks.keys().map(String::as_str).collect();
                    super::meant(task_id, &tasks).map(|meant| format!("did you mean `{meant}`?"))
                }
                _ => None,
            };
            let place = if about.is_empty() { None } else { place(&document, &about, value_length(&error)) };
            let mistake = Mistake::error(path, error.to_string()).at(place).hint(hint);
            Rehearsed::Unusable { mistakes: vec![(mistake, text)] }
        }
    }
}

fn value_length(error: &RehearsalError) -> usize {
    match error {
        RehearsalError::UnknownTask { task_id, .. } => task_id.chars().count(),
        _ => 1,
    }
}

fn placed(path: &Path, document: &Document, found: &rehearsal::Mistake) -> Mistake {
    let (hint, length) = match &found.unknown {
        Some((name, known)) => {
            (super::meant(name, known).map(|meant| format!("did you mean `{meant}`?")), name.chars().count())
        }
        None => (None, 1),
    };
    // A key that is not known is marked itself, a value that is wrong where it stands.
    let is_a_key = found.message.contains("is not a key");
    let segments = segments(&found.path);
    let key = document.positions.key_at(&segments).filter(|_| is_a_key);
    let position = key.or_else(|| document.positions.value_at(&segments));
    let place = position.map(|position| Place { line: position.line, column: position.column, length });
    Mistake::error(path, &found.message).at(place).hint(hint)
}

fn place(document: &Document, path: &str, length: usize) -> Option<Place> {
    let position = document.positions.value_at(&segments(path))?;
    Some(Place { line: position.line, column: position.column, length })
}

fn segments(path: &str) -> Vec<&str> {
    path.split(['.', '[', ']']).filter(|segment| !segment.is_empty()).collect()
}

/// The workflow that a script is about: its file, what is written there, and what that means.
fn subject(script: &Script, path: &Path, base: Option<&Path>) -> Result<(PathBuf, String, Arc<Workflow>), Rehearsed> {
    match &script.subject {
        Subject::Workflow(named) => {
            let file = resolve(named, path, base);
            let text = super::read(&file).map_err(|error| Rehearsed::unusable(path, format!("{error:#}")))?;
            match Workflow::compile(&text) {
                Ok(workflow) => Ok((file, text, workflow)),
                Err(error) => Err(unreadable(&file, text, &error)),
            }
        }
        Subject::State { state, .. } => {
            let definition = state["spec"]["spec"].clone();
            let workflow = Workflow::from_value(definition, Options::default())
                .map_err(|error| Rehearsed::unusable(path, format!("`workflow_state.spec.spec`: {error}")))?;
            Ok((path.to_owned(), String::new(), workflow))
        }
    }
}

fn unreadable(file: &Path, text: String, error: &DefinitionError) -> Rehearsed {
    let place = error.position().map(|(line, column)| Place { line, column, length: 1 });
    Rehearsed::Unusable { mistakes: vec![(Mistake::error(file, error.to_string()).at(place), text)] }
}

/// Results that stand in files come into the script: JSON and YAML as values, anything else as text.
fn read_results(script: &mut Script, path: &Path, base: Option<&Path>) -> Result<()> {
    for mock in &mut script.mocks {
        let Some(named) = &mock.result_path else { continue };
        let file = resolve(named, path, base);
        let text = super::read(&file)?;
        let is_data =
            file.extension().is_some_and(|extension| ["json", "yaml", "yml"].iter().any(|known| extension == *known));
        mock.result = if is_data {
            squall_yaml::parse(&text).map_err(|error| {
                anyhow::anyhow!("{}:{}:{}: {}", file.display(), error.line, error.column, error.message)
            })?
        } else {
            Value::from(text)
        };
    }
    Ok(())
}

/// Relative to the given directory; without one, to the nearest directory at or above the script's that has such a file.
fn resolve(named: &str, script: &Path, base: Option<&Path>) -> PathBuf {
    if let Some(base) = base {
        return base.join(named);
    }
    let own = script.parent().unwrap_or_else(|| Path::new(""));
    let whole = std::path::absolute(own).unwrap_or_else(|_| own.to_owned());
    let found = whole.ancestors().map(|directory| directory.join(named)).find(|file| file.is_file());
    found.unwrap_or_else(|| own.join(named))
}
