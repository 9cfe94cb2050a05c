//! How functions of the library are declared, and which values their parameters take. Answers to specs.py, yaqltypes.py.

use super::{Call, Outcome};
use crate::ast::{Node, NodeKind};
use crate::value::{Kind, Value, ViewKind};

pub(crate) type Body = for<'m, 'v> fn(&Call<'m, 'v>) -> Outcome<Value<'v>>;
/// An expression and the JSON of its value.
pub(crate) type Example = (&'static str, &'static str);

/// Kinds of parameters: values by Python type, then those that look at the expression itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Any,
    Null,
    Boolean,
    /// Python's `int`, of which booleans are a kind.
    Int,
    StrictInt,
    Number,
    Text,
    Tuple,
    Sequence,
    Iterable,
    IterableNotSet,
    Iterator,
    Mapping,
    Set,
    Ordering,
    Datetime,
    Timespan,
    Regex,
    Callable,
    Pair,
    Lambda,
    LazyPair,
    Keyword,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Default {
    /// The parameter must be given.
    Required,
    /// No value at all, which is not null.
    Absent,
    Null,
    Boolean(bool),
    Int(i64),
    Text(&'static str),
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) accepts: Type,
    pub(crate) nullable: bool,
    pub(crate) default: Default,
}

impl Parameter {
    pub(crate) const fn new(name: &'static str, accepts: Type) -> Self {
        Self {
            name,
            accepts,
            nullable: matches!(accepts, Type::Any | Type::Null | Type::Lambda),
            default: Default::Required,
        }
    }

    pub(crate) const fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }

    pub(crate) const fn not_null(mut self) -> Self {
        self.nullable = false;
        self
    }

    pub(crate) const fn or(mut self, default: Default) -> Self {
        self.default = default;
        if matches!(default, Default::Null) {
            self.nullable = true;
        }
        self
    }

    pub(crate) fn is_lazy(&self) -> bool {
        matches!(self.accepts, Type::Lambda | Type::LazyPair)
    }

    /// Whether the parameter takes a value that is known.
    pub(crate) fn takes(&self, value: &Value<'_>) -> bool {
        if matches!(value, Value::Null) { self.nullable } else { self.accepts.admits(value) }
    }

    /// Whether the parameter might take what an expression will give.
    pub(crate) fn might_take(&self, node: &Node) -> bool {
        match self.accepts {
            Type::Lambda => true,
            Type::LazyPair => matches!(node.kind, NodeKind::Pair(_)),
            Type::Keyword => matches!(node.kind, NodeKind::Keyword(_)),
            _ => match &node.kind {
                NodeKind::Constant(_) | NodeKind::Keyword(_) => self.takes(&node.constant_value()),
                _ => true,
            },
        }
    }

    pub(crate) fn default_value<'v>(&self) -> Option<Value<'v>> {
        match self.default {
            Default::Required | Default::Absent => None,
            Default::Null => Some(Value::Null),
            Default::Boolean(boolean) => Some(Value::Boolean(boolean)),
            Default::Int(number) => Some(Value::Integer(i128::from(number))),
            Default::Text(text) => Some(Value::String(text.into())),
        }
    }
}

