//! Tasks that have been led to and are not yet at work, in the order they were staged.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use indexmap::IndexMap;

use super::items::ItemsRun;
use super::state::RetryState;
use crate::context::ContextPath;

#[derive(Clone, Debug)]
pub(crate) struct Staged {
    pub(crate) node: usize,
    pub(crate) route: usize,
    pub(crate) path: ContextPath,
    pub(crate) prev: IndexMap<Arc<str>, usize>,
    /// Nothing more has to arrive before it can start.
    pub(crate) ready: bool,
    pub(crate) retry: Option<RetryState>,
    /// A task with items stays staged while its items run.
    pub(crate) items: Option<ItemsRun>,
    /// A task with items that ended badly stays staged for a rerun.
    pub(crate) completed: bool,
    /// Starts although the workflow has failed.
    pub(crate) run_on_fail: bool,
}

impl Staged {
    pub(crate) fn new(node: usize, route: usize, path: ContextPath) -> Self {
        Self {
            node,
            route,
            path,
            prev: IndexMap::new(),
            ready: true,
            retry: None,
            items: None,
            completed: false,
            run_on_fail: false,
        }
    }

    pub(crate) const fn is_ready(&self) -> bool {
        self.ready && !self.completed
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Staging {
    entries: BTreeMap<u64, Staged>,
    positions: HashMap<(usize, usize), u64>,
    staged_so_far: u64,
    /// How many entries share task and route with an earlier one; next to always none.
    duplicates: usize,
}

impl Staging {
    pub(crate) fn add(&mut self, staged: Staged) {
        let position = self.staged_so_far;
        self.staged_so_far += 1;
        if *self.positions.entry((staged.node, staged.route)).or_insert(position) != position {
            self.duplicates += 1;
        }
        self.entries.insert(position, staged);
    }

    pub(crate) fn get(&self, node: usize, route: usize) -> Option<&Staged> {
        self.entries.get(self.positions.get(&(node, route))?)
    }

    pub(crate) fn get_mut(&mut self, node: usize, route: usize) -> Option<&mut Staged> {
        self.entries.get_mut(self.positions.get(&(node, route))?)
    }

    /// Takes a task out, unless items of it are at work.
    pub(crate) fn remove(&mut self, node: usize, route: usize) {
        let at_work = |staged: &Staged| staged.items.as_ref().is_some_and(ItemsRun::has_active);
        if self.get(node, route).is_none_or(at_work) {
            return;
        }
        if let Some(position) = self.positions.remove(&(node, route)) {
            self.entries.remove(&position);
        }
        if self.duplicates == 0 {
            return;
        }
        let another = self.entries.iter().find(|(_, staged)| (staged.node, staged.route) == (node, route));
        if let Some((position, _)) = another {
            self.positions.insert((node, route), *position);
            self.duplicates -= 1;
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Staged> {
        self.entries.values()
    }

    pub(crate) fn has_ready(&self) -> bool {
        self.iter().any(Staged::is_ready)
    }
}
