//! Values as dictionary keys and set members: Python's hash and equality, computed once.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use indexmap::IndexSet;

use super::{Internal, Kind, Value, equals};
use crate::error::EvaluationError;
use crate::evaluate::Machine;

#[derive(Clone)]
pub(crate) struct Key<'v> {
    pub(crate) value: Value<'v>,
    hash: u64,
}

pub(crate) type SetItems<'v> = IndexSet<Key<'v>>;

impl<'v> Key<'v> {
    /// Hashing walks the value, so it is charged.
    pub(crate) fn new(value: Value<'v>, machine: &Machine<'v>) -> Result<Self, EvaluationError> {
        let hash = hash(&value, Some(machine))?;
        Ok(Self { value, hash })
    }

    /// For values whose hashing is cheap and cannot fail.
    pub(super) fn of_text(value: Value<'v>) -> Self {
        let hash = hash(&value, None).unwrap_or_default();
        Self { value, hash }
    }
}

impl Hash for Key<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl PartialEq for Key<'_> {
    fn eq(&self, other: &Self) -> bool {
        // What is compared here has been walked, and paid for, when it was hashed.
        self.hash == other.hash && equals(&self.value, &other.value, None).unwrap_or(false)
    }
}

impl Eq for Key<'_> {}

fn hash<'v>(value: &Value<'v>, machine: Option<&Machine<'v>>) -> Result<u64, EvaluationError> {
    if let Some(machine) = machine {
        machine.charge(1)?;
    }
    let mut hasher = DefaultHasher::new();
    match value {
        Value::Null => 0_u8.hash(&mut hasher),
        Value::Boolean(boolean) => i128::from(*boolean).hash(&mut hasher),
        Value::Integer(number) => number.hash(&mut hasher),
        Value::Float(number) => match whole(*number) {
            Some(integer) => integer.hash(&mut hasher),
            None => number.to_bits().hash(&mut hasher),
        },
        Value::String(text) => {
            if let Some(machine) = machine {
                machine.charge(text.len() as u64 / 64)?;
            }
            (**text).hash(&mut hasher);
        }
        Value::List(list) => {
            for item in list.iter() {
                hash(&item, machine)?.hash(&mut hasher);
            }
        }
        Value::Dict(dict) => {
            let mut combined = 0_u64;
            for (key, item) in dict.iter() {
                combined ^= hash(&key, machine)?.rotate_left(17).wrapping_add(hash(&item, machine)?);
            }
            combined.hash(&mut hasher);
        }
        Value::Datetime(datetime) => datetime.instant().hash(&mut hasher),
        Value::Timespan(span) => span.microseconds.hash(&mut hasher),
        Value::Internal(Internal(Kind::Set(items))) => {
            items.iter().fold(0, |combined: u64, key| combined ^ key.hash).hash(&mut hasher);
        }
        // Streams, contexts and the like are equal only to themselves.
        Value::Internal(_) => 1_u8.hash(&mut hasher),
    }
    Ok(hasher.finish())
}

/// The integer that a float is equal to, if any.
pub(super) fn whole(number: f64) -> Option<i128> {
    (number.fract() == 0.0 && number.abs() < 1e38).then_some(number as i128)
}
