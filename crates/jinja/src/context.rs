//! What a template can see. Counterpart: st2common/services/keyvalues.py (lazy look-ups).

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use minijinja::{
    State,
    value::{Enumerator, Object, ObjectRepr, Value as Jinja},
};
use serde_json::{Map, Value};

use crate::{convert, error::HostError, limits::UNLIMITED, owned};

/// Functions that the host offers to templates by name.
pub trait Functions: Send + Sync {
    /// Returns whether a bare name is one of the functions.
    fn knows(&self, name: &str) -> bool;

    /// Calls a function; none means that there is no such function. One rendering may take an answer for all calls with the same
    /// arguments.
    fn call(&self, name: &str, arguments: &[Value], keywords: &Map<String, Value>) -> Option<Result<Value, HostError>>;
}

/// A tree of texts that is read only where a template prints it: `st2kv.system.a.b` asks for `system.a.b`.
pub trait Lookup: Send + Sync {
    /// Returns the text at a dotted path; none prints as nothing.
    fn get(&self, path: &str) -> Result<Option<String>, HostError>;

    /// Returns the plain text behind the stored text of a secret.
    fn decrypt(&self, ciphertext: &str) -> Result<String, HostError>;
}

/// The variables and functions of a rendering. Clones are cheap and share their values.
#[derive(Clone, Default)]
pub struct Context {
    variables: Arc<HashMap<String, Jinja>>,
    functions: Option<Arc<dyn Functions>>,
    failure: Failure,
}

impl Context {
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a variable.
    pub fn insert(&mut self, name: impl Into<String>, value: &Value) -> &mut Self {
        self.insert_jinja(name.into(), convert::from_json(value))
    }

    /// Sets a variable whose attributes are looked up when they are printed.
    pub fn insert_lookup(&mut self, name: impl Into<String>, lookup: Arc<dyn Lookup>) -> &mut Self {
        let name = name.into();
        let root = LazyText { lookup, name: name.clone(), path: String::new(), failure: self.failure.clone() };
        self.insert_jinja(name, Jinja::from_object(root))
    }

    /// Sets a variable that holds every variable set so far, as `__context` does in rules.
    pub fn insert_self(&mut self, name: impl Into<String>) -> &mut Self {
        let everything = self.variables.iter().map(|(name, value)| (Jinja::from(name.as_str()), value.clone()));
        let everything = owned::map(everything.collect());
        self.insert_jinja(name.into(), everything)
    }

    /// Offers functions to templates.
    pub fn set_functions(&mut self, functions: Arc<dyn Functions>) -> &mut Self {
        self.functions = Some(functions);
        self
    }

    /// Returns whether a variable is set.
    pub fn contains(&self, name: &str) -> bool {
        self.variables.contains_key(name)
    }

    fn insert_jinja(&mut self, name: String, value: Jinja) -> &mut Self {
        Arc::make_mut(&mut self.variables).insert(name, value);
        self
    }

    pub(crate) fn root(&self) -> Jinja {
        let functions = self.functions.clone().map(|host| Arc::new(Answered { host, answers: Mutex::default() }));
        Jinja::from_object(Root { variables: self.variables.clone(), functions })
    }

    /// Takes what a lookup refused while a value was being turned into text, where no error can be returned.
    pub(crate) fn take_failure(&self) -> Option<HostError> {
        self.failure.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names: Vec<_> = self.variables.keys().collect();
        names.sort();
        formatter.debug_struct("Context").field("variables", &names).finish_non_exhaustive()
    }
}

impl FromIterator<(String, Value)> for Context {
    fn from_iter<T: IntoIterator<Item = (String, Value)>>(variables: T) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name, convert::from_json(&value))).collect();
        Self { variables: Arc::new(variables), ..Self::default() }
    }
}

#[derive(Clone, Default)]
struct Failure(Arc<Mutex<Option<HostError>>>);

impl Failure {
    fn keep(&self, error: HostError) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
    }
}

struct Root {
    variables: Arc<HashMap<String, Jinja>>,
    functions: Option<Arc<Answered>>,
}

