//! The engine, set up as StackStorm's `get_jinja_environment` and Orquesta's evaluator set up theirs.

use minijinja::{
    AutoEscape, Environment, Error, Output, State, UndefinedBehavior, escape_formatter, functions,
    syntax::SyntaxConfig,
    value::{Rest, Value as Jinja, ValueOrKwargs},
};

use crate::{
    bounded, builtin, comparing,
    context::LazyText,
    convert,
    error::HostError,
    filters::{Filter, Regex, TABLE, WORKFLOW_TABLE},
    limits::{Limits, UNLIMITED},
    methods, owned, python,
};

/// Which of StackStorm's two environments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    StackStorm,
    Orquesta,
}

/// Names that minijinja knows and Jinja2 doesn't.
const FOREIGN_FILTERS: &[&str] = &["split", "bool", "lines", "chain", "zip"];
const FOREIGN_GLOBALS: &[&str] = &["debug"];

/// Steps that a search is charged with, whatever it does.
const SEARCH_WORK: u64 = 1_000;
/// Steps that a pattern is charged with which has to be compiled.
const COMPILE_WORK: u64 = 20_000;

pub(crate) fn engine(dialect: Dialect, limits: &Limits) -> Environment<'static> {
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_auto_escape_callback(|_| AutoEscape::None);
    engine.set_fuel((!UNLIMITED).then_some(limits.work));
    engine.set_recursion_limit(limits.recursion);
    engine.set_syntax(syntax());
    FOREIGN_FILTERS.iter().for_each(|name| engine.remove_filter(name));
    FOREIGN_GLOBALS.iter().for_each(|name| engine.remove_global(name));
    builtin::register(&mut engine);
    comparing::register(&mut engine);
    engine.add_filter(bounded::OWN, |value: &Jinja| owned::own(value));
    engine.add_filter(bounded::FORMAT, builtin::percent);
    keep_containers(&mut engine);
    engine.set_formatter(print);
    engine.set_unknown_method_callback(methods::call);
    TABLE.iter().for_each(|filter| register(&mut engine, filter, dialect));
    if dialect == Dialect::Orquesta {
        WORKFLOW_TABLE.iter().for_each(|filter| register(&mut engine, filter, dialect));
    } else {
        engine.add_filter("decrypt_kv", decrypt_kv);
    }
    engine
}

/// Block tags take the line break and the indentation around them along.
pub(crate) fn syntax() -> SyntaxConfig {
    SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build().unwrap_or_default()
}

/// Replaces the functions that make containers by ones whose containers are ours.
fn keep_containers(engine: &mut Environment<'static>) {
    let dict = Jinja::from_function(functions::dict);
    engine.add_function("dict", move |state: &mut State<'_, '_>, given: Rest<ValueOrKwargs>| {
        owned::own(&dict.call(state, &plain(given))?)
    });
    let range = Jinja::from_function(functions::range);
    engine.add_function("range", move |state: &mut State<'_, '_>, given: Rest<ValueOrKwargs>| {
        range.call(state, &plain(given)).map(|numbers| owned::range(&numbers))
    });
    let namespace = Jinja::from_function(functions::namespace);
    engine.add_function("namespace", move |state: &mut State<'_, '_>, given: Rest<ValueOrKwargs>| {
        let given = plain(given).iter().map(owned::kept).collect::<Result<Vec<_>, _>>()?;
        namespace.call(state, &given)
    });
    engine.add_filter(bounded::KEPT, owned::kept);
}

/// The engine refuses keywords where it is not asked for them.
pub(crate) fn plain(given: Rest<ValueOrKwargs>) -> Vec<Jinja> {
    given.0.into_iter().map(Jinja::from).collect()
}

fn register(engine: &mut Environment<'static>, filter: &'static Filter, dialect: Dialect) {
    let call = move |state: &mut State<'_, '_>, given: Rest<ValueOrKwargs>| -> Result<Jinja, Error> {
        let given = plain(given);
        if filter.name.starts_with("regex_") {
            let is_kept = given.get(1).and_then(Jinja::as_str).is_none_or(Regex::is_kept);
            state.consume_fuel(if is_kept { SEARCH_WORK } else { COMPILE_WORK })?;
        }
        let (positional, keywords) = convert::arguments(state, &given)?;
        let answer = (filter.call)(&positional, &keywords)?;
        if !UNLIMITED {
            state.consume_fuel(convert::weight(&answer) as u64 / 16)?;
        }
        Ok(convert::from_json(&answer))
    };
    engine.add_filter(filter.name, call);
    if dialect == Dialect::Orquesta {
        engine.add_function(filter.name, call);
    }
}

/// Writes a value where a template prints it.
fn print(output: &mut Output<'_>, state: &mut State<'_, '_>, value: &Jinja) -> Result<(), Error> {
    owned::check()?;
    if let Some(text) = value.as_str() {
        return Ok(output.write_str(text)?);
    }
    if value.is_undefined() {
        // An `if` without `else` prints nothing; every other undefined value is an error.
        return escape_formatter(output, state, value);
    }
    if let Some(lazy) = value.downcast_object_ref::<LazyText>() {
        return Ok(output.write_str(&lazy.text()?)?);
    }
    Ok(output.write_str(&python::jinja_text(value)?)?)
}

/// Reads a secret of the datastore. Counterpart: st2common/expressions/functions/datastore.py.
fn decrypt_kv(state: &mut State<'_, '_>, value: &Jinja) -> Result<Jinja, Error> {
    if let Some(lazy) = value.downcast_object_ref::<LazyText>() {
        return Ok(lazy.decrypted()?.into());
    }
    let datastore = state.lookup("st2kv");
    let lazy = datastore.as_ref().and_then(|root| root.downcast_object_ref::<LazyText>());
    let lazy = lazy.ok_or_else(|| HostError::new("ValueError", "there is no datastore to decrypt with"))?;
    Ok(lazy.decrypt(&builtin::text(value)?)?.into())
}
