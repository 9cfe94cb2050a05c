//! Renders templates and evaluates expressions.

use std::{collections::BTreeSet, fmt, io, sync::Arc};

use minijinja::{Template, value::Value as Jinja};
use serde_json::Value;

use crate::{
    compiled::{ANSWER, Compiled},
    context::{Context, LazyText},
    convert,
    dialect::{self, Dialect},
    error::Error,
    limits::{Limits, UNLIMITED},
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
    templates: Compiled,
    expressions: Compiled,
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
        let engine = dialect::engine(dialect, &limits);
        let expressions = Compiled::expressions(engine.clone(), limits);
        Self(Arc::new(Inner { templates: Compiled::templates(engine, limits), expressions, limits }))
    }

    /// Renders a template to text.
    pub fn render(&self, template: &str, context: &Context) -> Result<String, Error> {
        self.0.templates.check_length(template)?;
        if !template.contains('{') {
            return Ok(template.strip_suffix('\n').unwrap_or(template).to_owned());
        }
        let mut output = Capped { bytes: Vec::new(), limit: self.0.limits.output };
        let render = |template: &Template<'_, '_>| template.render_captured_to(context.root(), &mut output).map(|_| ());
        self.0.templates.run(template, context, render, Ok)?;
        String::from_utf8(output.bytes).map_err(|_| Error::limit("the rendered text is not UTF-8"))
    }

    /// Evaluates an expression that stands without its delimiters.
    pub fn evaluate(&self, expression: &str, context: &Context) -> Result<Evaluated, Error> {
        let evaluate = |template: &Template<'_, '_>| {
            let done = template.render_captured_to(context.root(), io::sink())?;
            Ok(done.state().lookup(ANSWER).unwrap_or_default())
        };
        self.0.expressions.run(expression, context, evaluate, |value| self.typed(&value))
    }

    fn typed(&self, value: &Jinja) -> Result<Evaluated, Error> {
        if value.is_undefined() {
            return Ok(Evaluated::Undefined);
        }
        if let Some(lazy) = value.downcast_object_ref::<LazyText>() {
            return Ok(Evaluated::Value(Value::String(lazy.text().map_err(minijinja::Error::from)?)));
        }
        let (value, weight) = convert::weighed(value)?;
        if !UNLIMITED && weight > self.0.limits.output * 16 {
            return Err(Error::limit("the expression makes a larger value than is allowed"));
        }
        Ok(Evaluated::Value(value))
    }

    /// Returns the names that a template expects from its context.
    pub fn undeclared(&self, template: &str) -> Result<BTreeSet<String>, Error> {
        self.0.templates.check_length(template)?;
        if !template.contains('{') {
            return Ok(BTreeSet::new());
        }
        let engine = self.0.templates.engine();
        let mut names: BTreeSet<String> =
            self.0.templates.template(&engine, template)?.undeclared_variables(false).into_iter().collect();
        for (global, _) in engine.globals() {
            names.remove(global);
        }
        Ok(names)
    }
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
