//! Documents of one kind.

use std::borrow::Cow;

use async_trait::async_trait;
use squall_model::{Id, Process, Resource};
use squall_store::{Document, Page, Query, Resources, Result, Versioned};

use super::query::{Candidate, select};
use super::{Port, State};
use crate::Mutation;

fn read<T: Resource>(state: &State, id: &Id) -> Result<Option<Versioned<T>>> {
    let row = state.tables.get(T::KIND).and_then(|table| table.rows.get(id));
    row.map(|row| Ok(Versioned { value: row.read()?, revision: row.revision })).transpose()
}

fn matching(state: &State, kind: &str, query: &Query) -> Page<Id> {
    let rows = state.tables.get(kind).into_iter().flat_map(|table| &table.rows);
    let candidates =
        rows.map(|(id, row)| Candidate { number: row.number, value: Cow::Borrowed(row.value()), item: *id });
    select(candidates, query)
}

#[async_trait]
impl<T: Resource> Resources<T> for Port {
    async fn get(&self, id: &Id) -> Result<Option<Versioned<T>>> {
        self.ask(|state| read(state, id)).await?
    }

    async fn find(&self, key: &str) -> Result<Option<Versioned<T>>> {
        let find = |state: &mut State| match state.table(T::KIND).keys.get(key).copied() {
            Some(id) => read(state, &id),
            None => Ok(None),
        };
        self.ask(find).await?
    }

    async fn list(&self, query: &Query) -> Result<Page<T>> {
        if T::KIND == Process::KIND && self.sim.mutation == Some(Mutation::TheLivingAreDead) {
            return Ok(Page { items: Vec::new(), total: 0 });
        }
        let list = |state: &mut State| {
            let found = matching(state, T::KIND, query);
            let rows = found.items.iter().filter_map(|id| state.tables.get(T::KIND)?.rows.get(id));
            Ok(Page { items: rows.map(|row| row.read()).collect::<Result<_>>()?, total: found.total })
        };
        self.ask(list).await?
    }

    async fn insert(&self, value: T) -> Result<()> {
        let document = Document::of(&value)?;
        self.write(T::KIND, |state| state.insert(document)).await?
    }

    async fn replace(&self, value: T, expected: u64) -> Result<bool> {
        let document = Document::of(&value)?;
        let replace = |state: &mut State| {
            let current = state.table(T::KIND).rows.get(&document.id).map(|row| row.revision);
            if current != Some(expected) {
                return Ok(false);
            }
            state.put(document).map(|()| true)
        };
        self.write(T::KIND, replace).await?
    }

    async fn put(&self, value: T) -> Result<()> {
        let document = Document::of(&value)?;
        self.write(T::KIND, |state| state.put(document)).await?
    }

    async fn delete(&self, id: &Id) -> Result<bool> {
        self.write(T::KIND, |state| state.remove(T::KIND, id)).await
    }

    async fn delete_matching(&self, query: &Query, limit: u64) -> Result<u64> {
        let query = Query { limit: Some(limit), ..query.clone() };
        let delete = |state: &mut State| {
            let found = matching(state, T::KIND, &query).items;
            found.iter().filter(|id| state.remove(T::KIND, id)).count() as u64
        };
        self.write(T::KIND, delete).await
    }
}
