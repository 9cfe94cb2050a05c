//! The variables of a workflow, and what a task sees of them.
//!
//! Every publish adds one small layer. A task sees the merge of the layers on its path; values are shared, never copied,
//! and the merge of a path is made once and kept.

use std::sync::{Arc, OnceLock};

use indexmap::IndexMap;
use serde_json::{Map, Value};

/// Paths longer than this forget repetitions of a layer when they join. Joins repeat what the branches have in common,
/// so that in a row of forks and joins the path would double with each.
const REPETITIONS_UP_TO: usize = 64;

/// Named values in the order they were first set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Variables(IndexMap<Arc<str>, Arc<Value>>);

impl Variables {
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).map(AsRef::as_ref)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    /// Sets a variable, whatever it was before.
    pub fn set(&mut self, name: &str, value: Value) {
        self.0.insert(Arc::from(name), Arc::new(value));
    }

    /// Lays other variables over these: later wins, except that mappings merge, at every depth.
    pub fn merge(&mut self, layer: &Self) {
        for (name, value) in &layer.0 {
            match self.0.get_mut(name) {
                Some(present) => {
                    if let (Value::Object(_), Value::Object(over)) = (&**present, &**value) {
                        let Value::Object(merged) = Arc::make_mut(present) else { continue };
                        merge_maps(merged, over);
                    } else {
                        *present = Arc::clone(value);
                    }
                }
                None => drop(self.0.insert(Arc::clone(name), Arc::clone(value))),
            }
        }
    }

    pub fn to_map(&self) -> Map<String, Value> {
        self.iter().map(|(name, value)| (name.to_owned(), value.clone())).collect()
    }
}

impl From<Map<String, Value>> for Variables {
    fn from(map: Map<String, Value>) -> Self {
        Self(map.into_iter().map(|(name, value)| (Arc::from(name), Arc::new(value))).collect())
    }
}

fn merge_maps(base: &mut Map<String, Value>, over: &Map<String, Value>) {
    for (name, value) in over {
        match (base.get_mut(name), value) {
            (Some(Value::Object(base)), Value::Object(over)) => merge_maps(base, over),
            (Some(present), _) => *present = value.clone(),
            (None, _) => drop(base.insert(name.clone(), value.clone())),
        }
    }
}

/// Which layers a task sees, in the order they are laid over each other. Cloning shares everything.
#[derive(Clone, Debug, Default)]
pub struct ContextPath(Option<Arc<Link>>);

#[derive(Debug)]
struct Link {
    layer: usize,
    length: usize,
    before: Option<Arc<Self>>,
    merged: OnceLock<Arc<Variables>>,
}

impl ContextPath {
    pub fn of(layers: impl IntoIterator<Item = usize>) -> Self {
        layers.into_iter().fold(Self::default(), |path, layer| path.with(layer))
    }

    /// This path with one more layer on top.
    #[must_use]
    pub fn with(&self, layer: usize) -> Self {
        let link = Link { layer, length: self.len() + 1, before: self.0.clone(), merged: OnceLock::new() };
        Self(Some(Arc::new(link)))
    }

    /// This path with the layers of another on top, all but the first, which is the workflow's own.
    #[must_use]
    pub fn joined_by(&self, other: &Self) -> Self {
        let added = other.layers_above_first();
        if self.len() + added.len() <= REPETITIONS_UP_TO {
            return added.into_iter().fold(self.clone(), |path, layer| path.with(layer));
        }
        let mut layers = self.layers();
        layers.extend(added);
        let mut seen = std::collections::HashSet::new();
        let mut last_mentions: Vec<usize> = layers.into_iter().rev().filter(|layer| seen.insert(*layer)).collect();
        last_mentions.reverse();
        Self::of(last_mentions)
    }

    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |link| link.length)
    }

    pub const fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    pub fn layers(&self) -> Vec<usize> {
        let mut layers = Vec::with_capacity(self.len());
        let mut link = self.0.as_ref();
        while let Some(current) = link {
            layers.push(current.layer);
            link = current.before.as_ref();
        }
        layers.reverse();
        layers
    }

    /// The layers without the workflow's own, which is number 0.
    pub fn layers_above_first(&self) -> Vec<usize> {
        let mut layers = self.layers();
        if let Some(position) = layers.iter().position(|layer| *layer == 0) {
            layers.remove(position);
        }
        layers
    }

    /// What a task on this path sees.
    pub fn merged(&self, layers: &[Arc<Variables>]) -> Arc<Variables> {
        let Some(top) = &self.0 else { return Arc::default() };
        let mut unmerged: Vec<&Arc<Link>> = Vec::new();
        let mut base: Option<Arc<Variables>> = None;
        let mut link = Some(top);
        while let Some(current) = link {
            if let Some(merged) = current.merged.get() {
                base = Some(Arc::clone(merged));
                break;
            }
            unmerged.push(current);
            link = current.before.as_ref();
        }
        let steps = unmerged.into_iter().rev();
        let merged = steps.fold(base, |base, link| Some(lay_over(base, layers.get(link.layer))));
        let merged = merged.unwrap_or_default();
        Arc::clone(top.merged.get_or_init(|| merged))
    }
}

fn lay_over(base: Option<Arc<Variables>>, layer: Option<&Arc<Variables>>) -> Arc<Variables> {
    match (base, layer) {
        (None, Some(layer)) => Arc::clone(layer),
        (Some(base), None) => base,
        (None, None) => Arc::default(),
        (Some(mut base), Some(layer)) => {
            Arc::make_mut(&mut base).merge(layer);
            base
        }
    }
}

impl Drop for Link {
    /// Takes a long path down link by link; the compiler's own way would recurse once per link.
    fn drop(&mut self) {
        let mut before = self.before.take();
        while let Some(link) = before {
            before = Arc::into_inner(link).and_then(|mut link| link.before.take());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn layer(value: Value) -> Arc<Variables> {
        match value {
            Value::Object(map) => Arc::new(map.into()),
            _ => Arc::default(),
        }
    }

    #[test]
    fn mappings_merge_and_everything_else_is_replaced() {
        let layers = [layer(json!({"d": {"a": 1}, "l": [1], "s": 1})), layer(json!({"d": {"b": 2}, "l": [2], "t": 3}))];
        let merged = ContextPath::of([0, 1]).merged(&layers);
        assert_eq!(Value::Object(merged.to_map()), json!({"d": {"a": 1, "b": 2}, "l": [2], "s": 1, "t": 3}));
        assert_eq!(Value::Object(layers[0].to_map()), json!({"d": {"a": 1}, "l": [1], "s": 1}), "layers never change");
    }

    #[test]
    fn the_branch_that_joins_last_wins() {
        let layers = [layer(json!({"x": 0})), layer(json!({"x": 1})), layer(json!({"x": 2}))];
        let joined = ContextPath::of([0, 2]).joined_by(&ContextPath::of([0, 1]));
        assert_eq!(joined.layers(), [0, 2, 1]);
        assert_eq!(joined.merged(&layers).get("x"), Some(&json!(1)));
    }

    #[test]
    fn long_paths_forget_repetitions_when_they_join() {
        let path = ContextPath::of(0..60);
        assert_eq!(path.joined_by(&ContextPath::of(0..70)).layers(), (0..70).collect::<Vec<_>>());
    }

    #[test]
    fn a_path_of_a_hundred_thousand_layers_is_dropped_without_recursion() {
        assert_eq!(ContextPath::of(0..100_000).len(), 100_000);
    }
}
