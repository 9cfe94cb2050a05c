//! Workflows of OpenStack Mistral's language, version 2, as packs from before StackStorm 3 have them: translated to
//! Orquesta definitions, which the same engine runs. Counterpart: contrib/runners/mistral_v2 of StackStorm 2.
//!
//! What the language has and this translation has not is a [`Mistake`] with its place, never silence.

mod expressions;
mod tasks;
mod workbook;

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

/// A translated workflow, and where its author wrote what.
pub struct Translation {
    /// The Orquesta definition.
    pub definition: Value,
    positions: Positions,
    workflow: Vec<String>,
}

impl Translation {
    /// Translates the workflow that an action with this definition runs: `main` of a workbook, or the only one.
    pub fn of(text: &str) -> Result<Self, MistralError> {
        let document = squall_yaml::parse_document(text).map_err(|error| DefinitionError::Unreadable {
            message: error.message,
            line: error.line,
            column: error.column,
        })?;
        let place = |path: &[String]| position(&document.positions, path);
        let one =
            |message: String, path: Vec<String>| MistralError::Mistakes(vec![Mistake { message, place: place(&path) }]);
        let found = workbook::entry(&document.value).map_err(|(message, path)| one(message, path))?;
        let mut translator = Translator::new(found.workflow);
        let definition = translator.translate();
        let mistakes = translator.mistakes.into_iter().map(|(message, path)| {
            let path = [found.path.as_slice(), &path].concat();
            Mistake { message, place: place(&path) }
        });
        let mistakes: Vec<Mistake> = mistakes.collect();
        if !mistakes.is_empty() {
            return Err(MistralError::Mistakes(mistakes));
        }
        Ok(Self { definition, positions: document.positions, workflow: found.path })
    }

    /// Compiles for running. What reads a variable that nothing sets is no reason not to begin, as Mistral begins too.
    pub fn compile(&self) -> Result<Arc<Workflow>, MistralError> {
        Ok(Workflow::from_translation(self.definition.clone())?)
    }

    /// Everything that is wrong with the workflow, the first of it at the place where its task is written.
    pub fn inspect(&self, given: &Map<String, Value>) -> Vec<Mistake> {
        let Ok(workflow) = Workflow::from_value(self.definition.clone(), squall_orquesta::Options::default()) else {
            return Vec::new();
        };
        let place = |path: Option<&str>| {
            let task = path?.strip_prefix("tasks.")?.split(['.', '[']).next()?;
            let task = task.split("__").next().unwrap_or(task);
            let path = [self.workflow.as_slice(), &["tasks".to_owned(), task.to_owned()]].concat();
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
