//! Workflows of OpenStack Mistral's language, version 2, as packs from before StackStorm 3 have them: translated to
//! Orquesta definitions, which the same engine runs. Counterpart: contrib/runners/mistral_v2 of StackStorm 2.
//!
//! What the language has and this translation has not is a [`Mistake`] with its place, never silence.

mod expressions;
mod tasks;
mod workbook;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value};
use squall_orquesta::{DefinitionError, Workflow};
use squall_yaml::Positions;

use crate::tasks::Translator;

/// Something in a definition that can't be translated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Mistake {
    pub message: String,
    /// Line and column, counted from 1.
    pub place: Option<(usize, usize)>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MistralError {
    #[error(transparent)]
    Definition(#[from] DefinitionError),
    #[error("{}", .0.iter().map(|mistake| mistake.message.as_str()).collect::<Vec<_>>().join("; "))]
    Mistakes(Vec<Mistake>),
}

/// Whether a definition says that it is of version 2, which Orquesta has none of.
pub fn is_mistral(text: &str) -> bool {
    // Reading the whole only to see that it is of Orquesta would cost every workflow.
    text.contains("version") && text.contains('2') && squall_yaml::parse(text).is_ok_and(|value| is_version_2(&value))
}

fn is_version_2(value: &Value) -> bool {
    match value.get("version") {
        Some(Value::String(version)) => version == "2.0" || version == "2",
        Some(Value::Number(version)) => version.as_f64() == Some(2.0),
        _ => false,
    }
}

/// What the reference of an action begins with that is a workflow of the same workbook: `#NAME`.
pub const WITHIN: &str = "#";

/// Returns the text that stands for a workflow of a workbook, named by itself or as `WORKBOOK.WORKFLOW`, where the workbook's text alone
/// stands for its `main`. Lines keep their numbers.
pub fn choose(text: &str, workflow: &str) -> String {
    workbook::choose(text, workflow)
}

/// Returns the workflows of a workbook by name; none for a file that is of one workflow.
pub fn workflows(text: &str) -> Vec<String> {
    squall_yaml::parse(text).map_or_else(|_| Vec::new(), |file| workbook::names(&file))
}

/// A translated workflow, and where its author wrote what.
pub struct Translation {
    /// The Orquesta definition.
    pub definition: Value,
    /// Tasks before which the workflow pauses.
    pauses: BTreeSet<String>,
    positions: Positions,
    workflow: Vec<String>,
    /// Tasks as they are written, by what they are called in the definition.
    tasks: BTreeMap<String, String>,
}

impl Translation {
    /// Translates the workflow that a text stands for: the chosen one ([`choose`]), `main` of a workbook, or the only one.
    pub fn of(text: &str) -> Result<Self, MistralError> {
        let document = squall_yaml::parse_document(text).map_err(|error| DefinitionError::Unreadable {
            message: error.message,
            line: error.line,
            column: error.column,
        })?;
        let place = |path: &[String]| position(&document.positions, path);
        let one =
            |message: String, path: Vec<String>| MistralError::Mistakes(vec![Mistake { message, place: place(&path) }]);
        let found =
            workbook::entry(&document.value, workbook::chosen(text)).map_err(|(message, path)| one(message, path))?;
        let mut translator = Translator::new(found.workflow, &found.book);
        let definition = translator.translate();
        let pauses = translator.pauses;
        let mistakes = translator.mistakes.into_iter().map(|(message, path)| {
            let path = [found.path.as_slice(), &path].concat();
            Mistake { message, place: place(&path) }
        });
        let mistakes: Vec<Mistake> = mistakes.collect();
        if !mistakes.is_empty() {
            return Err(MistralError::Mistakes(mistakes));
        }
        let names = found.workflow.get("tasks").and_then(Value::as_object).into_iter().flatten();
        let tasks = names.map(|(name, _)| (tasks::plain(name), name.clone())).collect();
        Ok(Self { definition, pauses, positions: document.positions, workflow: found.path, tasks })
    }

    /// Compiles for running. What reads a variable that nothing sets is no reason not to begin, as Mistral begins too.
    pub fn compile(&self) -> Result<Arc<Workflow>, MistralError> {
        Ok(Workflow::from_translation(self.definition.clone(), self.pauses.clone())?)
    }

    /// Everything that is wrong with the workflow, the first of it at the place where its task is written.
    pub fn inspect(&self, given: &Map<String, Value>) -> Vec<Mistake> {
        let Ok(workflow) = Workflow::from_value(self.definition.clone(), squall_orquesta::Options::default()) else {
            return Vec::new();
        };
        let place = |path: Option<&str>| {
            let task = path?.strip_prefix("tasks.")?.split(['.', '[']).next()?;
            let task = task.split("__").next().unwrap_or(task);
            let written = self.tasks.get(task).map_or(task, String::as_str);
            let path = [self.workflow.as_slice(), &["tasks".to_owned(), written.to_owned()]].concat();
            position(&self.positions, &path)
        };
        let found = workflow.inspect(given);
        found
            .iter()
            .map(|entry| Mistake { message: entry.message.clone(), place: place(entry.spec_path.as_deref()) })
            .collect()
    }
}

/// Returns where a part is written, or the innermost part around it that is.
fn position(positions: &Positions, path: &[String]) -> Option<(usize, usize)> {
    let at = |path: &[String]| positions.key_at(path).or_else(|| positions.value_at(path));
    (0..=path.len()).rev().find_map(|length| at(&path[..length])).map(|found| (found.line, found.column))
}
