//! Texts that the engine has compiled, kept by the text: what is evaluated again is neither checked, bounded nor compiled again.

use std::{
    panic::{self, AssertUnwindSafe},
    sync::{
        Arc, PoisonError, RwLock, RwLockReadGuard,
        atomic::{AtomicUsize, Ordering},
    },
};

use minijinja::{
    Environment, Template,
    machinery::{parse, parse_expr},
};

use crate::{
    bounded,
    context::Context,
    dialect,
    error::{Error, ErrorKind},
    light,
    limits::{Limits, UNLIMITED},
    owned::{self, Walk},
    shape, undefined,
};

/// The variable that a compiled expression leaves its value in.
pub(crate) const ANSWER: &str = "__answer";
/// A template of so many bytes takes the place of one more.
const LARGE: usize = 1024;

/// What stands among light templates for one that is none.
const HEAVY: &str = "{# heavy #}";

pub(crate) struct Compiled {
    /// Counts its steps.
    engine: RwLock<Environment<'static>>,
    /// Runs what is bounded without that.
    light: RwLock<Environment<'static>>,
    kept: Arc<AtomicUsize>,
    limits: Limits,
    light_limits: Limits,
    is_expression: bool,
}

/// Makes a template, whose name is its own text, of a text, and says whether it is light; none means that it can't be made safe.
type Prepare = fn(&str) -> Result<Option<(String, bool)>, minijinja::Error>;

impl Compiled {
    pub(crate) fn templates(engine: Environment<'static>, limits: Limits) -> Self {
        Self::new(engine, limits, |text| {
            let Some(bounded) = bounded::template(text, &dialect::syntax())? else { return Ok(None) };
            let is_light = light::template(&parse(&bounded, "<template>", dialect::syntax())?);
            Ok(Some((bounded.into_owned(), is_light)))
        })
    }

    /// Expressions that stand without delimiters.
    pub(crate) fn expressions(engine: Environment<'static>, limits: Limits) -> Self {
        let prepare: Prepare = |text| {
            let Some(bounded) = bounded::expression(text)? else { return Ok(None) };
            // Nothing but a whole expression may come between the delimiters.
            let is_light = light::expression(&parse_expr(&bounded)?);
            Ok(Some((format!("{{% set {ANSWER} = ({bounded}) %}}"), is_light)))
        };
        Self { is_expression: true, ..Self::new(engine, limits, prepare) }
    }

    fn new(mut engine: Environment<'static>, limits: Limits, prepare: Prepare) -> Self {
        let kept = Arc::new(AtomicUsize::new(0));
        let counter = kept.clone();
        let prepared = move |text: &str| {
            if !UNLIMITED && !shape::is_flat(text) {
                return Err(Error::limit("the template has too many operators in one tag").into());
            }
            counter.fetch_add(1 + text.len() / LARGE, Ordering::Relaxed);
            prepare(text)?.ok_or_else(unbounded)
        };
        let mut light = engine.clone();
        light.set_fuel(None);
        let prepared_light = prepared.clone();
        light.set_loader(move |text| {
            prepared_light(text).map(|(source, is_light)| Some(if is_light { source } else { HEAVY.to_owned() }))
        });
        engine.set_loader(move |text| prepared(text).map(|(source, _)| Some(source)));
        let (engine, light) = (RwLock::new(engine), RwLock::new(light));
        Self { engine, light, kept, limits, light_limits: light::limits(limits), is_expression: false }
    }

    pub(crate) fn check_length(&self, text: &str) -> Result<(), Error> {
        if text.len() > self.limits.source {
            return Err(Error::limit(format!("the template has more than {} bytes", self.limits.source)));
        }
        Ok(())
    }

    /// Returns the engine that counts, which compiles a text when it is first asked for it.
    pub(crate) fn engine(&self) -> RwLockReadGuard<'_, Environment<'static>> {
        self.read(&self.engine)
    }

    /// All texts are forgotten once there are too many; a working set is compiled again in microseconds each.
    fn read<'a>(&self, engine: &'a RwLock<Environment<'static>>) -> RwLockReadGuard<'a, Environment<'static>> {
        if self.kept.load(Ordering::Relaxed) >= self.limits.cached_templates {
            for engine in [&self.engine, &self.light] {
                engine.write().unwrap_or_else(PoisonError::into_inner).clear_templates();
            }
            self.kept.store(0, Ordering::Relaxed);
        }
        engine.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a text and finishes what it made, within the limits that the work is told.
    pub(crate) fn run<T, U>(
        &self,
        text: &str,
        context: &Context,
        mut work: impl FnMut(&Template<'_, '_>, &Limits) -> Result<T, minijinja::Error>,
        finish: impl Fn(T) -> Result<U, Error>,
    ) -> Result<U, Error> {
        self.check_length(text)?;
        for is_counted in [false, true] {
            if UNLIMITED && !is_counted {
                continue;
            }
            let engine = self.read(if is_counted { &self.engine } else { &self.light });
            let template = engine.get_template(text)?;
            if !is_counted && template.source() == HEAVY {
                continue;
            }
            let limits = if is_counted { &self.limits } else { &self.light_limits };
            let outcome = self.attempt(&engine, &template, context, || work(&template, limits), &finish);
            let has_met_a_limit = outcome.as_ref().is_err_and(|error| error.kind == ErrorKind::Limit);
            if is_counted || !has_met_a_limit {
                return outcome;
            }
        }
        Err(Error::limit("the template takes more work than is allowed"))
    }

    #[inline]
    fn attempt<T, U>(
        &self,
        engine: &Environment<'_>,
        template: &Template<'_, '_>,
        context: &Context,
        work: impl FnOnce() -> Result<T, minijinja::Error>,
        finish: impl Fn(T) -> Result<U, Error>,
    ) -> Result<U, Error> {
        let is_counted = engine.fuel().is_some();
        let _walk = Walk::begin(if is_counted { self.limits.visits } else { self.light_limits.visits });
        let outcome = match unwound(work).and_then(|made| owned::check().map(|()| made)) {
            // What was made is walked once more, and may turn out to be too much.
            Ok(made) => finish(made).and_then(|finished| Ok(owned::check().map(|()| finished)?)),
            Err(error) => Err(self.explained(error, engine, template, context)),
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
        let is_unnamed = error.kind() == minijinja::ErrorKind::UndefinedError;
        let mut error = Error::from(error);
        if is_unnamed {
            let is_global = |name: &str| engine.globals().any(|(global, _)| global == name);
            let names = template.undeclared_variables(true).into_iter().collect();
            let root = context.root();
            let found = undefined::explain(names, &root, is_global)
                // The name of a template is its text.
                .or_else(|| undefined::search(template.name(), self.is_expression, engine, &root));
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
