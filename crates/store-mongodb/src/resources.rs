//! Documents of one kind in one collection.

use std::marker::PhantomData;
use std::sync::Arc;

use async_trait::async_trait;
use mongodb::Collection;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Document as Stored, doc};
use serde_json::Value;
use squall_model::{Id, Resource};
use squall_store::{Document, Error, Page, Query, Resources, Result, Versioned};

use crate::connection::{Connection, bounded};
use crate::documents;
use crate::filter::{Place, Places, Stored as How, translate};
use crate::narrow::{id_of, look, object_id, shape};
use crate::page::{Listed, page};
use crate::payload;

pub(crate) struct MongoResources<T> {
    connection: Arc<Connection>,
    kind: PhantomData<fn() -> T>,
}

impl<T: Resource> MongoResources<T> {
    pub(crate) fn new(connection: &Arc<Connection>) -> Self {
        Self { connection: Arc::clone(connection), kind: PhantomData }
    }

    async fn one(&self, filter: Stored) -> Result<Option<Versioned<T>>> {
        match bounded(self.collection().find_one(filter)).await? {
            Some(document) => self.versioned(document).await.map(Some),
            None => Ok(None),
        }
    }

    async fn versioned(&self, mut document: Stored) -> Result<Versioned<T>> {
        let revision = document.get_i64("revision").map_err(unreadable::<T>)?;
        let body = payload::need(&self.connection, &mut document, "body").await?;
        let value = serde_json::from_slice(&body).map_err(unreadable::<T>)?;
        Ok(Versioned { value, revision: u64::try_from(revision).unwrap_or_default() })
    }

    async fn remove(&self, target: Stored) -> Result<bool> {
        documents::remove(&self.connection, T::KIND, target).await
    }

    /// Removes these documents where the filter still holds, all at once; returns how many.
    async fn remove_many(&self, ids: Vec<ObjectId>, filter: Stored) -> Result<u64> {
        let named = doc! {"_id": {"$in": ids.clone()}};
        let still = doc! {"$and": [named.clone(), filter]};
        let gone = bounded(self.collection().delete_many(still)).await?.deleted_count;
        let owners = ids.iter().map(|id| documents::owner(T::KIND, &id_of(*id)));
        if gone == ids.len() as u64 {
            payload::remove_all_of(&self.connection, owners.collect()).await?;
        }
        Ok(gone)
    }
}

fn unreadable<T: Resource>(error: impl std::fmt::Display) -> Error {
    Error::Corrupt(format!("{}: {error}", T::KIND))
}

impl<T: Resource> Places for MongoResources<T> {
    fn place(&self, path: &str) -> Option<Place> {
        if path == "id" {
            return Some(Place { field: "_id".to_owned(), stored: How::Id });
        }
        let (_, field) = shape(T::KIND)?.paths.iter().find(|(known, _)| *known == path)?;
        Some(Place { field: field.clone(), stored: How::Plain })
    }

    fn element(&self, list: &str, field: &str) -> Option<String> {
        let found = shape(T::KIND)?.elements.iter().find(|(path, name, _)| *path == list && *name == field)?;
        Some(found.2.clone())
    }
}

impl<T: Resource> Listed for MongoResources<T> {
    type Item = Versioned<T>;

    fn collection(&self) -> Collection<Stored> {
        self.connection.collection(T::KIND)
    }

    fn projection(&self) -> Option<Stored> {
        Some(doc! {"revision": 1, "body": 1})
    }

    async fn read(&self, document: Stored) -> Result<Self::Item> {
        self.versioned(document).await
    }

    fn look(&self, item: &Self::Item, path: &str) -> Value {
        let body = serde_json::to_value(&item.value).unwrap_or_default();
        look(&body, path).cloned().unwrap_or_default()
    }
}

#[async_trait]
impl<T: Resource> Resources<T> for MongoResources<T> {
    async fn get(&self, id: &Id) -> Result<Option<Versioned<T>>> {
        self.one(doc! {"_id": object_id(id)}).await
    }

    async fn find(&self, key: &str) -> Result<Option<Versioned<T>>> {
        self.one(doc! {"unique_key": key}).await
    }

    async fn list(&self, query: &Query) -> Result<Page<T>> {
        let found = page(self, query).await?;
        Ok(Page { items: found.items.into_iter().map(|item| item.value).collect(), total: found.total })
    }

    async fn insert(&self, value: T) -> Result<()> {
        documents::insert(&self.connection, &Document::of(&value)?).await
    }

    async fn replace(&self, value: T, expected: u64) -> Result<bool> {
        documents::replace(&self.connection, &Document::of(&value)?, expected).await
    }

    async fn put(&self, value: T) -> Result<()> {
        documents::put(&self.connection, &Document::of(&value)?).await
    }

    async fn delete(&self, id: &Id) -> Result<bool> {
        self.remove(doc! {"_id": object_id(id)}).await
    }

    async fn delete_matching(&self, query: &Query, limit: u64) -> Result<u64> {
        // What changed since it was read is left alone: it may not match any more.
        let query = Query { limit: Some(limit), ..query.clone() };
        let found = page(self, &query).await?.items;
        let asked = translate(&query, self);
        if asked.rest.is_empty() {
            let ids: Vec<ObjectId> = found.iter().map(|item| object_id(&item.value.id())).collect();
            return if ids.is_empty() { Ok(0) } else { self.remove_many(ids, asked.filter).await };
        }
        let mut removed = 0;
        for item in found {
            let revision = i64::try_from(item.revision).unwrap_or(i64::MAX);
            let same = doc! {"_id": object_id(&item.value.id()), "revision": revision};
            removed += u64::from(self.remove(same).await?);
        }
        Ok(removed)
    }
}
