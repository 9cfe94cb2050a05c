//! What the body of a library function sees: its arguments, already checked, and the machine.

use std::rc::Rc;

use super::{Frame, Lambda, Machine, Outcome};
use crate::error::EvaluationError;
use crate::value::{Cursor, Datetime, Dict, Internal, Key, Kind, List, SetItems, Stream, Text, Timespan, Value};

pub(crate) struct Call<'m, 'v> {
    pub(crate) machine: &'m Machine<'v>,
    /// The frame of the caller.
    pub(crate) frame: Frame<'v>,
    /// One per declared parameter; `None` is "not given, and there is no default value".
    pub(crate) values: Vec<Option<Value<'v>>>,
    pub(crate) rest: Vec<Value<'v>>,
    pub(crate) keywords: Vec<(String, Value<'v>)>,
}

/// A parameter's declared type and its use in the body disagree; only a mistake in a table leads here.
fn mismatch(index: usize) -> EvaluationError {
    EvaluationError::type_error(format!("argument {index} has an unexpected type"))
}

impl<'v> Call<'_, 'v> {
    pub(crate) fn given(&self, index: usize) -> Option<Value<'v>> {
        self.values.get(index).cloned().flatten()
    }

    pub(crate) fn value(&self, index: usize) -> Value<'v> {
        self.given(index).unwrap_or(Value::Null)
    }

    pub(crate) fn text(&self, index: usize) -> Outcome<Text<'v>> {
        match self.value(index) {
            Value::String(text) => Ok(text),
            _ => Err(mismatch(index)),
        }
    }

    pub(crate) fn optional_text(&self, index: usize) -> Option<Text<'v>> {
        match self.value(index) {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn integer(&self, index: usize) -> Outcome<i128> {
        match self.value(index) {
            Value::Integer(number) => Ok(number),
            Value::Boolean(boolean) => Ok(i128::from(boolean)),
            _ => Err(mismatch(index)),
        }
    }

    /// An integer as a place in a collection: beyond 64 bits it is simply very far.
    pub(crate) fn index(&self, index: usize) -> Outcome<i64> {
        let number = self.integer(index)?;
        Ok(number.clamp(i128::from(i64::MIN / 2), i128::from(i64::MAX / 2)) as i64)
    }

    pub(crate) fn flag(&self, index: usize) -> bool {
        self.value(index).is_true()
    }

    pub(crate) fn list(&self, index: usize) -> Outcome<List<'v>> {
        match self.value(index) {
            Value::List(list) => Ok(list),
            _ => Err(mismatch(index)),
        }
    }

    pub(crate) fn dict(&self, index: usize) -> Outcome<Dict<'v>> {
        match self.value(index) {
            Value::Dict(dict) => Ok(dict),
            _ => Err(mismatch(index)),
        }
    }

    pub(crate) fn set(&self, index: usize) -> Outcome<Rc<SetItems<'v>>> {
        match self.value(index) {
            Value::Internal(Internal(Kind::Set(items))) => Ok(items),
            Value::Internal(Internal(Kind::View(view))) => {
                let keys = view.all().into_iter().map(|value| Key::new(value, self.machine));
                Ok(Rc::new(keys.collect::<Outcome<SetItems<'v>>>()?))
            }
            _ => Err(mismatch(index)),
        }
    }

    pub(crate) fn datetime(&self, index: usize) -> Outcome<Datetime> {
        match self.value(index) {
            Value::Datetime(datetime) => Ok(datetime),
            _ => Err(mismatch(index)),
        }
    }

    pub(crate) fn timespan(&self, index: usize) -> Outcome<Timespan> {
        match self.value(index) {
            Value::Timespan(span) => Ok(span),
            _ => Err(mismatch(index)),
        }
    }

    pub(crate) fn lambda(&self, index: usize) -> Outcome<Rc<Lambda<'v>>> {
        self.optional_lambda(index).ok_or_else(|| mismatch(index))
    }

    pub(crate) fn optional_lambda(&self, index: usize) -> Option<Rc<Lambda<'v>>> {
        match self.value(index) {
            Value::Internal(Internal(Kind::Lambda(lambda))) => Some(lambda),
            _ => None,
        }
    }

    pub(crate) fn cursor(&self, index: usize) -> Outcome<Cursor<'v>> {
        Cursor::over(&self.value(index), self.machine)?.ok_or_else(|| mismatch(index))
    }

    pub(crate) fn collected(&self, index: usize) -> Outcome<Vec<Value<'v>>> {
        self.machine.collect(self.cursor(index)?)
    }

    /// A lazy result that pulls from the arguments of this call.
    pub(crate) fn stream(
        &self,
        producer: impl FnMut(&Machine<'v>) -> Outcome<Option<Value<'v>>> + 'v,
    ) -> Outcome<Value<'v>> {
        let given = self.values.iter().flatten().chain(&self.rest);
        let depth = given.map(Value::depth).max().unwrap_or(0);
        self.machine.check_depth(depth / 4 + 1)?;
        Ok(Kind::Stream(Stream::new(depth, producer)).into())
    }
}
