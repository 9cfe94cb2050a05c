//! Compiled definitions, kept by their text. They are functions of it, so the whole program shares them.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::machine::{Language, Program, ProgramError};

/// How many compiled definitions of a language are kept.
const MOST: usize = 1000;

type Compiled = LazyLock<Mutex<HashMap<String, Program>>>;

static ORQUESTA: Compiled = LazyLock::new(Mutex::default);
static CHAINS: Compiled = LazyLock::new(Mutex::default);

pub(crate) fn compile(language: Language, text: &str) -> Result<Program, ProgramError> {
    let compiled = match language {
        Language::Orquesta => &ORQUESTA,
        Language::ActionChain => &CHAINS,
    };
    if let Some(known) = compiled.lock().unwrap_or_else(PoisonError::into_inner).get(text) {
        return Ok(known.clone());
    }
    let program = Program::compile(language, text)?;
    let mut compiled = compiled.lock().unwrap_or_else(PoisonError::into_inner);
    if compiled.len() >= MOST {
        compiled.clear();
    }
    compiled.insert(text.to_owned(), program.clone());
    Ok(program)
}

/// Tells whether expressions in the definition may ask the store, so that evaluating them may wait.
pub(crate) fn may_ask_the_store(text: &str) -> bool {
    ["st2kv", "task(", "system.", "system["].iter().any(|name| text.contains(name))
}
