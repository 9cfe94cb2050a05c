//! Order, groups, joins and merges.

use std::cell::RefCell;
use std::rc::Rc;

use super::super::system::memorized;
use super::super::{
    Call, Default, Outcome, Overload, Parameter, Type, Value, int, iterable, lambda, mapping, optional_lambda,
};
use super::COLLECTION;
use crate::error::EvaluationError;
use crate::evaluate::{Lambda, Machine};
use crate::value::{Cursor, Dict, DictBuilder, Internal, Key, Kind, List, Ordering, SetItems, equals};

const ORDERED: &[Parameter] = &[COLLECTION, lambda("selector")];
const REORDERED: &[Parameter] = &[Parameter::new("collection", Type::Ordering), lambda("selector")];

pub(in crate::functions) const TABLE: &[Overload] = &[
    Overload::method("orderBy", ORDERED, |call| order_by(call, true))
        .examples(&[("[3, 1, 2].orderBy($)", "[1, 2, 3]")]),
    Overload::method("orderByDescending", ORDERED, |call| order_by(call, false))
        .examples(&[("[a, c, b].orderByDescending($)", "[\"c\", \"b\", \"a\"]")]),
    Overload::method("thenBy", REORDERED, |call| then_by(call, true))
        .examples(&[("[[1, b], [0, b], [2, a]].orderBy($[1]).thenBy($[0])", "[[2, \"a\"], [0, \"b\"], [1, \"b\"]]")]),
    Overload::method("thenByDescending", REORDERED, |call| then_by(call, false))
        .examples(&[("[[0, b], [1, b]].orderBy($[1]).thenByDescending($[0])", "[[1, \"b\"], [0, \"b\"]]")]),
    Overload::method(
        "groupBy",
        &[COLLECTION, lambda("keySelector"), optional_lambda("valueSelector"), optional_lambda("aggregator")],
        group_by,
    )
    .examples(&[
        ("[[a, 1], [b, 2], [a, 3]].groupBy($[0], $[1])", "[[\"a\", [1, 3]], [\"b\", [2]]]"),
        ("[[a, 1], [b, 2], [a, 3]].groupBy($[0], $[1], $.sum())", "[[\"a\", 4], [\"b\", 2]]"),
        ("[[a, 1], [a, 3]].groupBy($[0], $[1], [$[0], $[1].sum()])", "[[\"a\", 4]]"),
    ]),
    Overload::method(
        "join",
        &[iterable("collection1"), iterable("collection2"), lambda("predicate"), lambda("selector")],
        join,
    )
    .examples(&[("[1, 2].join([2, 3], $1 < $2, [$1, $2])", "[[1, 2], [1, 3], [2, 3]]")]),
    Overload::method("zip", &[], |call| zip(call, None))
        .rest(iterable("collections"))
        .examples(&[("[1, 2].zip([a, b, c])", "[[1, \"a\"], [2, \"b\"]]")]),
    Overload::method("zipLongest", &[], |call| {
        let filler = call.keywords.iter().find(|(name, _)| name == "default").map(|(_, value)| value.clone());
        zip(call, Some(filler.unwrap_or(Value::Null)))
    })
    .rest(iterable("collections"))
    .any_keywords()
    .examples(&[("[1].zipLongest([a, b], default => 0)", "[[1, \"a\"], [0, \"b\"]]")]),
    Overload::method(
        "mergeWith",
        &[
            mapping("dict"),
            mapping("another"),
            optional_lambda("listMerger"),
            optional_lambda("itemMerger"),
            int("maxLevels").or(Default::Int(0)),
        ],
        merge_with,
    )
    .examples(&[
        (
            "{a => 1, l => [1, 2], d => {x => 1}}.mergeWith({a => 2, l => [2, 3], d => {y => 2}})",
            "{\"a\": 2, \"l\": [1, 2, 3], \"d\": {\"x\": 1, \"y\": 2}}",
        ),
        ("{a => 1, l => [1]}.mergeWith({a => 2, l => [2]}, $2 + $1, $1)", "{\"a\": 1, \"l\": [2, 1]}"),
        ("{l => [1]}.mergeWith({l => [2]}, maxLevels => 1)", "{\"l\": [2]}"),
    ]),
];

