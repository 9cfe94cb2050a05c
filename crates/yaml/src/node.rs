//! The document as an arena of nodes: an alias is a second reference to a node, so nothing is copied while composing.

use serde_json::{Map, Value};

use crate::{document::Position, error::Error};

/// Index of a node in its [`Arena`].
pub(crate) type NodeId = usize;

/// One value of the document. Sizes are those of the tree that it stands for once aliases are followed.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) position: Position,
    pub(crate) nodes: usize,
    pub(crate) text: usize,
    pub(crate) depth: usize,
    pub(crate) content: Content,
}

#[derive(Debug)]
pub(crate) enum Content {
    Scalar(Value),
    Sequence(Vec<NodeId>),
    Mapping(Vec<Entry>),
}

impl Content {
    /// PyYAML's word for the kind of node, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Scalar(_) => "scalar",
            Self::Sequence(_) => "sequence",
            Self::Mapping(_) => "mapping",
        }
    }
}

/// A key with its value; `position` is the key's.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) position: Position,
    pub(crate) value: NodeId,
    /// Where an alias stood instead of the value, if one did.
    pub(crate) alias: Option<Position>,
}

/// All nodes of a document; children have smaller indexes than their parents, so there are no cycles.
#[derive(Debug, Default)]
pub(crate) struct Arena {
    nodes: Vec<Node>,
    pub(crate) root: Option<NodeId>,
}

impl Arena {
    pub(crate) fn get(&self, id: NodeId) -> &Node {
        &self.nodes[id]
    }

    /// Adds a node whose children are in the arena already; sizes saturate, so a bomb is a number and not memory.
    pub(crate) fn add(&mut self, content: Content, position: Position) -> NodeId {
        let (mut nodes, mut text, mut depth) = (1_usize, 0_usize, 0_usize);
        let mut count = |child: &Node, key: usize| {
            nodes = nodes.saturating_add(child.nodes);
            text = text.saturating_add(child.text).saturating_add(key);
            depth = depth.max(child.depth);
        };
        match &content {
            Content::Scalar(Value::String(scalar)) => text = scalar.len(),
            Content::Scalar(_) => {}
            Content::Sequence(items) => items.iter().for_each(|item| count(&self.nodes[*item], 0)),
            Content::Mapping(entries) => {
                entries.iter().for_each(|entry| count(&self.nodes[entry.value], entry.key.len()));
            }
        }
        if !matches!(content, Content::Scalar(_)) {
            depth += 1;
        }
        self.nodes.push(Node { position, nodes, text, depth, content });
        self.nodes.len() - 1
    }

    /// Builds the JSON value of the tree under a node; its depth and size were limited when it was composed.
    pub(crate) fn value(&self, id: NodeId) -> Value {
        match &self.get(id).content {
            Content::Scalar(value) => value.clone(),
            Content::Sequence(items) => items.iter().map(|item| self.value(*item)).collect(),
            Content::Mapping(entries) => {
                let pairs = entries.iter().map(|entry| (entry.key.clone(), self.value(entry.value)));
                Value::Object(pairs.collect::<Map<_, _>>())
            }
        }
    }

    /// Returns an error when the tree under a node is bigger than a limit.
    pub(crate) fn check(&self, id: NodeId, budget: &crate::Budget, position: Position) -> Result<(), Error> {
        let node = self.get(id);
        if node.nodes > budget.nodes {
            return Err(Error::over_budget("values", budget.nodes, position));
        }
        if node.text > budget.text {
            return Err(Error::over_budget("bytes of text", budget.text, position));
        }
        if node.depth > budget.depth {
            return Err(Error::over_budget("levels", budget.depth, position));
        }
        Ok(())
    }
}
