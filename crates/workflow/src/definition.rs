//! Compiled definitions, kept by their text.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::machine::{Language, Program, ProgramError};

/// How many compiled definitions are kept.
const MOST: usize = 1000;

#[derive(Default)]
pub(crate) struct Definitions {
    compiled: Mutex<HashMap<(Language, String), Program>>,
}

impl Definitions {
    pub(crate) fn compile(&self, language: Language, text: &str) -> Result<Program, ProgramError> {
        let key = (language, text.to_owned());
        if let Some(known) = self.compiled.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(known.clone());
        }
        let program = Program::compile(language, text)?;
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if compiled.len() >= MOST {
            compiled.clear();
        }
        compiled.insert(key, program.clone());
        Ok(program)
    }
}

/// Tells whether expressions in the definition may ask the store, so that evaluating them may wait.
pub(crate) fn may_ask_the_store(text: &str) -> bool {
    ["st2kv", "task(", "system.", "system["].iter().any(|name| text.contains(name))
}
