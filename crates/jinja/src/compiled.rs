//! Texts that the engine has compiled, kept by the text: what is evaluated again is neither checked, bounded nor compiled again.

use std::{
    borrow::Cow,
    panic::{self, AssertUnwindSafe},
    sync::{
        Arc, PoisonError, RwLock, RwLockReadGuard,
        atomic::{AtomicUsize, Ordering},
    },
};

use minijinja::{Environment, Template, machinery::parse_expr};

use crate::{
    bounded,
    context::Context,
    dialect,
    error::{Error, has_undefined_operand},
    limits::{Limits, UNLIMITED},
    mistake, operands,
    owned::{self, Walk},
    shape, undefined,
};

/// The variable that a compiled expression leaves its value in.
pub(crate) const ANSWER: &str = "__answer";
/// A template of so many bytes takes the place of one more.
const LARGE: usize = 1024;

pub(crate) struct Compiled {
    engine: RwLock<Environment<'static>>,
    kept: Arc<AtomicUsize>,
    limits: Limits,
    is_expression: bool,
}

/// Makes a template, whose name is its own text, of a text; none means that it can't be made safe.
type Prepare = fn(&str) -> Result<Option<String>, minijinja::Error>;

impl Compiled {
    pub(crate) fn templates(engine: Environment<'static>, limits: Limits) -> Self {
        Self::new(engine, limits, false, |text| Ok(bounded::template(text, &dialect::syntax())?.map(Cow::into_owned)))
    }

    /// Expressions that stand without delimiters.
    pub(crate) fn expressions(engine: Environment<'static>, limits: Limits) -> Self {
        Self::new(engine, limits, true, |text| {
            // Nothing but a whole expression may come between the delimiters.
            let Some(bounded) = bounded::expression(text)? else { return Ok(None) };
            parse_expr(&bounded)?;
            Ok(Some(format!("{{% set {ANSWER} = ({bounded}) %}}")))
        })
    }

    fn new(mut engine: Environment<'static>, limits: Limits, is_expression: bool, prepare: Prepare) -> Self {
        let kept = Arc::new(AtomicUsize::new(0));
        let counter = kept.clone();
        engine.set_loader(move |text| {
            if !UNLIMITED && !shape::is_flat(text, is_expression) {
                return Err(Error::limit("the template has too long a name or too many operators in one tag").into());
            }
            counter.fetch_add(1 + text.len() / LARGE, Ordering::Relaxed);
            prepare(text)?.map(Some).ok_or_else(unbounded)
        });
        Self { engine: RwLock::new(engine), kept, limits, is_expression }
    }

    pub(crate) fn check_length(&self, text: &str) -> Result<(), Error> {
        if text.len() > self.limits.source {
            return Err(Error::limit(format!("the template has more than {} bytes", self.limits.source)));
        }
        Ok(())
    }

    /// Returns the engine, which compiles a text when it is first asked for it. It forgets all of them once there are too many;
    /// a working set is compiled again in microseconds each.
    pub(crate) fn engine(&self) -> RwLockReadGuard<'_, Environment<'static>> {
        if self.kept.load(Ordering::Relaxed) >= self.limits.cached_templates {
            self.engine.write().unwrap_or_else(PoisonError::into_inner).clear_templates();
            self.kept.store(0, Ordering::Relaxed);
        }
        self.engine.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns a text compiled, or what Jinja2 says is wrong with it.
    pub(crate) fn template<'e>(&self, engine: &'e Environment<'static>, text: &str) -> Result<Template<'e, 'e>, Error> {
        let mistake = if self.is_expression { mistake::of_expression } else { mistake::of_template };
        engine.get_template(text).map_err(|error| Error::from(error).reworded(|| mistake(text)))
    }

    /// Runs a text and finishes what it made, within the limits.
    pub(crate) fn run<T, U>(
        &self,
        text: &str,
        context: &Context,
        work: impl FnOnce(&Template<'_, '_>) -> Result<T, minijinja::Error>,
        finish: impl FnOnce(T) -> Result<U, Error>,
    ) -> Result<U, Error> {
        self.check_length(text)?;
        let engine = self.engine();
        let template = self.template(&engine, text)?;
        let _walk = Walk::begin(self.limits.visits);
        let made = unwound(|| work(&template));
        // Lists that were empty because nobody may walk them any more are the cause of whatever else went wrong.
        let outcome = match owned::check().and(made) {
            // What was made is walked once more, and may turn out to be too much.
            Ok(made) => finish(made).and_then(|finished| Ok(owned::check().map(|()| finished)?)),
            Err(error) => Err(self.explained(error, &engine, &template, context)),
        };
        match context.take_failure() {
            Some(refused) => Err(minijinja::Error::from(refused).into()),
            None => outcome,
        }
    }

    /// Turns the engine's error into ours and names what is undefined, if that is what is wrong.
    fn explained(
        &self,
        error: minijinja::Error,
        engine: &Environment<'_>,
        template: &Template<'_, '_>,
        context: &Context,
    ) -> Error {
        let is_unnamed =
            error.kind() == minijinja::ErrorKind::UndefinedError || error.detail().is_some_and(has_undefined_operand);
        let is_of_operator = operands::are_refused(&error);
        let mut error = Error::from(error);
        if !is_unnamed && !is_of_operator {
            return error;
        }
        let root = context.root();
        if is_unnamed {
            let is_global = |name: &str| engine.globals().any(|(global, _)| global == name);
            let names = template.undeclared_variables(true).into_iter().collect();
            let found = undefined::explain(names, &root, is_global)
                // The name of a template is its text.
                .or_else(|| undefined::search(template.name(), self.is_expression, engine, &root));
            error.message = found.unwrap_or(error.message);
        }
        if is_of_operator {
            let found = operands::explain(template.name(), self.is_expression, engine, &root);
            error.message = found.unwrap_or(error.message);
        }
        error
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
