//! What is stored.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde_json::Value;
use squall_model::{Execution, Id, OutputChunk, Resource};
use squall_store::{Document, Error, Result, WorkflowEvent, WorkflowSnapshot};

/// A stored document, read at most once as each thing that it is asked for as.
#[derive(Clone)]
pub(crate) struct Row {
    /// Counts insertions: the order of a list without an order.
    pub(crate) number: u64,
    pub(crate) revision: u64,
    pub(crate) document: Document,
    value: OnceLock<Value>,
    typed: OnceLock<Arc<dyn Any + Send + Sync>>,
}

impl Row {
    pub(crate) fn new(number: u64, revision: u64, document: Document) -> Arc<Self> {
        Arc::new(Self { number, revision, document, value: OnceLock::new(), typed: OnceLock::new() })
    }

    pub(crate) fn value(&self) -> &Value {
        self.value.get_or_init(|| serde_json::from_slice(&self.document.body).unwrap_or_default())
    }

    pub(crate) fn read<T: Resource>(&self) -> Result<T> {
        if let Some(known) = self.typed.get().and_then(|known| known.downcast_ref::<T>()) {
            return Ok(known.clone());
        }
        let read: T = serde_json::from_slice(&self.document.body).map_err(|error| Error::Corrupt(error.to_string()))?;
        // Somebody else may have kept it meanwhile.
        let _kept = self.typed.set(Arc::new(read.clone()));
        Ok(read)
    }
}

/// The documents of one kind.
#[derive(Clone, Default)]
pub(crate) struct Table {
    pub(crate) rows: BTreeMap<Id, Arc<Row>>,
    pub(crate) keys: BTreeMap<String, Id>,
}

#[derive(Clone)]
pub(crate) struct StoredExecution {
    pub(crate) number: u64,
    pub(crate) execution: Arc<Execution>,
}

#[derive(Clone, Default)]
pub(crate) struct State {
    pub(crate) numbers: u64,
    pub(crate) tables: BTreeMap<&'static str, Table>,
    pub(crate) executions: BTreeMap<Id, StoredExecution>,
    pub(crate) events: BTreeMap<Id, Vec<WorkflowEvent>>,
    pub(crate) snapshots: BTreeMap<Id, WorkflowSnapshot>,
    pub(crate) outputs: Vec<OutputChunk>,
    /// What must never happen and did.
    pub(crate) violations: Vec<String>,
}

impl State {
    pub(crate) fn next_number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    pub(crate) fn table(&mut self, kind: &'static str) -> &mut Table {
        self.tables.entry(kind).or_default()
    }

    /// Returns every document of a kind.
    pub(crate) fn all<T: Resource>(&self) -> Vec<T> {
        let rows = self.tables.get(T::KIND).into_iter().flat_map(|table| table.rows.values());
        rows.filter_map(|row| row.read().ok()).collect()
    }

    /// Stores the document whatever was there under its id; a key that another has is a conflict.
    pub(crate) fn put(&mut self, document: Document) -> Result<()> {
        let number = self.next_number();
        let table = self.table(document.kind);
        if let Some(key) = &document.unique_key
            && let Some(holder) = table.keys.get(key).filter(|holder| **holder != document.id)
        {
            return Err(Error::Conflict { kind: document.kind, key: key.clone(), id: Some(*holder) });
        }
        let id = document.id;
        let former = table.rows.get(&id).cloned();
        if let Some(key) = former.as_ref().and_then(|former| former.document.unique_key.as_ref()) {
            table.keys.remove(key);
        }
        if let Some(key) = &document.unique_key {
            table.keys.insert(key.clone(), id);
        }
        let (number, revision) = former.map_or((number, 1), |former| (former.number, former.revision + 1));
        table.rows.insert(id, Row::new(number, revision, document));
        Ok(())
    }

    pub(crate) fn insert(&mut self, document: Document) -> Result<()> {
        if self.table(document.kind).rows.contains_key(&document.id) {
            let key = document.unique_key.clone().unwrap_or_else(|| document.id.to_string());
            return Err(Error::Conflict { kind: document.kind, key, id: Some(document.id) });
        }
        self.put(document)
    }

    pub(crate) fn remove(&mut self, kind: &'static str, id: &Id) -> bool {
        let table = self.table(kind);
        let Some(row) = table.rows.remove(id) else { return false };
        if let Some(key) = &row.document.unique_key {
            table.keys.remove(key);
        }
        true
    }
}
