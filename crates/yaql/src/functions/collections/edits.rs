//! Collections with parts deleted, replaced or inserted.

use super::super::{Call, Default, Outcome, Overload, Parameter, Type, Value, any, int, iterable};
use crate::value::Cursor;

const COLLECTION: Parameter = iterable("collection");
const COUNT: Parameter = int("count").or(Default::Int(1));

pub(in crate::functions) const TABLE: &[Overload] = &[
    Overload::method("delete", &[COLLECTION, int("position"), COUNT], |call| {
        let place = Place::of(call, 1, 2)?;
        replaced(call, place, Vec::new())
    })
    .examples(&[("[0, 1, 2, 3].delete(1, 2)", "[0, 3]"), ("[0, 1, 2].delete(1, -1)", "[0]")]),
    Overload::method("replace", &[COLLECTION, int("position"), any("value"), COUNT], |call| {
        let place = Place::of(call, 1, 3)?;
        replaced(call, place, vec![Cursor::List(crate::value::List::tuple(vec![call.value(2)]), 0)])
    })
    .examples(&[("[0, 1, 2, 3].replace(1, x, 2)", "[0, \"x\", 3]")]),
    Overload::method("replaceMany", &[COLLECTION, int("position"), iterable("values"), COUNT], |call| {
        let place = Place::of(call, 1, 3)?;
        replaced(call, place, vec![call.cursor(2)?])
    })
    .examples(&[("[0, 1, 2].replaceMany(1, [a, b])", "[0, \"a\", \"b\", 2]")]),
    Overload::method(
        "insert",
        &[Parameter::new("collection", Type::IterableNotSet), int("position"), any("value")],
        |call| {
            let values = Cursor::List(crate::value::List::tuple(vec![call.value(2)]), 0);
            inserted(call, values, false)
        },
    )
    .examples(&[("range(3).insert(1, x)", "[0, \"x\", 1, 2]"), ("range(2).insert(9, x)", "[0, 1, \"x\"]")]),
    Overload::method(
        "insert",
        &[Parameter::new("collection", Type::Sequence), int("position"), any("value")],
        list_insert,
    )
    .examples(&[("[0, 1].insert(1, x)", "[0, \"x\", 1]"), ("[0, 1].insert(-1, x)", "[0, \"x\", 1]")]),
    Overload::method("insertMany", &[COLLECTION, int("position"), iterable("values")], |call| {
        inserted(call, call.cursor(2)?, true)
    })
    .examples(&[("[0, 1].insertMany(1, [a, b])", "[0, \"a\", \"b\", 1]"), ("[0].insertMany(-1, [a])", "[\"a\", 0]")]),
];

/// A run of items: from a position, so many, or to the end when the count is negative.
#[derive(Clone, Copy)]
struct Place {
    position: i64,
    count: i64,
}

impl Place {
    fn of(call: &Call<'_, '_>, position: usize, count: usize) -> Outcome<Self> {
        Ok(Self { position: call.index(position)?, count: call.index(count)? })
    }

    fn holds(self, index: i64) -> bool {
        index >= self.position && (self.count < 0 || index < self.position.saturating_add(self.count))
    }
}

/// The collection with the first item of the run replaced by the values and the others dropped.
fn replaced<'v>(call: &Call<'_, 'v>, place: Place, mut values: Vec<Cursor<'v>>) -> Outcome<Value<'v>> {
    let mut cursor = call.cursor(0)?;
    let mut index = -1;
    let mut giving = false;
    call.stream(move |machine| {
        loop {
            if giving && let Some(value) = super::chained(&mut values, machine)? {
                return Ok(Some(value));
            }
            giving = false;
            let Some(item) = cursor.next(machine)? else { return Ok(None) };
            index += 1;
            if !place.holds(index) {
                return Ok(Some(item));
            }
            giving = !values.is_empty();
        }
    })
}

/// The collection with values before the item at the position, or at the end when it is shorter.
fn inserted<'v>(call: &Call<'_, 'v>, values: Cursor<'v>, before_all: bool) -> Outcome<Value<'v>> {
    let position = call.index(1)?;
    let mut cursor = call.cursor(0)?;
    let mut values = Some(values);
    let mut giving = if before_all && position < 0 { values.take() } else { None };
    let mut waiting: Option<Value<'v>> = None;
    let mut index = -1;
    let mut ended = false;
    call.stream(move |machine| {
        loop {
            if let Some(cursor) = &mut giving {
                if let Some(value) = cursor.next(machine)? {
                    return Ok(Some(value));
                }
                giving = None;
            }
            if let Some(item) = waiting.take() {
                return Ok(Some(item));
            }
            if ended {
                return Ok(None);
            }
            match cursor.next(machine)? {
                Some(item) => {
                    index += 1;
                    if index == position {
                        giving = values.take();
                        waiting = Some(item);
                    } else {
                        return Ok(Some(item));
                    }
                }
                None => {
                    ended = true;
                    giving = if position > index { values.take() } else { None };
                }
            }
        }
    })
}

fn list_insert<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let mut items: Vec<Value<'v>> = call.list(0)?.iter().collect();
    let length = items.len() as i64;
    let position = call.index(1)?;
    let position = if position < 0 { position + length } else { position };
    items.insert(position.clamp(0, length) as usize, call.value(2));
    call.machine.mutable_list(items)
}
