//! From the parser's events to the arena of nodes, without recursion. Counterpart: yaml/composer.py.

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, Span, Tag};
use serde_json::Value;

use crate::{
    budget::Options,
    construct::{self, Scalar},
    document::Position,
    error::Error,
    merge,
    node::{Arena, Content, Entry, NodeId},
};

const CORE: &str = "tag:yaml.org,2002:";

/// Reads the events of a text into an arena.
pub(crate) fn compose(text: &str, options: &Options) -> Result<Arena, Error> {
    let start = Position { line: 1, column: 1 };
    let budget = &options.budget;
    if text.len() > budget.bytes {
        return Err(Error::over_budget("bytes", budget.bytes, start));
    }
    let parser_options = granit_parser::options! {
        emit_comments: false,
        block_scalar_eof_without_line_feed: true,
        flow_nesting_limit: budget.depth + 1,
        block_nesting_limit: budget.depth + 1,
    };
    let mut composer =
        Composer { arena: Arena::default(), open: Vec::new(), anchors: HashMap::new(), merged: 0, options };
    for (count, event) in Parser::new_from_str_with_options(text, parser_options).enumerate() {
        let (event, span) = event?;
        if count >= budget.events {
            return Err(Error::over_budget("parts", budget.events, Position::of(&span.start)));
        }
        composer.take(event, &span)?;
    }
    Ok(composer.arena)
}

struct Composer<'o> {
    arena: Arena,
    open: Vec<Frame>,
    anchors: HashMap<usize, NodeId>,
    /// Entries that merge keys have copied so far.
    merged: usize,
    options: &'o Options,
}

/// A collection whose end has not come yet.
struct Frame {
    anchor: usize,
    position: Position,
    shape: Shape,
    collection: Collection,
}

enum Collection {
    Sequence(Vec<NodeId>),
    Mapping { own: Vec<Entry>, merged: Vec<Entry>, key: Option<Key> },
}

enum Key {
    Text(String, Position),
    Merge,
}

/// What a collection's tag makes of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Plain,
    Pairs,
}

/// A finished value on its way into its parent.
struct Arrival {
    node: NodeId,
    position: Position,
    is_alias: bool,
}

