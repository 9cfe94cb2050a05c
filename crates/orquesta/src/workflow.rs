//! A compiled workflow: read, composed and parsed once, shared by every engine that runs it.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value};

use crate::graph::Graph;
use crate::inspection::{self, Inspection};
use crate::options::Options;
use crate::spec::WorkflowSpec;

/// For so many sets of names it is remembered what an inspection found.
const MOST_INSPECTIONS: usize = 4;

/// The text is not a workflow definition at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DefinitionError {
    #[error("Failed to load workflow definition because {message}.")]
    Unreadable { message: String, line: usize, column: usize },
    #[error("Workflow definition is empty.")]
    Empty,
    #[error("Unable to convert workflow definition into dict.")]
    NotAMapping,
}

impl DefinitionError {
    /// Line and column, counted from 1, where they are known.
    pub const fn position(&self) -> Option<(usize, usize)> {
        match self {
            Self::Unreadable { line, column, .. } => Some((*line, *column)),
            Self::Empty | Self::NotAMapping => None,
        }
    }
}

#[derive(Debug)]
pub struct Workflow {
    pub(crate) spec: WorkflowSpec,
    pub(crate) graph: Graph,
    pub(crate) options: Options,
    positions: Option<squall_yaml::Positions>,
    /// A variable that nothing sets stops what reads it, when it is read; inspection does not look for it.
    pub(crate) trusts_variables: bool,
    /// Tasks before which the workflow pauses; Orquesta has no word for that.
    pub(crate) pauses_before: BTreeSet<String>,
    /// What inspections found, by the names that were given.
    inspected: Mutex<Vec<(Vec<String>, Vec<Inspection>)>>,
    /// The definition forks into itself more often than is worth following; the graph is empty then.
    pub(crate) too_complex: bool,
}

impl Workflow {
    pub fn compile(definition: &str) -> Result<Arc<Self>, DefinitionError> {
        Self::compile_with(definition, Options::default())
    }

    pub fn compile_with(definition: &str, options: Options) -> Result<Arc<Self>, DefinitionError> {
        let document = squall_yaml::parse_document_with(definition, &reading()).map_err(|error| {
            DefinitionError::Unreadable { message: error.message, line: error.line, column: error.column }
        })?;
        Self::from_document(document.value, Some(document.positions), options)
    }

    /// Compiles a definition that has already been read.
    pub fn from_value(definition: Value, options: Options) -> Result<Arc<Self>, DefinitionError> {
        Self::from_document(definition, None, options)
    }

    /// Compiles a definition that was translated from another language, whose workflows begin whatever variables they may read, and
    /// pause before certain tasks.
    pub fn from_translation(definition: Value, pauses_before: BTreeSet<String>) -> Result<Arc<Self>, DefinitionError> {
        let read = Self::read(definition, None, Options::default())?;
        Ok(Arc::new(Self { trusts_variables: true, pauses_before, ..read }))
    }

    fn from_document(
        definition: Value,
        positions: Option<squall_yaml::Positions>,
        options: Options,
    ) -> Result<Arc<Self>, DefinitionError> {
        Self::read(definition, positions, options).map(Arc::new)
    }

    fn read(
        definition: Value,
        positions: Option<squall_yaml::Positions>,
        options: Options,
    ) -> Result<Self, DefinitionError> {
        let raw = match definition {
            Value::Null => return Err(DefinitionError::Empty),
            Value::Object(raw) if raw.is_empty() => return Err(DefinitionError::Empty),
            Value::Object(raw) => raw,
            _ => return Err(DefinitionError::NotAMapping),
        };
        let spec = WorkflowSpec::new(raw, options);
        let graph = Graph::compose(&spec, options);
        let too_complex = graph.is_err();
        Ok(Self {
            spec,
            graph: graph.unwrap_or_default(),
            options,
            positions,
            trusts_variables: false,
            pauses_before: BTreeSet::new(),
            inspected: Mutex::default(),
            too_complex,
        })
    }

    /// Everything that is wrong with the definition, as StackStorm lists it. `app_context` holds what every workflow is
    /// given besides its inputs: `st2` and `parent`.
    pub fn inspect(&self, app_context: &Map<String, Value>) -> Vec<Inspection> {
        let names: Vec<&String> = app_context.keys().collect();
        let mut inspected = self.inspected.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, known)) = inspected.iter().find(|(known, _)| known.iter().eq(names.iter().copied())) {
            return known.clone();
        }
        let found = inspection::inspect(self, &names.iter().map(|name| name.as_str()).collect::<Vec<_>>());
        if inspected.len() < MOST_INSPECTIONS {
            inspected.push((names.into_iter().cloned().collect(), found.clone()));
        }
        found
    }

    pub const fn spec(&self) -> &WorkflowSpec {
        &self.spec
    }

    pub const fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Whether the definition was translated from another language.
    pub const fn is_translation(&self) -> bool {
        self.trusts_variables
    }

    /// Where something of the definition is written, by the path StackStorm names it with: `tasks.t1.next[0].do`.
    pub fn position(&self, spec_path: &str) -> Option<(usize, usize)> {
        let segments: Vec<&str> = spec_path.split(['.', '[', ']']).filter(|segment| !segment.is_empty()).collect();
        let positions = self.positions.as_ref()?;
        (0..=segments.len())
            .rev()
            .find_map(|length| {
                let path = &segments[..length];
                positions.key_at(path).or_else(|| positions.value_at(path))
            })
            .map(|position| (position.line, position.column))
    }
}

fn reading() -> squall_yaml::Options {
    squall_yaml::Options { duplicate_keys: squall_yaml::DuplicateKeys::Reject, ..squall_yaml::Options::default() }
}