fn order_by<'v>(call: &Call<'_, 'v>, ascending: bool) -> Outcome<Value<'v>> {
    let collection = call.value(0);
    let selector = call.lambda(1)?;
    let depth = collection.depth().max(selector.depth()) + 1;
    call.machine.check_depth(depth / 4)?;
    let fields = RefCell::new(vec![(selector, ascending)]);
    Ok(Kind::Ordering(Rc::new(Ordering { collection, fields, sorted: RefCell::default(), depth })).into())
}

/// Adds a field to the same ordering, as the original does.
fn then_by<'v>(call: &Call<'_, 'v>, ascending: bool) -> Outcome<Value<'v>> {
    let value = call.value(0);
    if let Value::Internal(Internal(Kind::Ordering(ordering))) = &value {
        ordering.fields.borrow_mut().push((call.lambda(1)?, ascending));
    }
    Ok(value)
}

fn group_by<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let (key_of, value_of) = (call.lambda(1)?, call.optional_lambda(2));
    let mut groups: indexmap::IndexMap<Key<'v>, Vec<Value<'v>>> = indexmap::IndexMap::new();
    let mut cursor = call.cursor(0)?;
    while let Some(item) = cursor.next(call.machine)? {
        call.machine.charge_item()?;
        let value = match &value_of {
            Some(value_of) => value_of.call(vec![item.clone()], call.machine)?,
            None => item.clone(),
        };
        let key = Key::new(key_of.call(vec![item], call.machine)?, call.machine)?;
        groups.entry(key).or_default().push(value);
    }
    let mut groups = groups.into_iter();
    let mut aggregator = Aggregator { function: call.optional_lambda(3), may_fall_back: true, failure: None };
    call.stream(move |machine| match groups.next() {
        Some((key, values)) => aggregator.apply(key.value, List::mutable(values), machine).map(Some),
        None => Ok(None),
    })
}

/// Aggregates the values of groups. Expressions written for YAQL before 1.1.1 expect `[key, values]` instead; when the
/// new way fails on the first groups, the old one is tried.
struct Aggregator<'v> {
    function: Option<Rc<Lambda<'v>>>,
    may_fall_back: bool,
    failure: Option<EvaluationError>,
}

impl<'v> Aggregator<'v> {
    fn apply(&mut self, key: Value<'v>, values: List<'v>, machine: &Machine<'v>) -> Outcome<Value<'v>> {
        let group = List::tuple(vec![key.clone(), Value::List(values.clone())]);
        machine.check_depth(group.depth())?;
        let Some(function) = &self.function else { return Ok(Value::List(group)) };
        if self.failure.is_none() {
            match function.call(vec![Value::List(values.clone())], machine) {
                Ok(result) => {
                    if !looks_like_old_result(&values, &result, machine)? {
                        self.may_fall_back = false;
                    }
                    return machine.tuple(vec![key, result]);
                }
                Err(error) if is_mismatch(&error) => self.failure = Some(error),
                Err(error) => return Err(error),
            }
        }
        if self.may_fall_back
            && let Ok(Value::List(result)) = function.call(vec![Value::List(group)], machine)
            && result.len() == 2
        {
            return Ok(Value::List(result));
        }
        Err(self.failure.clone().unwrap_or_else(|| EvaluationError::type_error("the aggregator failed")))
    }
}

fn is_mismatch(error: &EvaluationError) -> bool {
    matches!(&*error.class, "NoMatchingMethodException" | "NoMatchingFunctionException" | "IndexError")
}

fn looks_like_old_result<'v>(values: &List<'v>, result: &Value<'v>, machine: &Machine<'v>) -> Outcome<bool> {
    match (result, values.get(0)) {
        (Value::List(result), Some(first)) if values.len() == 2 && result.len() == 2 => {
            equals(&result.get(0).unwrap_or(Value::Null), &first, Some(machine))
        }
        _ => Ok(false),
    }
}

