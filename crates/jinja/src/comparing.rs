//! The engine's filters that compare texts with each other, or use what they are given once for every item. It counts the items;
//! the lengths of their texts are charged for here.

use minijinja::{
    Environment, Error, ErrorKind, State, filters,
    value::{Kwargs, Rest, Value as Jinja, ValueOrKwargs},
};

use crate::{builtin::order, convert, dialect, error::HostError, limits::UNLIMITED, owned};

/// Bytes of text for a step, as the engine charges for what a filter is given.
const TEXT: usize = 64;

/// How often a filter looks at each item.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Looks {
    /// Once, and the engine charges for it.
    Paid,
    Once,
    /// As sorting does; the engine charges for each time.
    Sorted,
    /// As sorting does, for nothing.
    SortedFree,
    /// Once, adding it to all that came before.
    Added,
}

pub(crate) fn register(engine: &mut Environment<'static>) {
    for (name, looks, filter) in [
        ("map", Looks::Paid, Jinja::from_function(filters::map)),
        ("select", Looks::Paid, Jinja::from_function(filters::select)),
        ("selectattr", Looks::Paid, Jinja::from_function(filters::selectattr)),
        ("reject", Looks::Paid, Jinja::from_function(filters::reject)),
        ("rejectattr", Looks::Paid, Jinja::from_function(filters::rejectattr)),
        ("min", Looks::Once, Jinja::from_function(order::min)),
        ("max", Looks::Once, Jinja::from_function(order::max)),
        ("sort", Looks::Sorted, Jinja::from_function(order::sort)),
        ("unique", Looks::Sorted, Jinja::from_function(filters::unique)),
        ("dictsort", Looks::SortedFree, Jinja::from_function(filters::dictsort)),
        ("groupby", Looks::SortedFree, Jinja::from_function(filters::groupby)),
        ("sum", Looks::Added, Jinja::from_function(filters::sum)),
    ] {
        engine.add_filter(name, move |state: &mut State<'_, '_>, given: Rest<ValueOrKwargs>| {
            let given = dialect::plain(given);
            if !UNLIMITED {
                charge(state, looks, &given)?;
            }
            filter.call(state, &given)
        });
    }
}

/// Charges for the steps that a filter takes beyond those that the engine counts.
fn charge(state: &State<'_, '_>, looks: Looks, given: &[Jinja]) -> Result<(), Error> {
    let Some((value, given)) = given.split_first() else { return Ok(()) };
    let (given, keywords) = convert::split(given)?;
    let by_name = keywords.iter().flat_map(Kwargs::args).filter_map(|name| keyword(&keywords, name));
    let count = value.len().unwrap_or_default();
    let times = match looks {
        Looks::Sorted | Looks::SortedFree => (usize::BITS - count.leading_zeros()) as usize,
        _ => 1,
    };
    let spend = |steps: usize| state.consume_fuel(steps as u64);
    // What is given stands beside every item.
    for argument in given.iter().chain(by_name) {
        let parts = argument.as_str().map_or(0, |text| text.matches([',', '.']).count());
        spend(count.saturating_mul(parts))?;
        spend(count.saturating_mul(length(argument)) / TEXT * times)?;
    }
    let attribute = keyword(&keywords, "attribute").or_else(|| given.first());
    match looks {
        Looks::Paid => Ok(()),
        Looks::Once | Looks::Sorted => spend(compared(value, attribute) / TEXT * times),
        Looks::SortedFree if value.is_undefined() => Err(Error::from(ErrorKind::UndefinedError)),
        Looks::SortedFree => spend((compared(value, attribute) / TEXT + count) * times + 2 * count),
        Looks::Added => match keyword(&keywords, "start").or_else(|| given.get(1)) {
            Some(start) if start.as_str().is_some() => {
                Err(HostError::new("TypeError", "sum() can't sum strings [use ''.join(seq) instead]").into())
            }
            // A tuple is copied for every item.
            Some(start) if start.is_tuple() => spend(count.saturating_mul(count)),
            _ => Ok(()),
        },
    }
}

fn keyword<'k>(keywords: &'k Option<Kwargs>, name: &'k str) -> Option<&'k Jinja> {
    keywords.as_ref()?.peek(name).ok()
}

fn length(value: &Jinja) -> usize {
    value.as_str().map_or(0, str::len)
}

/// Returns how many bytes of text are compared: those of the items, or of what an attribute of each says.
fn compared(value: &Jinja, attribute: Option<&Jinja>) -> usize {
    let (items, text) = owned::inside(value);
    let Some(paths) = attribute.and_then(Jinja::as_str) else { return text };
    paths.split(',').map(|path| items.iter().map(|item| length(&order::at(item, path.trim()))).sum::<usize>()).sum()
}
