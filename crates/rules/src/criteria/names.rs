//! What criteria may see: the event, and the datastore's system keys when a template asks for them.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use squall_jinja::{Context as Names, Environment, HostError, Lookup};

/// Values that the criteria of one rule may look at in one event: a search in a search multiplies.
const WORK: usize = 1_000_000;

/// The event that criteria are checked against, or one item of a list in it.
pub(crate) struct Event<'e> {
    root: &'static str,
    payload: &'e Value,
    templates: &'e Environment,
    keys: &'e Arc<SystemKeys>,
    /// Made when the first template is met: most criteria have none.
    names: OnceCell<Names>,
    /// What has been compared, in this event and its items.
    work: Arc<AtomicUsize>,
}

impl<'e> Event<'e> {
    pub(crate) fn new(payload: &'e Value, templates: &'e Environment, keys: &'e Arc<SystemKeys>) -> Self {
        Self { root: "trigger", payload, templates, keys, names: OnceCell::new(), work: Arc::default() }
    }

    /// Returns the same for an item of a list, which child criteria call `item`.
    pub(crate) fn item<'i>(&self, item: &'i Value) -> Event<'i>
    where
        'e: 'i,
    {
        Event {
            root: "item",
            payload: item,
            templates: self.templates,
            keys: self.keys,
            names: OnceCell::new(),
            work: self.work.clone(),
        }
    }

    /// Begins to count anew: every rule has its own allowance.
    pub(crate) fn begin(&self) {
        self.work.store(0, Ordering::Relaxed);
    }

    /// Counts work; returns whether it is still allowed.
    pub(crate) fn afford(&self, work: usize) -> bool {
        self.work.fetch_add(work, Ordering::Relaxed).saturating_add(work) <= WORK
    }

    pub(crate) fn root(&self) -> &'static str {
        self.root
    }

    pub(crate) fn payload(&self) -> &'e Value {
        self.payload
    }

    pub(crate) fn templates(&self) -> &'e Environment {
        self.templates
    }

    pub(crate) fn names(&self) -> &Names {
        self.names.get_or_init(|| {
            let mut names = Names::new();
            names.insert(self.root, self.payload);
            names.insert_lookup("st2kv", Arc::new(Scoped { keys: Arc::clone(self.keys), prefix: "system." }));
            names.insert_lookup("system", Arc::new(Scoped { keys: Arc::clone(self.keys), prefix: "" }));
            names
        })
    }
}

/// The system keys that were read for templates so far.
///
/// Templates are evaluated without waiting; what one asks for in vain is noted, read, and the rule is checked again.
#[derive(Debug, Default)]
pub(crate) struct SystemKeys {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    known: HashMap<String, Option<String>>,
    wanted: Option<String>,
}

impl SystemKeys {
    /// Takes the name of a key that a template asked for and that nobody has read.
    pub(crate) fn take_wanted(&self) -> Option<String> {
        self.lock().wanted.take()
    }

    pub(crate) fn learn(&self, name: String, value: Option<String>) {
        self.lock().known.insert(name, value);
    }

    fn get(&self, name: &str) -> Result<Option<String>, HostError> {
        let mut state = self.lock();
        if let Some(value) = state.known.get(name) {
            return Ok(value.clone());
        }
        state.wanted = Some(name.to_owned());
        Err(HostError::new("KeyError", "the key is still to be read"))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The keys below one name at the top level of templates.
struct Scoped {
    keys: Arc<SystemKeys>,
    prefix: &'static str,
}

impl Lookup for Scoped {
    fn get(&self, path: &str) -> Result<Option<String>, HostError> {
        path.strip_prefix(self.prefix).map_or(Ok(None), |name| self.keys.get(name))
    }

    /// Secrets stay secret here: anybody who may write a rule could otherwise compare them away, letter by letter.
    fn decrypt(&self, _ciphertext: &str) -> Result<String, HostError> {
        Err(HostError::new("ValueError", "criteria can't decrypt datastore items"))
    }
}
