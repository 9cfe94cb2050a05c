//! The account of one evaluation: steps, bytes, items, depth.

use super::{Machine, Outcome};
use crate::error::EvaluationError;
use crate::value::{Cursor, List, Value};

/// How often the embedder is asked whether to stop, in steps.
const STOP_INTERVAL: u64 = 4096;
/// What one element of a collection is counted as.
const ITEM_BYTES: u64 = 48;

/// True only in a build that measures what the account costs.
pub(super) const UNLIMITED: bool = cfg!(squall_without_limits);

impl<'v> Machine<'v> {
    pub(crate) fn charge(&self, steps: u64) -> Outcome<()> {
        if UNLIMITED {
            return Ok(());
        }
        let before = self.steps.get();
        let spent = before.saturating_add(steps);
        self.steps.set(spent);
        if spent > self.limits.steps {
            let message = format!("Expression took more than {} steps", self.limits.steps);
            return Err(EvaluationError::new("EvaluationLimitException", message));
        }
        if before / STOP_INTERVAL != spent / STOP_INTERVAL && self.should_stop.is_some_and(|stop| stop()) {
            return Err(EvaluationError::new("EvaluationLimitException", "Expression took too long"));
        }
        Ok(())
    }

    pub(crate) fn charge_bytes(&self, bytes: u64) -> Outcome<()> {
        if UNLIMITED {
            return Ok(());
        }
        let spent = self.bytes.get().saturating_add(bytes);
        if spent > self.limits.bytes {
            return Err(EvaluationError::memory());
        }
        self.bytes.set(spent);
        Ok(())
    }

    pub(crate) fn charge_item(&self) -> Outcome<()> {
        self.charge(1)?;
        self.charge_bytes(ITEM_BYTES)
    }

    pub(crate) fn charge_items(&self, count: usize) -> Outcome<()> {
        self.check_length(count as u64)?;
        self.charge(count as u64)?;
        self.charge_bytes(ITEM_BYTES.saturating_mul(count as u64))
    }

    pub(crate) fn check_length(&self, length: u64) -> Outcome<()> {
        if length > self.limits.items && !UNLIMITED {
            return Err(EvaluationError::too_many_items(self.limits.items));
        }
        Ok(())
    }

    pub(crate) fn check_depth(&self, depth: u32) -> Outcome<()> {
        if depth > self.limits.depth && !UNLIMITED { Err(too_deep()) } else { Ok(()) }
    }

    /// Runs one level deeper.
    pub(crate) fn nested<T>(&self, work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
        let depth = self.depth.get() + 1;
        self.check_depth(depth)?;
        self.depth.set(depth);
        let result = work();
        self.depth.set(depth - 1);
        result
    }

    /// A new string, paid for.
    pub(crate) fn string(&self, text: String) -> Outcome<Value<'v>> {
        self.charge_bytes(text.len() as u64)?;
        self.charge(text.len() as u64 / 64)?;
        Ok(Value::String(text.into()))
    }

    /// A tuple, paid for.
    pub(crate) fn tuple(&self, values: Vec<Value<'v>>) -> Outcome<Value<'v>> {
        self.charge_items(values.len())?;
        self.checked_list(List::tuple(values))
    }

    /// A Python list, paid for.
    pub(crate) fn mutable_list(&self, values: Vec<Value<'v>>) -> Outcome<Value<'v>> {
        self.charge_items(values.len())?;
        self.checked_list(List::mutable(values))
    }

    fn checked_list(&self, list: List<'v>) -> Outcome<Value<'v>> {
        self.check_depth(list.depth())?;
        Ok(Value::List(list))
    }

    /// Pulls everything out of a cursor.
    pub(crate) fn collect(&self, mut cursor: Cursor<'v>) -> Outcome<Vec<Value<'v>>> {
        let mut values = Vec::new();
        while let Some(value) = cursor.next(self)? {
            self.charge_bytes(ITEM_BYTES)?;
            values.push(value);
            self.check_length(values.len() as u64)?;
        }
        Ok(values)
    }

    /// Whether a collection of so many items is allowed before it is made.
    pub(crate) fn reserve(&self, items: u128, bytes: u128) -> Outcome<()> {
        if bytes > u128::from(self.limits.bytes) {
            return Err(EvaluationError::memory());
        }
        self.check_length(u64::try_from(items).unwrap_or(u64::MAX))
    }
}

pub(crate) fn too_deep() -> EvaluationError {
    EvaluationError::new("RecursionError", "maximum recursion depth exceeded")
}
