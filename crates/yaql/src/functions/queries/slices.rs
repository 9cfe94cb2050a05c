//! Collections cut into pieces.

use super::super::{Call, Outcome, Overload, Value, int, lambda};
use super::COLLECTION;
use crate::error::EvaluationError;
use crate::value::equals;

pub(in crate::functions) const TABLE: &[Overload] = &[
    Overload::method("slice", &[COLLECTION, int("length")], slice)
        .examples(&[("range(5).slice(2)", "[[0, 1], [2, 3], [4]]")]),
    Overload::method("splitWhere", &[COLLECTION, lambda("predicate")], split_where)
        .examples(&[("[1, 2, 0, 3].splitWhere($ = 0)", "[[1, 2], [3]]")]),
    Overload::method("sliceWhere", &[COLLECTION, lambda("predicate")], slice_where)
        .examples(&[("[1, 2, 0, 3].sliceWhere($ = 0)", "[[1, 2], [0], [3]]")]),
    Overload::method("splitAt", &[COLLECTION, int("index")], split_at)
        .examples(&[("[1, 2, 3].splitAt(1)", "[[1], [2, 3]]")]),
];

fn slice<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let (mut cursor, length) = (call.cursor(0)?, call.index(1)?);
    if length < 0 {
        let message = "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize.";
        return Err(EvaluationError::value_error(message));
    }
    call.stream(move |machine| {
        let mut piece = Vec::new();
        while (piece.len() as i64) < length
            && let Some(item) = cursor.next(machine)?
        {
            machine.charge_item()?;
            piece.push(item);
        }
        if piece.is_empty() { Ok(None) } else { machine.tuple(piece).map(Some) }
    })
}

/// Pieces between the items for which the predicate holds.
fn split_where<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let mut items = call.collected(0)?.into_iter();
    let predicate = call.lambda(1)?;
    let mut ended = items.len() == 0;
    call.stream(move |machine| {
        if ended {
            return Ok(None);
        }
        let mut piece = Vec::new();
        for item in items.by_ref() {
            if predicate.call(vec![item.clone()], machine)?.is_true() {
                return machine.tuple(piece).map(Some);
            }
            piece.push(item);
        }
        ended = true;
        if piece.is_empty() { Ok(None) } else { machine.tuple(piece).map(Some) }
    })
}

/// Runs of items with the same answer of the predicate.
fn slice_where<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let mut items = call.collected(0)?.into_iter();
    let predicate = call.lambda(1)?;
    let mut run: Vec<Value<'v>> = Vec::new();
    let mut answer: Option<Value<'v>> = None;
    call.stream(move |machine| {
        for item in items.by_ref() {
            let next = predicate.call(vec![item.clone()], machine)?;
            let goes_on = match &answer {
                Some(answer) => equals(answer, &next, Some(machine))?,
                None => true,
            };
            answer = Some(next);
            if !goes_on {
                let finished = std::mem::replace(&mut run, vec![item]);
                return machine.tuple(finished).map(Some);
            }
            run.push(item);
        }
        if run.is_empty() { Ok(None) } else { machine.tuple(std::mem::take(&mut run)).map(Some) }
    })
}

fn split_at<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let mut items = call.collected(0)?;
    let index = call.index(1)?;
    let length = items.len() as i64;
    let index = if index < 0 { index + length } else { index };
    let tail = items.split_off(index.clamp(0, length) as usize);
    let halves = vec![call.machine.tuple(items)?, call.machine.tuple(tail)?];
    call.machine.mutable_list(halves)
}