impl Composer<'_> {
    fn take(&mut self, event: Event<'_>, span: &Span) -> Result<(), Error> {
        let position = Position::of(&span.start);
        match event {
            Event::DocumentStart(..) if self.arena.root.is_some() => {
                Err(Error::new("expected a single document in the stream, but found another document", position))
            }
            Event::Scalar(text, style, anchor, tag) => self.scalar(&text, style, anchor, tag.as_deref(), position),
            Event::Alias(anchor) => {
                let Some(node) = self.anchors.get(&anchor).copied() else {
                    return Err(Error::new("found an alias inside the value that it stands for", position));
                };
                self.arrive(Arrival { node, position, is_alias: true })
            }
            Event::SequenceStart(_, anchor, tag) => {
                let shape = shape(tag.as_deref(), &["seq", "omap", "pairs"], position)?;
                self.start(anchor, position, shape, Collection::Sequence(Vec::new()))
            }
            Event::MappingStart(_, anchor, tag) => {
                let shape = shape(tag.as_deref(), &["map", "set"], position)?;
                let collection = Collection::Mapping { own: Vec::new(), merged: Vec::new(), key: None };
                self.start(anchor, position, shape, collection)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            _ => Ok(()),
        }
    }

    fn start(&mut self, anchor: usize, position: Position, shape: Shape, collection: Collection) -> Result<(), Error> {
        if self.open.len() >= self.options.budget.depth {
            return Err(Error::over_budget("levels", self.options.budget.depth, position));
        }
        self.open.push(Frame { anchor, position, shape, collection });
        Ok(())
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        position: Position,
    ) -> Result<(), Error> {
        let plain = style == ScalarStyle::Plain;
        let name = tag.map(known_tag).transpose().map_err(|message| Error::new(message, position))?;
        // The tag `!` alone leaves the scalar to its spelling, as libyaml does.
        let name = name.filter(|name| !name.is_empty());
        let value = match construct::scalar(text, plain, name).map_err(|message| Error::new(message, position))? {
            Scalar::Value(value) => value,
            Scalar::Merge => {
                if let Some(Collection::Mapping { key: key @ None, .. }) =
                    self.open.last_mut().map(|frame| &mut frame.collection)
                {
                    *key = Some(Key::Merge);
                    return Ok(());
                }
                return Err(Error::new(construct::no_constructor("tag:yaml.org,2002:merge"), position));
            }
        };
        let node = self.arena.add(Content::Scalar(value), position);
        self.finish(node, anchor, position)
    }

    fn end(&mut self) -> Result<(), Error> {
        let Some(frame) = self.open.pop() else { return Ok(()) };
        let content = match frame.collection {
            Collection::Sequence(items) if frame.shape == Shape::Pairs => self.pairs(items, frame.position)?,
            Collection::Sequence(items) => Content::Sequence(items),
            Collection::Mapping { own, merged, .. } => Content::Mapping(merge::flatten(merged, own, self.options)?),
        };
        let node = self.arena.add(content, frame.position);
        self.arena.check(node, &self.options.budget, frame.position)?;
        self.finish(node, frame.anchor, frame.position)
    }

    /// Turns a list of mappings of one pair each into a list of two-item lists.
    fn pairs(&mut self, items: Vec<NodeId>, position: Position) -> Result<Content, Error> {
        let mut pairs = Vec::with_capacity(items.len());
        for item in items {
            let Content::Mapping(entries) = &self.arena.get(item).content else {
                return Err(Error::new("expected a mapping of length 1", position));
            };
            let [entry] = entries.as_slice() else {
                return Err(Error::new("expected a single mapping item", position));
            };
            let (place, value) = (entry.position, entry.value);
            let key = Value::String(entry.key.clone());
            let key = self.arena.add(Content::Scalar(key), place);
            pairs.push(self.arena.add(Content::Sequence(vec![key, value]), place));
        }
        Ok(Content::Sequence(pairs))
    }

    fn finish(&mut self, node: NodeId, anchor: usize, position: Position) -> Result<(), Error> {
        if anchor != 0 {
            self.anchors.insert(anchor, node);
        }
        self.arrive(Arrival { node, position, is_alias: false })
    }

    /// Puts a finished value where the innermost open collection expects it.
    fn arrive(&mut self, arrival: Arrival) -> Result<(), Error> {
        let Some(frame) = self.open.last_mut() else {
            self.arena.root = Some(arrival.node);
            return Ok(());
        };
        match &mut frame.collection {
            Collection::Sequence(items) => items.push(arrival.node),
            Collection::Mapping { own, merged, key } => match key.take() {
                None => *key = Some(Key::Text(key_text(&self.arena, &arrival)?, arrival.position)),
                Some(Key::Text(key, position)) => {
                    let alias = arrival.is_alias.then_some(arrival.position);
                    own.push(Entry { key, position, value: arrival.node, alias });
                }
                Some(Key::Merge) => {
                    let before = merged.len();
                    merge::bring(&self.arena, arrival.node, arrival.position, merged)?;
                    self.merged += merged.len() - before;
                    if self.merged > self.options.budget.nodes {
                        return Err(Error::over_budget("values", self.options.budget.nodes, arrival.position));
                    }
                }
            },
        }
        Ok(())
    }
}

/// Returns the JSON key for a value that stands as a mapping's key.
fn key_text(arena: &Arena, arrival: &Arrival) -> Result<String, Error> {
    match &arena.get(arrival.node).content {
        Content::Scalar(Value::String(text)) => Ok(text.clone()),
        Content::Scalar(value) => Ok(value.to_string()),
        _ => Err(Error::new("found unhashable key", arrival.position)),
    }
}

/// Returns the name behind `!!`, or `` for the tag `!` alone.
fn known_tag(tag: &Tag) -> Result<&str, String> {
    match tag.parts() {
        ("", "!") | ("!", "") => Ok(""),
        (CORE, name) => Ok(name),
        ("", name) if name.starts_with(CORE) => Ok(&name[CORE.len()..]),
        (handle, suffix) => Err(construct::no_constructor(&format!("{handle}{suffix}"))),
    }
}

fn shape(tag: Option<&Tag>, allowed: &[&str], position: Position) -> Result<Shape, Error> {
    let Some(tag) = tag else { return Ok(Shape::Plain) };
    match known_tag(tag).map_err(|message| Error::new(message, position))? {
        "" => Ok(Shape::Plain),
        "omap" | "pairs" if allowed.contains(&"pairs") => Ok(Shape::Pairs),
        name if allowed.contains(&name) => Ok(Shape::Plain),
        name => Err(Error::new(construct::no_constructor(&format!("{CORE}{name}")), position)),
    }
}
