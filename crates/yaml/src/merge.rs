//! `<<` merge keys and repeated keys. Counterpart: yaml/constructor.py (flatten_mapping).

use std::collections::HashMap;

use crate::{
    budget::{DuplicateKeys, Options},
    document::Position,
    error::Error,
    node::{Arena, Content, Entry, NodeId},
};

/// Appends the entries that the value of one `<<` brings; of a list of mappings the first wins.
pub(crate) fn bring(arena: &Arena, from: NodeId, position: Position, merged: &mut Vec<Entry>) -> Result<(), Error> {
    match &arena.get(from).content {
        Content::Mapping(entries) => merged.extend_from_slice(entries),
        Content::Sequence(items) => {
            for item in items.iter().rev() {
                let Content::Mapping(entries) = &arena.get(*item).content else {
                    let kind = arena.get(*item).content.kind();
                    return Err(Error::new(format!("expected a mapping for merging, but found {kind}"), position));
                };
                merged.extend_from_slice(entries);
            }
        }
        scalar @ Content::Scalar(_) => {
            let message = format!("expected a mapping or list of mappings for merging, but found {}", scalar.kind());
            return Err(Error::new(message, position));
        }
    }
    Ok(())
}

/// Puts merged entries before a mapping's own ones; of equal keys the last one counts, in the place of the first.
pub(crate) fn flatten(merged: Vec<Entry>, own: Vec<Entry>, options: &Options) -> Result<Vec<Entry>, Error> {
    let mut places: HashMap<String, Place> = HashMap::with_capacity(merged.len() + own.len());
    let mut entries: Vec<Entry> = Vec::with_capacity(merged.len() + own.len());
    let sources = merged.into_iter().map(|entry| (entry, false)).chain(own.into_iter().map(|entry| (entry, true)));
    for (entry, is_own) in sources {
        let Some(place) = places.get_mut(&entry.key) else {
            places.insert(entry.key.clone(), Place { index: entries.len(), is_own });
            entries.push(entry);
            continue;
        };
        if is_own && place.is_own && options.duplicate_keys == DuplicateKeys::Reject {
            return Err(Error::new(format!("found duplicate key \"{}\"", entry.key), entry.position));
        }
        place.is_own = is_own;
        entries[place.index] = entry;
    }
    Ok(entries)
}

struct Place {
    index: usize,
    is_own: bool,
}