impl Type {
    fn admits(self, value: &Value<'_>) -> bool {
        let kind = value.kind();
        match self {
            Self::Any | Self::Lambda => true,
            Self::Null => false,
            Self::Boolean => matches!(value, Value::Boolean(_)),
            Self::Int => matches!(value, Value::Integer(_) | Value::Boolean(_)),
            Self::StrictInt => matches!(value, Value::Integer(_)),
            Self::Number => matches!(value, Value::Integer(_) | Value::Float(_)),
            Self::Text | Self::Keyword => matches!(value, Value::String(_)),
            Self::Tuple => matches!(value, Value::List(list) if !list.is_mutable()),
            Self::Sequence => matches!(value, Value::List(_)),
            Self::Mapping => matches!(value, Value::Dict(_)),
            Self::Datetime => matches!(value, Value::Datetime(_)),
            Self::Timespan => matches!(value, Value::Timespan(_)),
            Self::Iterator => matches!(kind, Some(Kind::Stream(_))),
            Self::Set => is_set(kind),
            Self::IterableNotSet => Self::Iterable.admits(value) && !is_set(kind),
            Self::Iterable => {
                matches!(value, Value::List(_))
                    || matches!(kind, Some(Kind::Set(_) | Kind::View(_) | Kind::Stream(_) | Kind::Ordering(_)))
            }
            Self::Ordering => matches!(kind, Some(Kind::Ordering(_))),
            Self::Regex => matches!(kind, Some(Kind::Regex(_))),
            Self::Callable => matches!(kind, Some(Kind::Lambda(_))),
            Self::Pair | Self::LazyPair => matches!(kind, Some(Kind::Pair(_))),
        }
    }

    /// Whether every value of this type is one of the other, and not the other way round, as Python classes see it.
    pub(crate) fn is_specialization_of(self, other: Self) -> bool {
        let is_class = |kind: Self| !matches!(kind, Self::Lambda | Self::LazyPair | Self::Keyword | Self::Number);
        if !is_class(self) || !is_class(other) {
            return false;
        }
        let is_collection = matches!(
            self,
            Self::Text | Self::Tuple | Self::Sequence | Self::Iterator | Self::Mapping | Self::Set | Self::Ordering
        );
        match other {
            Self::Any => self != Self::Any,
            Self::Iterable | Self::IterableNotSet => is_collection,
            Self::Sequence => matches!(self, Self::Text | Self::Tuple),
            Self::Int | Self::StrictInt => self == Self::Boolean,
            _ => false,
        }
    }
}

fn is_set(kind: Option<&Kind<'_>>) -> bool {
    match kind {
        Some(Kind::Set(_)) => true,
        Some(Kind::View(view)) => view.kind != ViewKind::Values,
        _ => false,
    }
}

/// One meaning of a function name.
pub(crate) struct Overload {
    pub(crate) name: &'static str,
    pub(crate) is_function: bool,
    pub(crate) is_method: bool,
    pub(crate) parameters: &'static [Parameter],
    pub(crate) rest: Option<Parameter>,
    pub(crate) any_keywords: bool,
    /// `key => value` arguments are values, not keywords.
    pub(crate) no_keywords: bool,
    /// Overloads of a higher layer win over those below, however special those are.
    pub(crate) layer: u8,
    pub(crate) body: Body,
    pub(crate) examples: &'static [Example],
}

impl Overload {
    pub(crate) const fn function(name: &'static str, parameters: &'static [Parameter], body: Body) -> Self {
        Self {
            name,
            is_function: true,
            is_method: false,
            parameters,
            rest: None,
            any_keywords: false,
            no_keywords: false,
            layer: 0,
            body,
            examples: &[],
        }
    }

    pub(crate) const fn method(name: &'static str, parameters: &'static [Parameter], body: Body) -> Self {
        let mut overload = Self::function(name, parameters, body);
        overload.is_function = false;
        overload.is_method = true;
        overload
    }

    /// Both a function and a method.
    pub(crate) const fn extension(name: &'static str, parameters: &'static [Parameter], body: Body) -> Self {
        let mut overload = Self::function(name, parameters, body);
        overload.is_method = true;
        overload
    }

    /// Takes any number of further arguments.
    pub(crate) const fn rest(mut self, parameter: Parameter) -> Self {
        self.rest = Some(parameter);
        self
    }

    pub(crate) const fn any_keywords(mut self) -> Self {
        self.any_keywords = true;
        self
    }

    pub(crate) const fn no_keywords(mut self) -> Self {
        self.no_keywords = true;
        self
    }

    pub(crate) const fn layer(mut self, layer: u8) -> Self {
        self.layer = layer;
        self
    }

    pub(crate) const fn examples(mut self, examples: &'static [Example]) -> Self {
        self.examples = examples;
        self
    }
}
