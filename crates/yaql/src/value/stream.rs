//! Things to iterate: single-pass streams, dictionary views, orderings, and the cursor that walks any of them.

use std::cell::RefCell;
use std::rc::Rc;

use super::{Dict, Internal, Kind, List, SetItems, Value};
use crate::error::EvaluationError;
use crate::evaluate::{Lambda, Machine};

type Step<'v> = Result<Option<Value<'v>>, EvaluationError>;
type Producer<'v> = Box<dyn FnMut(&Machine<'v>) -> Step<'v> + 'v>;

/// An iterator as Python has them: whoever holds it pulls from the same place.
#[derive(Clone)]
pub(crate) struct Stream<'v>(Source<'v>);

#[derive(Clone)]
enum Source<'v> {
    Once(Rc<Once<'v>>),
    Remembered(Rc<Memory<'v>>),
}

struct Once<'v> {
    producer: RefCell<Producer<'v>>,
    depth: u32,
}

/// A stream that keeps what it gave, so that it can be walked again.
pub(crate) struct Memory<'v> {
    seen: RefCell<Vec<Value<'v>>>,
    rest: RefCell<Cursor<'v>>,
    depth: u32,
}

impl<'v> Memory<'v> {
    pub(crate) fn new(rest: Cursor<'v>, depth: u32) -> Rc<Self> {
        Rc::new(Self { seen: RefCell::default(), rest: RefCell::new(rest), depth: depth + 1 })
    }

    fn get(&self, index: usize, machine: &Machine<'v>) -> Step<'v> {
        if let Some(value) = self.seen.borrow().get(index) {
            return Ok(Some(value.clone()));
        }
        let Ok(mut rest) = self.rest.try_borrow_mut() else { return Err(already_executing()) };
        let Some(value) = rest.next(machine)? else { return Ok(None) };
        machine.charge_item()?;
        self.seen.borrow_mut().push(value.clone());
        Ok(Some(value))
    }
}

fn already_executing() -> EvaluationError {
    EvaluationError::value_error("generator already executing")
}

impl<'v> Stream<'v> {
    /// `depth` is that of what the producer holds on to.
    pub(crate) fn new(
        depth: u32,
        producer: impl FnMut(&Machine<'v>) -> Result<Option<Value<'v>>, EvaluationError> + 'v,
    ) -> Self {
        let once = Once { producer: RefCell::new(Box::new(producer)), depth: depth + 1 };
        Self(Source::Once(Rc::new(once)))
    }

    pub(crate) fn remembered(memory: Rc<Memory<'v>>) -> Self {
        Self(Source::Remembered(memory))
    }

    pub(crate) fn depth(&self) -> u32 {
        match &self.0 {
            Source::Once(once) => once.depth,
            Source::Remembered(memory) => memory.depth,
        }
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Source::Once(left), Source::Once(right)) => Rc::ptr_eq(left, right),
            (Source::Remembered(left), Source::Remembered(right)) => Rc::ptr_eq(left, right),
            _ => false,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ViewKind {
    Keys,
    Values,
    Items,
}

pub(crate) struct View<'v> {
    pub(crate) dict: Dict<'v>,
    pub(crate) kind: ViewKind,
}

impl<'v> View<'v> {
    fn get(&self, index: usize) -> Option<Value<'v>> {
        let (key, value) = self.dict.entry(index)?;
        Some(match self.kind {
            ViewKind::Keys => key,
            ViewKind::Values => value,
            ViewKind::Items => Value::List(List::tuple(vec![key, value])),
        })
    }

    pub(crate) fn all(&self) -> Vec<Value<'v>> {
        let pick = |(key, value)| match self.kind {
            ViewKind::Keys => key,
            ViewKind::Values => value,
            ViewKind::Items => Value::List(List::tuple(vec![key, value])),
        };
        self.dict.iter().map(pick).collect()
    }
}

/// What `orderBy` gives: sorted when first walked.
pub(crate) struct Ordering<'v> {
    pub(crate) collection: Value<'v>,
    pub(crate) fields: RefCell<Vec<(Rc<Lambda<'v>>, bool)>>,
    pub(crate) sorted: RefCell<Option<List<'v>>>,
    pub(crate) depth: u32,
}

/// A walk over a collection.
pub(crate) enum Cursor<'v> {
    List(List<'v>, usize),
    Set(Rc<SetItems<'v>>, usize),
    View(Rc<View<'v>>, usize),
    Once(Stream<'v>),
    Remembered(Rc<Memory<'v>>, usize),
}

impl<'v> Cursor<'v> {
    /// A cursor over anything that Python could iterate here, `None` for other values.
    pub(crate) fn over(value: &Value<'v>, machine: &Machine<'v>) -> Result<Option<Self>, EvaluationError> {
        Ok(Some(match value {
            Value::List(list) => Self::List(list.clone(), 0),
            Value::Internal(Internal(Kind::Set(items))) => Self::Set(Rc::clone(items), 0),
            // Borrowed objects have no cheap n-th entry.
            Value::Internal(Internal(Kind::View(view))) if view.dict.len() > 8 => {
                Self::List(List::tuple(view.all()), 0)
            }
            Value::Internal(Internal(Kind::View(view))) => Self::View(Rc::clone(view), 0),
            Value::Internal(Internal(Kind::Stream(stream))) => match &stream.0 {
                Source::Once(_) => Self::Once(stream.clone()),
                Source::Remembered(memory) => Self::Remembered(Rc::clone(memory), 0),
            },
            Value::Internal(Internal(Kind::Ordering(ordering))) => Self::List(machine.sorted(ordering)?, 0),
            Value::Dict(dict) => Self::List(List::tuple(dict.iter().map(|(key, _)| key).collect()), 0),
            _ => return Ok(None),
        }))
    }

    pub(crate) fn next(&mut self, machine: &Machine<'v>) -> Result<Option<Value<'v>>, EvaluationError> {
        machine.charge(1)?;
        let advanced = |index: &mut usize, value: Option<Value<'v>>| {
            *index += 1;
            Ok(value)
        };
        match self {
            Self::List(list, index) => advanced(index, list.get(*index)),
            Self::Set(items, index) => advanced(index, items.get_index(*index).map(|key| key.value.clone())),
            Self::View(view, index) => advanced(index, view.get(*index)),
            Self::Remembered(memory, index) => {
                let value = memory.get(*index, machine)?;
                advanced(index, value)
            }
            Self::Once(Stream(Source::Once(once))) => {
                let Ok(mut producer) = once.producer.try_borrow_mut() else { return Err(already_executing()) };
                machine.nested(|| producer(machine))
            }
            Self::Once(Stream(Source::Remembered(_))) => Ok(None),
        }
    }
}
