//! Sorting by fields whose comparison may fail: a merge sort, stable as Python's.

use super::{Machine, Outcome};
use crate::evaluate::Frame;
use crate::scope::{NoFunctions, Scope};
use crate::value::{Cursor, List, Ordering, Value};

impl<'v> Machine<'v> {
    /// The items of an ordering; sorted once.
    pub(crate) fn sorted(&self, ordering: &Ordering<'v>) -> Outcome<List<'v>> {
        if let Some(list) = &*ordering.sorted.borrow() {
            return Ok(list.clone());
        }
        let items = match Cursor::over(&ordering.collection, self)? {
            Some(cursor) => self.collect(cursor)?,
            None => Vec::new(),
        };
        let keyed = items.into_iter().map(|item| self.keyed(ordering, item)).collect::<Outcome<Vec<_>>>()?;
        let directions: Vec<bool> = ordering.fields.borrow().iter().map(|(_, ascending)| *ascending).collect();
        let sorted = self.merge_sort(keyed, &directions)?;
        let list = List::mutable(sorted.into_iter().map(|(_, item)| item).collect());
        *ordering.sorted.borrow_mut() = Some(list.clone());
        Ok(list)
    }

    fn keyed(&self, ordering: &Ordering<'v>, item: Value<'v>) -> Outcome<Keyed<'v>> {
        let fields = ordering.fields.borrow();
        let keys =
            fields.iter().map(|(selector, _)| selector.call(vec![item.clone()], self)).collect::<Outcome<_>>()?;
        Ok((keys, item))
    }

    fn merge_sort(&self, mut items: Vec<Keyed<'v>>, directions: &[bool]) -> Outcome<Vec<Keyed<'v>>> {
        if items.len() < 2 {
            return Ok(items);
        }
        let right = items.split_off(items.len() / 2);
        let mut left = self.merge_sort(items, directions)?.into_iter().peekable();
        let mut right = self.merge_sort(right, directions)?.into_iter().peekable();
        let mut merged = Vec::with_capacity(left.len() + right.len());
        while let (Some(first), Some(second)) = (left.peek(), right.peek()) {
            let from_right = self.is_before(second, first, directions)?;
            merged.extend(if from_right { right.next() } else { left.next() });
        }
        merged.extend(left);
        merged.extend(right);
        Ok(merged)
    }

    fn is_before(&self, first: &Keyed<'v>, second: &Keyed<'v>, directions: &[bool]) -> Outcome<bool> {
        let frame = Frame::root(&Scope::new(&NoFunctions));
        for ((first, second), ascending) in first.0.iter().zip(&second.0).zip(directions) {
            for (operator, answer) in [("#operator_<", *ascending), ("#operator_>", !*ascending)] {
                if self.invoke(operator, vec![first.clone(), second.clone()], &frame)?.is_true() {
                    return Ok(answer);
                }
            }
        }
        Ok(false)
    }
}

type Keyed<'v> = (Vec<Value<'v>>, Value<'v>);
