//! Compiled definitions, kept by their text.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use squall_orquesta::{DefinitionError, Workflow};

/// How many compiled definitions are kept.
const MOST: usize = 1000;

#[derive(Default)]
pub(crate) struct Definitions {
    compiled: Mutex<HashMap<String, Arc<Workflow>>>,
}

impl Definitions {
    pub(crate) fn compile(&self, text: &str) -> Result<Arc<Workflow>, DefinitionError> {
        if let Some(known) = self.compiled.lock().unwrap_or_else(PoisonError::into_inner).get(text) {
            return Ok(Arc::clone(known));
        }
        let workflow = Workflow::compile(text)?;
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if compiled.len() >= MOST {
            compiled.clear();
        }
        compiled.insert(text.to_owned(), Arc::clone(&workflow));
        Ok(workflow)
    }
}

/// Tells whether expressions in the definition may ask the store, so that evaluating them may wait.
pub(crate) fn may_ask_the_store(text: &str) -> bool {
    text.contains("st2kv") || text.contains("task(")
}