fn join<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let mut left = call.cursor(0)?;
    let right = memorized(call.value(1), call.machine)?;
    let (predicate, selector) = (call.lambda(2)?, call.lambda(3)?);
    let mut current: Option<(Value<'v>, Cursor<'v>)> = None;
    call.stream(move |machine| {
        loop {
            if let Some((item, others)) = &mut current {
                while let Some(other) = others.next(machine)? {
                    let pair = vec![item.clone(), other];
                    if predicate.call(pair.clone(), machine)?.is_true() {
                        return selector.call(pair, machine).map(Some);
                    }
                }
            }
            let Some(item) = left.next(machine)? else { return Ok(None) };
            current = Cursor::over(&right, machine)?.map(|others| (item, others));
        }
    })
}

/// Tuples of items side by side: as long as the shortest, or with a filler as long as the longest.
fn zip<'v>(call: &Call<'_, 'v>, filler: Option<Value<'v>>) -> Outcome<Value<'v>> {
    let over = |value: &Value<'v>| Cursor::over(value, call.machine);
    let mut cursors: Vec<Cursor<'v>> =
        call.rest.iter().map(over).collect::<Outcome<Vec<_>>>()?.into_iter().flatten().collect();
    call.stream(move |machine| {
        let mut row = Vec::with_capacity(cursors.len());
        let mut is_over = true;
        for cursor in &mut cursors {
            match (cursor.next(machine)?, &filler) {
                (Some(item), _) => {
                    is_over = false;
                    row.push(item);
                }
                (None, None) => return Ok(None),
                (None, Some(filler)) => row.push(filler.clone()),
            }
        }
        if is_over { Ok(None) } else { machine.tuple(row).map(Some) }
    })
}

struct Merger<'m, 'v> {
    machine: &'m Machine<'v>,
    lists: Option<Rc<Lambda<'v>>>,
    items: Option<Rc<Lambda<'v>>>,
}

fn merge_with<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let merger = Merger { machine: call.machine, lists: call.optional_lambda(2), items: call.optional_lambda(3) };
    merger.merge(&call.dict(0)?, &call.dict(1)?, call.integer(4)?)
}

impl<'v> Merger<'_, 'v> {
    fn merge(&self, left: &Dict<'v>, right: &Dict<'v>, levels: i128) -> Outcome<Value<'v>> {
        let mut merged = DictBuilder::default();
        for (key, first) in left.iter() {
            let value = match right.get(&key, Some(self.machine))? {
                None => first,
                Some(second) => self.machine.nested(|| self.merge_values(first, second, levels))?,
            };
            merged.insert(key, value, self.machine)?;
        }
        for (key, value) in right.iter() {
            if !merged.contains(&key, self.machine)? {
                merged.insert(key, value, self.machine)?;
            }
        }
        merged.finish(self.machine)
    }

    fn merge_values(&self, first: Value<'v>, second: Value<'v>, levels: i128) -> Outcome<Value<'v>> {
        match (&first, &second) {
            (Value::Dict(left), Value::Dict(right)) if levels != 1 => {
                self.merge(left, right, if levels == 0 { 0 } else { levels - 1 })
            }
            (Value::List(left), Value::List(right)) if levels != 1 => self.merge_lists(left, right),
            (_, Value::Dict(_) | Value::List(_)) if levels != 1 => {
                let class = |value: &Value<'v>| match value {
                    Value::Dict(_) => "<class 'yaql.language.utils.FrozenDict'>".to_owned(),
                    other => format!("<class '{}'>", other.type_name()),
                };
                Err(EvaluationError::type_error(format!("Cannot merge {} with {}", class(&first), class(&second))))
            }
            _ => match &self.items {
                Some(items) => items.call(vec![first, second], self.machine),
                None => Ok(second),
            },
        }
    }

    fn merge_lists(&self, left: &List<'v>, right: &List<'v>) -> Outcome<Value<'v>> {
        if let Some(lists) = &self.lists {
            return lists.call(vec![Value::List(left.clone()), Value::List(right.clone())], self.machine);
        }
        let keys = left.iter().chain(right.iter()).map(|item| Key::new(item, self.machine));
        let distinct = keys.collect::<Outcome<SetItems<'v>>>()?;
        self.machine.tuple(distinct.into_iter().map(|key| key.value).collect())
    }
}
