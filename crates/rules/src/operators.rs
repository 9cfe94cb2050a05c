//! The operators of criteria: one file per family, each with a table whose examples are its tests.
//! Counterpart: st2common/operators.py.

mod affixes;
mod containment;
mod equality;
mod expressions;
mod order;
mod presence;
mod time;
mod wildcard;

use serde_json::Value;
use squall_model::Timestamp;

use crate::python::OperatorError;

/// An operator that compares a value of the event with a pattern.
#[derive(Debug)]
pub struct Operator {
    /// Its name and aliases.
    pub names: &'static [&'static str],
    /// Without this, a pattern of `null` never holds.
    pub takes_null_pattern: bool,
    pub apply: fn(&Value, &Value, Timestamp) -> Result<bool, OperatorError>,
    /// What it says of some values; these are its tests, too.
    pub examples: &'static [Example],
}

/// Value and pattern as JSON text, and what the operator says of them.
#[derive(Debug)]
pub struct Example(pub &'static str, pub &'static str, pub Says);

#[derive(Debug)]
pub enum Says {
    Yes,
    No,
    /// The text of Python's exception.
    Raises(&'static str),
}

const FAMILIES: [&[Operator]; 8] = [
    equality::TABLE,
    containment::TABLE,
    affixes::TABLE,
    order::TABLE,
    expressions::TABLE,
    wildcard::TABLE,
    time::TABLE,
    presence::TABLE,
];

impl Operator {
    /// Returns the operator with this name, whatever its case.
    pub fn named(name: &str) -> Option<&'static Self> {
        let name = name.to_lowercase();
        FAMILIES.into_iter().flatten().find(|operator| operator.names.contains(&name.as_str()))
    }

    pub fn holds(&self, value: &Value, pattern: &Value, now: Timestamp) -> Result<bool, OperatorError> {
        if pattern.is_null() && !self.takes_null_pattern {
            return Ok(false);
        }
        (self.apply)(value, pattern, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

    #[test]
    fn every_example_is_true() {
        for operator in FAMILIES.into_iter().flatten() {
            assert!(!operator.examples.is_empty(), "{:?} has no examples", operator.names);
            for Example(value, pattern, says) in operator.examples {
                let name = operator.names[0];
                let parsed = |text: &str| serde_json::from_str::<Value>(text).expect(text);
                let said = operator.holds(&parsed(value), &parsed(pattern), NOW);
                let expected = match says {
                    Says::Yes => Ok(true),
                    Says::No => Ok(false),
                    Says::Raises(text) => Err(OperatorError((*text).to_owned())),
                };
                assert_eq!(said, expected, "{name}: {value} with the pattern {pattern}");
            }
        }
    }

    #[test]
    fn all_of_stackstorms_names_are_known() {
        let names = "matchwildcard matchregex regex iregex eq equals neq nequals ieq iequals contains icontains ncontains \
                     incontains startswith istartswith endswith iendswith lt lessthan gt greaterthan td_lt timediff_lt \
                     td_gt timediff_gt exists nexists in inside nin ninside";
        for name in names.split_whitespace() {
            assert!(Operator::named(name).is_some(), "{name}");
            assert!(Operator::named(&name.to_uppercase()).is_some(), "{name} in capitals");
        }
        assert!(Operator::named("nosuch").is_none());
    }
}
