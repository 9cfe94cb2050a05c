//! The standard library: one table per family, every row with examples that are its tests. Answers to
//! yaql/standard_library.

mod boolean;
mod branching;
mod collections;
mod common;
mod date_time;
mod legacy;
mod math;
mod queries;
mod regex;
mod sets;
mod strings;
mod system;

use std::collections::HashMap;
use std::sync::LazyLock;

pub(crate) use math::on_numbers;
pub(crate) use regex::Pattern;
pub(crate) use system::attribute;

use crate::evaluate::{Call, Default, Outcome, Overload, Parameter, Type};
use crate::value::Value;

const TABLES: &[&[Overload]] = &[
    system::TABLE,
    common::TABLE,
    boolean::TABLE,
    branching::TABLE,
    math::TABLE,
    strings::TABLE,
    strings::search::TABLE,
    collections::TABLE,
    collections::dicts::TABLE,
    collections::edits::TABLE,
    sets::TABLE,
    queries::TABLE,
    queries::aggregates::TABLE,
    queries::generators::TABLE,
    queries::grouping::TABLE,
    queries::slices::TABLE,
    regex::TABLE,
    date_time::TABLE,
    date_time::operators::TABLE,
    date_time::properties::TABLE,
];

#[derive(std::default::Default)]
struct Meanings {
    functions: Vec<&'static Overload>,
    methods: Vec<&'static Overload>,
}

type Registry = HashMap<&'static str, Meanings>;

static STANDARD: LazyLock<Registry> = LazyLock::new(|| register(TABLES.iter().copied().flatten()));
static DELEGATES: LazyLock<Registry> =
    LazyLock::new(|| register(TABLES.iter().copied().flatten().chain(system::DELEGATES)));
static LEGACY: LazyLock<Registry> = LazyLock::new(legacy::register);

fn register(overloads: impl Iterator<Item = &'static Overload>) -> Registry {
    let mut registry = Registry::new();
    for overload in overloads {
        let meanings = registry.entry(overload.name).or_default();
        if overload.is_function {
            meanings.functions.push(overload);
        }
        if overload.is_method {
            meanings.methods.push(overload);
        }
    }
    registry
}

/// Everything a name may mean, as a function or as a method.
pub(crate) fn overloads(name: &str, is_method: bool, delegates: bool, legacy: bool) -> &'static [&'static Overload] {
    let registry: &'static Registry = match (delegates, legacy) {
        (_, true) => &LEGACY,
        (true, false) => &DELEGATES,
        (false, false) => &STANDARD,
    };
    match registry.get(name) {
        None => &[],
        Some(meanings) if is_method => &meanings.methods,
        Some(meanings) => &meanings.functions,
    }
}

/// The function behind an operator between two operands.
pub(crate) fn binary_name(operator: &str) -> &'static str {
    match operator {
        "=" => "*equal",
        "!=" => "*not_equal",
        "<" => "#operator_<",
        "<=" => "#operator_<=",
        ">" => "#operator_>",
        ">=" => "#operator_>=",
        "+" => "#operator_+",
        "-" => "#operator_-",
        "*" => "#operator_*",
        "/" => "#operator_/",
        "mod" => "#operator_mod",
        "in" => "#operator_in",
        "=~" => "#operator_=~",
        _ => "#operator_!~",
    }
}

/// The function behind an operator before its operand.
pub(crate) fn unary_name(operator: &str) -> &'static str {
    match operator {
        "+" => "#unary_operator_+",
        "-" => "#unary_operator_-",
        _ => "#unary_operator_not",
    }
}

/// A function of the library as documentation and tests see it.
#[derive(Clone, Copy, Debug)]
pub struct FunctionEntry {
    pub name: &'static str,
    pub is_function: bool,
    pub is_method: bool,
    /// Expressions with the JSON of their values.
    pub examples: &'static [(&'static str, &'static str)],
}

/// Every overload of the standard library, family by family.
pub fn standard_functions() -> impl Iterator<Item = FunctionEntry> {
    TABLES.iter().copied().flatten().map(|overload| FunctionEntry {
        name: overload.name,
        is_function: overload.is_function,
        is_method: overload.is_method,
        examples: overload.examples,
    })
}

const fn any(name: &'static str) -> Parameter {
    Parameter::new(name, Type::Any)
}

const fn int(name: &'static str) -> Parameter {
    Parameter::new(name, Type::Int)
}

const fn number(name: &'static str) -> Parameter {
    Parameter::new(name, Type::Number)
}

const fn text(name: &'static str) -> Parameter {
    Parameter::new(name, Type::Text)
}

const fn iterable(name: &'static str) -> Parameter {
    Parameter::new(name, Type::Iterable)
}

const fn mapping(name: &'static str) -> Parameter {
    Parameter::new(name, Type::Mapping)
}

const fn lambda(name: &'static str) -> Parameter {
    Parameter::new(name, Type::Lambda)
}

/// A lambda that may be left out.
const fn optional_lambda(name: &'static str) -> Parameter {
    Parameter::new(name, Type::Lambda).or(Default::Null)
}

/// A flag, off unless given.
const fn flag(name: &'static str) -> Parameter {
    Parameter::new(name, Type::Boolean).nullable().or(Default::Boolean(false))
}
