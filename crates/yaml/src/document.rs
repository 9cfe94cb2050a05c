//! A value together with the places that its parts were written at.

use granit_parser::Marker;
use serde_json::Value;

use crate::node::{Arena, Content, NodeId};

/// A place in a text, both numbers counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

impl Position {
    pub(crate) fn of(marker: &Marker) -> Self {
        Self { line: marker.line().max(1), column: marker.col() + 1 }
    }
}

/// What a text says and where it says it.
#[derive(Debug)]
pub struct Document {
    pub value: Value,
    pub positions: Positions,
}

impl Document {
    pub(crate) fn of(arena: Arena) -> Self {
        let value = arena.root.map_or(Value::Null, |root| arena.value(root));
        Self { value, positions: Positions { arena } }
    }
}

/// Answers where a part of a document was written. What a merge key brought stands where it was written first.
#[derive(Debug)]
pub struct Positions {
    arena: Arena,
}

impl Positions {
    /// Returns the place of the value under a JSON pointer (`/tasks/task1/action`, `` for the whole document).
    pub fn value(&self, pointer: &str) -> Option<Position> {
        self.value_at(&segments(pointer))
    }

    /// Returns the place of the mapping key that a JSON pointer ends with; none for the document and for list items.
    pub fn key(&self, pointer: &str) -> Option<Position> {
        self.key_at(&segments(pointer))
    }

    /// Returns the place of the value that is reached by these keys and indexes.
    pub fn value_at(&self, path: &[impl AsRef<str>]) -> Option<Position> {
        self.find(path).map(|found| found.value)
    }

    /// Returns the place of the key that is reached by these keys and indexes.
    pub fn key_at(&self, path: &[impl AsRef<str>]) -> Option<Position> {
        self.find(path).and_then(|found| found.key)
    }

    fn find(&self, path: &[impl AsRef<str>]) -> Option<Found> {
        let root = self.arena.root?;
        let mut found = Found { node: root, key: None, value: self.arena.get(root).position };
        for segment in path {
            found = self.child(found.node, segment.as_ref())?;
        }
        Some(found)
    }

    fn child(&self, parent: NodeId, segment: &str) -> Option<Found> {
        match &self.arena.get(parent).content {
            Content::Scalar(_) => None,
            Content::Sequence(items) => {
                let node = *items.get(segment.parse::<usize>().ok()?)?;
                Some(Found { node, key: None, value: self.arena.get(node).position })
            }
            Content::Mapping(entries) => {
                let entry = entries.iter().find(|entry| entry.key == segment)?;
                let value = entry.alias.unwrap_or_else(|| self.arena.get(entry.value).position);
                Some(Found { node: entry.value, key: Some(entry.position), value })
            }
        }
    }
}

struct Found {
    node: NodeId,
    key: Option<Position>,
    value: Position,
}

fn segments(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(|segment| segment.replace("~1", "/").replace("~0", "~")).collect()
}
