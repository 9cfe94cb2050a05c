//! What folds a workflow's log: the engine of Orquesta, or that of chains.

use std::sync::Arc;

use serde_json::Value;
use squall_chain::{Chain, ChainError, Engine as ChainEngine, SharedHost};
use squall_mistral::{MistralError, Translation, WITHIN, is_mistral};
use squall_model::Execution;
use squall_orquesta::engine::ActionKey;
use squall_orquesta::{ConductError, DefinitionError, Effect, Engine, Event, Status, Workflow};

/// What a definition is written in. Mistral's is translated, and Orquesta's from there on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Orquesta,
    ActionChain,
}

impl Language {
    pub(crate) fn of(execution: &Execution) -> Self {
        if execution.snapshot.runner.name == "action-chain" { Self::ActionChain } else { Self::Orquesta }
    }
}

/// A compiled definition.
#[derive(Debug, Clone)]
pub(crate) enum Program {
    Orquesta(Arc<Workflow>),
    ActionChain(Arc<Chain>),
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum ProgramError {
    #[error(transparent)]
    Orquesta(#[from] DefinitionError),
    #[error(transparent)]
    ActionChain(#[from] ChainError),
    #[error(transparent)]
    Mistral(#[from] MistralError),
}

impl Program {
    pub(crate) fn compile(language: Language, text: &str) -> Result<Self, ProgramError> {
        match language {
            Language::Orquesta if is_mistral(text) => Ok(Self::Orquesta(Translation::of(text)?.compile()?)),
            Language::Orquesta => Ok(Self::Orquesta(Workflow::compile(text)?)),
            Language::ActionChain => Ok(Self::ActionChain(Chain::compile(text)?)),
        }
    }
}

#[derive(Clone)]
pub(crate) enum Machine {
    Orquesta(Box<Engine>),
    ActionChain(Box<ChainEngine>),
}

impl Machine {
    pub(crate) fn new(program: &Program) -> Self {
        match program {
            Program::Orquesta(workflow) => Self::Orquesta(Box::new(Engine::new(Arc::clone(workflow)))),
            Program::ActionChain(chain) => Self::ActionChain(Box::new(ChainEngine::new(Arc::clone(chain)))),
        }
    }

    /// Takes up a stored snapshot; the error is why it can't be read.
    pub(crate) fn restore(program: &Program, snapshot: Value) -> Result<Self, String> {
        match program {
            Program::Orquesta(workflow) => Engine::restore(Arc::clone(workflow), snapshot)
                .map(|engine| Self::Orquesta(Box::new(engine)))
                .map_err(|error| error.to_string()),
            Program::ActionChain(chain) => ChainEngine::restore(Arc::clone(chain), snapshot)
                .map(|engine| Self::ActionChain(Box::new(engine)))
                .map_err(|error| error.to_string()),
        }
    }

    /// An engine of the same definition that has seen nothing.
    pub(crate) fn fresh(&self) -> Self {
        match self {
            Self::Orquesta(engine) => Self::new(&Program::Orquesta(Arc::clone(engine.workflow()))),
            Self::ActionChain(engine) => Self::new(&Program::ActionChain(Arc::clone(engine.chain()))),
        }
    }

    pub(crate) fn apply(&mut self, event: &mut Event, host: &SharedHost) -> Result<Vec<Effect>, ConductError> {
        match self {
            Self::Orquesta(engine) => engine.apply(event, &**host),
            Self::ActionChain(engine) => engine.apply(event, host),
        }
    }

    pub(crate) fn status(&self) -> Status {
        match self {
            Self::Orquesta(engine) => engine.status(),
            Self::ActionChain(engine) => engine.status(),
        }
    }

    pub(crate) fn pending(&self) -> Vec<Effect> {
        match self {
            Self::Orquesta(engine) => engine.pending(),
            Self::ActionChain(engine) => engine.pending().cloned().into_iter().collect(),
        }
    }

    pub(crate) fn pending_count(&self) -> usize {
        match self {
            Self::Orquesta(engine) => engine.pending_count(),
            Self::ActionChain(engine) => usize::from(engine.pending().is_some()),
        }
    }

    pub(crate) fn status_of(&self, key: &ActionKey) -> Option<Status> {
        match self {
            Self::Orquesta(engine) => engine.status_of(key),
            Self::ActionChain(engine) => engine.status_of(key),
        }
    }

    pub(crate) fn result(&self) -> Value {
        match self {
            Self::Orquesta(engine) => engine.result(),
            Self::ActionChain(engine) => engine.result(),
        }
    }

    pub(crate) fn snapshot(&self) -> Value {
        match self {
            Self::Orquesta(engine) => engine.snapshot(),
            Self::ActionChain(engine) => engine.snapshot(),
        }
    }

    /// Returns the workflow of the same workbook that a reference means, where it means one.
    pub(crate) fn workflow_within<'a>(&self, reference: &'a str) -> Option<&'a str> {
        match self {
            Self::Orquesta(engine) if engine.workflow().is_translation() => reference.strip_prefix(WITHIN),
            _ => None,
        }
    }

    pub(crate) fn as_chain(&self) -> Option<&ChainEngine> {
        match self {
            Self::Orquesta(_) => None,
            Self::ActionChain(engine) => Some(engine),
        }
    }
}