/// The functions of the host, and what they answered so far: `ctx()` is asked over and over, and may be large.
struct Answered {
    host: Arc<dyn Functions>,
    answers: Mutex<Vec<Answer>>,
}

struct Answer {
    name: String,
    arguments: (Vec<Value>, Map<String, Value>),
    value: Jinja,
}

/// Answers that are kept.
const ANSWERS: usize = 16;
/// Bytes of an answer that cost one step: a single one may be as large as anything in a context.
const ANSWER: usize = 256;

impl Answered {
    fn call(&self, state: &State<'_, '_>, name: &str, given: &[Jinja]) -> Result<Jinja, minijinja::Error> {
        let arguments = convert::arguments(state, given)?;
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = answers.iter().find(|known| known.name == name && known.arguments == arguments) {
            return Ok(known.value.clone());
        }
        drop(answers);
        let Some(answer) = self.host.call(name, &arguments.0, &arguments.1) else {
            return Err(HostError::new("UndefinedError", format!("'{name}' is undefined")).into());
        };
        let answer = answer?;
        if !UNLIMITED {
            state.consume_fuel((convert::weight(&answer) / ANSWER) as u64)?;
        }
        let value = convert::from_json(&answer);
        answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.len() < ANSWERS {
            answers.push(Answer { name: name.to_owned(), arguments, value: value.clone() });
        }
        Ok(value)
    }
}

impl fmt::Debug for Root {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("context")
    }
}

impl Object for Root {
    fn get_value(self: &Arc<Self>, key: &Jinja) -> Option<Jinja> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Jinja> {
        if let Some(value) = self.variables.get(key) {
            return Some(value.clone());
        }
        let functions = self.functions.as_ref().filter(|functions| functions.host.knows(key))?;
        Some(Jinja::from_object(HostFunction { name: key.to_owned(), functions: functions.clone() }))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.variables.keys().map(Jinja::from).collect())
    }
}

struct HostFunction {
    name: String,
    functions: Arc<Answered>,
}

impl fmt::Debug for HostFunction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "<function {}>", self.name)
    }
}

impl Object for HostFunction {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, arguments: &[Jinja]) -> Result<Jinja, minijinja::Error> {
        self.functions.call(state, &self.name, arguments)
    }
}

/// One place in a [`Lookup`]; its text is asked for when it is printed.
pub(crate) struct LazyText {
    lookup: Arc<dyn Lookup>,
    name: String,
    path: String,
    failure: Failure,
}

impl LazyText {
    /// Returns the text, which is empty where there is none.
    pub(crate) fn text(&self) -> Result<String, HostError> {
        if self.path.is_empty() {
            return Ok(String::new());
        }
        self.lookup.get(&self.path).map(Option::unwrap_or_default)
    }

    /// Returns the plain text of a secret.
    pub(crate) fn decrypted(&self) -> Result<String, HostError> {
        let ciphertext = self.text()?;
        if ciphertext.is_empty() {
            let message = format!(
                "Referenced datastore item \"{}.{}\" doesn't exist or it contains an empty string",
                self.name, self.path
            );
            return Err(HostError::new("ValueError", message));
        }
        self.lookup.decrypt(&ciphertext)
    }

    pub(crate) fn decrypt(&self, ciphertext: &str) -> Result<String, HostError> {
        self.lookup.decrypt(ciphertext)
    }
}

impl fmt::Debug for LazyText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "<{}.{}>", self.name, self.path)
    }
}

impl Object for LazyText {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Jinja) -> Option<Jinja> {
        match key.as_str() {
            Some(key) => self.get_value_by_str(key),
            None => self.get_value_by_str(&key.to_string()),
        }
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Jinja> {
        let path = if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        let name = self.name.clone();
        Some(Jinja::from_object(Self { lookup: self.lookup.clone(), name, path, failure: self.failure.clone() }))
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.text() {
            Ok(text) => formatter.write_str(&text),
            Err(error) => {
                self.failure.keep(error);
                Ok(())
            }
        }
    }
}
