//! What expressions compute with: JSON and more. Lists, dictionaries and strings of the caller are borrowed.

mod compare;
mod convert;
mod datetime;
mod dict;
mod key;
mod list;
mod print;
mod stream;
mod text;

use std::rc::Rc;

pub(crate) use compare::equals;
pub use datetime::{Datetime, Timespan};
pub use dict::Dict;
pub(crate) use dict::DictBuilder;
pub(crate) use key::{Key, SetItems};
pub use list::List;
pub(crate) use print::{Printer, float_text};
pub use print::{python_repr, python_str};
pub(crate) use stream::{Cursor, Memory, Ordering, Stream, View, ViewKind};
pub use text::Text;

use crate::evaluate::{Frame, Lambda};
use crate::functions::Pattern;

/// A value during evaluation. `'v` is the life of the scope and the expression.
#[derive(Clone)]
#[non_exhaustive]
pub enum Value<'v> {
    Null,
    Boolean(bool),
    Integer(i128),
    Float(f64),
    String(Text<'v>),
    List(List<'v>),
    Dict(Dict<'v>),
    Datetime(Datetime),
    Timespan(Timespan),
    #[doc(hidden)]
    Internal(Internal<'v>),
}

/// Values that exist only while evaluating, or (sets) have no JSON shape of their own.
#[derive(Clone)]
pub struct Internal<'v>(pub(crate) Kind<'v>);

#[derive(Clone)]
pub(crate) enum Kind<'v> {
    Set(Rc<SetItems<'v>>),
    /// `keys()`, `values()` and `items()` of a dictionary.
    View(Rc<View<'v>>),
    /// A single-pass iterator.
    Stream(Stream<'v>),
    /// The result of `orderBy`, to which `thenBy` may still add.
    Ordering(Rc<Ordering<'v>>),
    Regex(Rc<Pattern>),
    Context(Frame<'v>),
    Lambda(Rc<Lambda<'v>>),
    /// `key => value`
    Pair(Rc<(Value<'v>, Value<'v>)>),
}

impl<'v> From<Kind<'v>> for Value<'v> {
    fn from(kind: Kind<'v>) -> Self {
        Self::Internal(Internal(kind))
    }
}

impl<'v> Value<'v> {
    pub fn string(text: impl Into<String>) -> Self {
        Self::String(Text::from(text.into()))
    }

    pub(crate) fn kind(&self) -> Option<&Kind<'v>> {
        match self {
            Self::Internal(Internal(kind)) => Some(kind),
            _ => None,
        }
    }

    /// The items when the value is a set.
    pub fn set_items(&self) -> Option<Vec<Self>> {
        match self.kind() {
            Some(Kind::Set(items)) => Some(items.iter().map(|key| key.value.clone()).collect()),
            _ => None,
        }
    }

    /// Python's truth of a value.
    pub fn is_true(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Boolean(boolean) => *boolean,
            Self::Integer(number) => *number != 0,
            Self::Float(number) => *number != 0.0,
            Self::String(text) => !text.is_empty(),
            Self::List(list) => list.len() > 0,
            Self::Dict(dict) => dict.len() > 0,
            Self::Datetime(_) => true,
            Self::Timespan(span) => span.microseconds != 0,
            Self::Internal(Internal(Kind::Set(items))) => !items.is_empty(),
            Self::Internal(Internal(Kind::View(view))) => view.dict.len() > 0,
            Self::Internal(_) => true,
        }
    }

    /// How deeply values nest inside; kept small so that traversals may recurse. Borrowed JSON counts as flat: its
    /// depth is bounded by the parser that made it.
    pub(crate) fn depth(&self) -> u32 {
        match self {
            Self::List(list) => list.depth(),
            Self::Dict(dict) => dict.depth(),
            Self::Internal(Internal(kind)) => match kind {
                Kind::Set(items) => items.iter().map(|key| key.value.depth()).max().unwrap_or(0) + 1,
                Kind::View(view) => view.dict.depth() + 1,
                Kind::Stream(stream) => stream.depth(),
                Kind::Ordering(ordering) => ordering.depth,
                Kind::Context(frame) => frame.depth(),
                Kind::Lambda(lambda) => lambda.depth(),
                Kind::Pair(pair) => pair.0.depth().max(pair.1.depth()) + 1,
                Kind::Regex(_) => 0,
            },
            _ => 0,
        }
    }

    /// Python's name of the value's type, for error texts.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "NoneType",
            Self::Boolean(_) => "bool",
            Self::Integer(_) => "int",
            Self::Float(_) => "float",
            Self::String(_) => "str",
            Self::List(list) if list.is_mutable() => "list",
            Self::List(_) => "tuple",
            Self::Dict(_) => "dict",
            Self::Datetime(_) => "datetime.datetime",
            Self::Timespan(_) => "datetime.timedelta",
            Self::Internal(Internal(kind)) => match kind {
                Kind::Set(_) => "frozenset",
                Kind::View(_) => "dict_view",
                Kind::Stream(_) => "generator",
                Kind::Ordering(_) => "OrderingIterable",
                Kind::Regex(_) => "re.Pattern",
                Kind::Context(_) => "Context",
                Kind::Lambda(_) => "function",
                Kind::Pair(_) => "MappingRule",
            },
        }
    }
}
