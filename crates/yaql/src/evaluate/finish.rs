//! The end of an evaluation: lazy parts are pulled, tuples become lists. Answers to `convert_output_data`.

use std::rc::Rc;

use serde_json::Value as Json;

use super::{Machine, Outcome};
use crate::error::EvaluationError;
use crate::value::{Cursor, DictBuilder, Internal, Key, Kind, List, SetItems, Value, ViewKind};

/// Parts of the scope's data in a result, for each item that a collection may have.
const OUTPUT_PER_ITEM: u64 = 8;

impl<'v> Machine<'v> {
    pub(crate) fn finish(&self, value: Value<'v>) -> Outcome<Value<'v>> {
        self.nested(|| self.finish_level(value))
    }

    fn finish_level(&self, value: Value<'v>) -> Outcome<Value<'v>> {
        if let Some(finished) = self.finish_borrowed(&value)? {
            return Ok(finished);
        }
        match &value {
            Value::List(list) => {
                self.check_length(list.len() as u64)?;
                self.charge(1 + list.len() as u64 / 16)?;
                let items = list.iter().map(|item| self.finish_part(item)).collect::<Outcome<_>>()?;
                Ok(Value::List(List::mutable(items)))
            }
            Value::Dict(dict) => {
                self.check_length(dict.len() as u64)?;
                let mut finished = DictBuilder::default();
                for (key, item) in dict.iter() {
                    finished.insert(self.finish_part(key)?, self.finish_part(item)?, self)?;
                }
                finished.finish(self)
            }
            Value::Internal(Internal(Kind::Set(items))) => {
                self.check_length(items.len() as u64)?;
                self.finish_set(items.iter().map(|key| key.value.clone()).collect())
            }
            Value::Internal(Internal(kind)) => match kind {
                Kind::View(view) if view.kind == ViewKind::Keys => self.finish_set(view.all()),
                Kind::View(_) | Kind::Stream(_) | Kind::Ordering(_) => match Cursor::over(&value, self)? {
                    Some(cursor) => self.finish_items(cursor),
                    None => Ok(value),
                },
                _ => Ok(value),
            },
            _ => Ok(value),
        }
    }

    /// Data of the scope stays borrowed; only its size is counted.
    fn finish_borrowed(&self, value: &Value<'v>) -> Outcome<Option<Value<'v>>> {
        match value {
            Value::List(list) => {
                let Some((items, finished)) = list.finished() else { return Ok(None) };
                items.iter().try_for_each(|item| self.charge_output(item))?;
                Ok(Some(Value::List(finished)))
            }
            Value::Dict(dict) => {
                let Some((map, finished)) = dict.finished() else { return Ok(None) };
                map.values().try_for_each(|item| self.charge_output(item))?;
                Ok(Some(Value::Dict(finished)))
            }
            _ => Ok(None),
        }
    }

    /// Counts what a result takes from the scope, which may be the same large part many times.
    fn charge_output(&self, json: &Json) -> Outcome<()> {
        let spent = self.output.get() + 1;
        self.output.set(spent);
        if spent > OUTPUT_PER_ITEM * self.limits.items {
            return Err(EvaluationError::memory());
        }
        match json {
            Json::Array(items) => items.iter().try_for_each(|item| self.charge_output(item)),
            Json::Object(map) => map.values().try_for_each(|item| self.charge_output(item)),
            Json::String(text) => {
                self.output.set(spent + text.len() as u64 / 64);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Scalars, and the data of the scope, which is finished already except for how lists print, need no level.
    fn finish_part(&self, value: Value<'v>) -> Outcome<Value<'v>> {
        match value {
            Value::List(_) | Value::Dict(_) | Value::Internal(_) => self.finish(value),
            scalar => Ok(scalar),
        }
    }

    fn finish_items(&self, mut cursor: Cursor<'v>) -> Outcome<Value<'v>> {
        let mut items = Vec::new();
        while let Some(item) = cursor.next(self)? {
            self.charge_item()?;
            items.push(self.finish_part(item)?);
            self.check_length(items.len() as u64)?;
        }
        Ok(Value::List(List::mutable(items)))
    }

    fn finish_set(&self, items: Vec<Value<'v>>) -> Outcome<Value<'v>> {
        let keys = items.into_iter().map(|item| Key::new(self.finish_part(item)?, self));
        let set = keys.collect::<Outcome<SetItems<'v>>>()?;
        Ok(Kind::Set(Rc::new(set)).into())
    }
}
