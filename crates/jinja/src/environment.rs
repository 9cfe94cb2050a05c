//! Renders templates and evaluates expressions.

use std::{
    collections::{BTreeSet, HashSet},
    fmt, io,
    panic::{self, AssertUnwindSafe},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use minijinja::value::Value as Jinja;
use serde_json::Value;

use crate::{
    bounded,
    context::{Context, LazyText},
    convert,
    dialect::{self, Dialect},
    error::Error,
    limits::Limits,
    owned::{self, Walk},
    shape, undefined,
};

/// What an expression stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum Evaluated {
    Value(Value),
    /// A name or attribute that does not exist.
    Undefined,
}

/// Renders and evaluates in one dialect. Clones are cheap and share compiled templates.
#[derive(Clone)]
pub struct Environment(Arc<Inner>);

struct Inner {
    engine: RwLock<minijinja::Environment<'static>>,
    /// Templates that the engine has compiled and keeps.
    compiled: Arc<AtomicUsize>,
    limits: Limits,
}

impl Environment {
    /// The dialect of action parameters, rules, aliases, chains and notifications.
    pub fn stackstorm(limits: Limits) -> Self {
        Self::new(Dialect::StackStorm, limits)
    }

    /// The dialect of Orquesta workflows: StackStorm's functions can be called by name, too.
    pub fn orquesta(limits: Limits) -> Self {
        Self::new(Dialect::Orquesta, limits)
    }

    fn new(dialect: Dialect, limits: Limits) -> Self {
        let compiled = Arc::new(AtomicUsize::new(0));
        let mut engine = dialect::engine(dialect, &limits);
        // A template's name is its own text: the engine compiles a text when it first meets it, and keeps it.
        let counter = compiled.clone();
        let syntax = dialect::syntax();
        engine.set_loader(move |text| {
            counter.fetch_add(1, Ordering::Relaxed);
            bounded::template(text, &syntax)?.map(|text| Some(text.into_owned())).ok_or_else(unbounded)
        });
        Self(Arc::new(Inner { engine: RwLock::new(engine), compiled, limits }))
    }

    /// Renders a template to text.
    pub fn render(&self, template: &str, context: &Context) -> Result<String, Error> {
        self.check_source(template)?;
        if !template.contains('{') {
            return Ok(template.strip_suffix('\n').unwrap_or(template).to_owned());
        }
        self.make_room();
        let engine = self.0.engine.read().unwrap_or_else(PoisonError::into_inner);
        let template = engine.get_template(template)?;
        let walk = Walk::begin(self.0.limits.visits);
        let mut output = Capped { bytes: Vec::new(), limit: self.0.limits.output };
        let rendered = unwound(|| template.render_captured_to(context.root(), &mut output).map(|_| ()));
        if let Some(refused) = context.take_failure() {
            return Err(minijinja::Error::from(refused).into());
        }
        rendered
            .and_then(|()| owned::check())
            .map_err(|error| explained(error, &engine, context, || template.undeclared_variables(true)))?;
        drop(walk);
        String::from_utf8(output.bytes).map_err(|_| Error::limit("the rendered text is not UTF-8"))
    }

    /// Evaluates an expression that stands without its delimiters.
    pub fn evaluate(&self, expression: &str, context: &Context) -> Result<Evaluated, Error> {
        self.check_source(expression)?;
        let engine = self.0.engine.read().unwrap_or_else(PoisonError::into_inner);
        let expression = bounded::expression(expression)?.ok_or_else(unbounded)?;
        let expression = engine.compile_expression(&expression)?;
        let _walk = Walk::begin(self.0.limits.visits);
        let answer = unwound(|| expression.eval(context.root()));
        let outcome = match answer.and_then(|value| owned::check().map(|()| value)) {
            Ok(value) => self.typed(&value),
            Err(error) => Err(explained(error, &engine, context, || expression.undeclared_variables(true))),
        };
        if let Some(refused) = context.take_failure() {
            return Err(minijinja::Error::from(refused).into());
        }
        outcome
    }

    fn typed(&self, value: &Jinja) -> Result<Evaluated, Error> {
        if value.is_undefined() {
            return Ok(Evaluated::Undefined);
        }
        if let Some(lazy) = value.downcast_object_ref::<LazyText>() {
            return Ok(Evaluated::Value(Value::String(lazy.text().map_err(minijinja::Error::from)?)));
        }
        let value = convert::to_json(value)?;
        if convert::weight(&value) > self.0.limits.output * 16 {
            return Err(Error::limit("the expression makes a larger value than is allowed"));
        }
        Ok(Evaluated::Value(value))
    }

    /// Returns the names that a template expects from its context.
    pub fn undeclared(&self, template: &str) -> Result<BTreeSet<String>, Error> {
        self.check_source(template)?;
        if !template.contains('{') {
            return Ok(BTreeSet::new());
        }
        self.make_room();
        let engine = self.0.engine.read().unwrap_or_else(PoisonError::into_inner);
        let mut names: BTreeSet<String> =
            engine.get_template(template)?.undeclared_variables(false).into_iter().collect();
        for (global, _) in engine.globals() {
            names.remove(global);
        }
        Ok(names)
    }

    fn check_source(&self, source: &str) -> Result<(), Error> {
        if source.len() > self.0.limits.source {
            return Err(Error::limit(format!("the template has more than {} bytes", self.0.limits.source)));
        }
        if !shape::is_flat(source) {
            return Err(Error::limit("the template has too many operators in one tag"));
        }
        Ok(())
    }

    /// Forgets all compiled templates once there are too many; a working set is compiled again in microseconds each.
    fn make_room(&self) {
        if self.0.compiled.load(Ordering::Relaxed) >= self.0.limits.cached_templates {
            self.0.engine.write().unwrap_or_else(PoisonError::into_inner).clear_templates();
            self.0.compiled.store(0, Ordering::Relaxed);
        }
    }
}

/// Turns a panic of the engine into an error: `loop.cycle()` without arguments divides by zero in there.
fn unwound<T>(work: impl FnOnce() -> Result<T, minijinja::Error>) -> Result<T, minijinja::Error> {
    panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err(minijinja::Error::new(minijinja::ErrorKind::InvalidOperation, "the template engine failed"))
    })
}

fn unbounded() -> minijinja::Error {
    minijinja::Error::new(minijinja::ErrorKind::SyntaxError, "the template is written in a way that cannot be bounded")
}

/// Turns the engine's error into ours and names what is undefined, if that is what is wrong.
fn explained(
    error: minijinja::Error,
    engine: &minijinja::Environment<'_>,
    context: &Context,
    names: impl FnOnce() -> HashSet<String>,
) -> Error {
    let is_unnamed = error.kind() == minijinja::ErrorKind::UndefinedError;
    let mut error = Error::from(error);
    if is_unnamed {
        let is_global = |name: &str| engine.globals().any(|(global, _)| global == name);
        if let Some(message) = undefined::explain(names().into_iter().collect(), &context.root(), is_global) {
            error.message = message;
        }
    }
    error
}

impl Default for Environment {
    fn default() -> Self {
        Self::stackstorm(Limits::default())
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Environment").field("limits", &self.0.limits).finish_non_exhaustive()
    }
}

/// Text that may not grow beyond a limit.
struct Capped {
    bytes: Vec<u8>,
    limit: usize,
}

impl io::Write for Capped {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + more.len() > self.limit {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.bytes.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
