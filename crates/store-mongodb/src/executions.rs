//! Executions: narrow fields for what lists and sweeps go by, opaque ones for the rest. A move sends only what changes.

mod document;
mod snapshots;

use std::sync::Arc;

use async_trait::async_trait;
use mongodb::Collection;
use mongodb::bson::{Bson, Document, doc};
use mongodb::options::FindOptions;
use serde_json::Value;
use squall_model::{Execution, Id, Timestamp};
use squall_store::{ExecutionStore, Page, Query, Result};

use crate::connection::{Connection, bounded, find, next};
use crate::documents;
use crate::filter::{NOTHING, Place, Places, Stored};
use crate::narrow::{id_of, object_id};
use crate::page::{Listed, page};
use crate::{outputs, payload, workflows};

pub(crate) use document::{create, insert, update};
pub(crate) use snapshots::Snapshots;

pub(crate) const EXECUTIONS: &str = "execution";

pub(crate) struct MongoExecutions {
    connection: Arc<Connection>,
    snapshots: Snapshots,
}

impl MongoExecutions {
    pub(crate) fn new(connection: &Arc<Connection>) -> Self {
        Self { connection: Arc::clone(connection), snapshots: Snapshots::default() }
    }

    async fn read(&self, document: Document) -> Result<Arc<Execution>> {
        document::read(&self.connection, &self.snapshots, document).await.map(Arc::new)
    }

    async fn all(&self, filter: Document, sort: Document, limit: u64) -> Result<Vec<Arc<Execution>>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let options = FindOptions::builder().sort(sort).limit(limit).build();
        let mut cursor = find(&self.collection(), filter, options).await?;
        let mut found = Vec::new();
        while let Some(document) = next(&mut cursor).await? {
            found.push(self.read(document).await?);
        }
        Ok(found)
    }

    fn collection(&self) -> Collection<Document> {
        self.connection.collection(EXECUTIONS)
    }

    /// Removes an execution: what belongs to it first, so that a crash in between leaves it to be found again.
    async fn remove(&self, id: &Id) -> Result<()> {
        outputs::remove_of(&self.connection, id).await?;
        workflows::remove_of(&self.connection, id).await?;
        payload::remove_all_of(&self.connection, vec![documents::owner(EXECUTIONS, id)]).await?;
        bounded(self.collection().delete_one(doc! {"_id": object_id(id)})).await.map(|_| ())
    }
}

/// A list with or without results.
struct Listing<'a> {
    store: &'a MongoExecutions,
    with_results: bool,
}

impl Places for Listing<'_> {
    fn place(&self, path: &str) -> Option<Place> {
        place(path)
    }

    fn element(&self, _list: &str, _field: &str) -> Option<String> {
        None
    }
}

/// Says where the API's paths are.
fn place(path: &str) -> Option<Place> {
    let (field, stored) = match path {
        "id" => ("_id", Stored::Id),
        "parent" => ("parent", Stored::OptionalId),
        "workflow_execution" => ("workflow", Stored::Id),
        "liveaction.id" => ("liveaction", Stored::Id),
        "start_timestamp" => ("start", Stored::Moment),
        "end_timestamp" => ("ended", Stored::Moment),
        "status" => ("status", Stored::Plain),
        "action.ref" | "action" => ("action_ref", Stored::Plain),
        "action.pack" => ("pack", Stored::Plain),
        "runner.name" | "runner" | "action.runner_type" => ("runner", Stored::Plain),
        "context.user" => ("user", Stored::Plain),
        "result_size" => ("result_size", Stored::Plain),
        "rule.name" => ("rule", Stored::Plain),
        "trigger.name" => ("trigger", Stored::Plain),
        "trigger_type.name" => ("trigger_type", Stored::Plain),
        "trigger_instance.id" => ("trigger_instance", Stored::Plain),
        _ => return None,
    };
    Some(Place { field: field.to_owned(), stored })
}

impl Listed for Listing<'_> {
    type Item = Arc<Execution>;

    fn collection(&self) -> Collection<Document> {
        self.store.collection()
    }

    fn projection(&self) -> Option<Document> {
        (!self.with_results).then(|| doc! {"result": 0})
    }

    async fn read(&self, document: Document) -> Result<Self::Item> {
        self.store.read(document).await
    }

    fn look(&self, item: &Self::Item, path: &str) -> Value {
        document::look(item, path)
    }
}

#[async_trait]
impl ExecutionStore for MongoExecutions {
    async fn get(&self, id: &Id) -> Result<Option<Arc<Execution>>> {
        match bounded(self.collection().find_one(doc! {"_id": object_id(id)})).await? {
            Some(document) => self.read(document).await.map(Some),
            None => Ok(None),
        }
    }

    async fn list(&self, query: &Query, with_results: bool) -> Result<Page<Arc<Execution>>> {
        // Whoever filters by what is in a result needs it loaded.
        let looks = query.filters.iter().any(|filter| filter.path.starts_with("result."));
        let found = page(&Listing { store: self, with_results: with_results || looks }, query).await?;
        if with_results || !looks {
            return Ok(found);
        }
        let items = found.items.iter().map(|item| Arc::new(Execution { result: None, ..(**item).clone() })).collect();
        Ok(Page { items, total: found.total })
    }

    async fn child_ids(&self, parent: &Id) -> Result<Vec<Id>> {
        let options = FindOptions::builder().sort(doc! {"start": 1, "_id": 1}).projection(doc! {"_id": 1}).build();
        let mut cursor = find(&self.collection(), doc! {"parent": object_id(parent)}, options).await?;
        let mut ids = Vec::new();
        while let Some(document) = next(&mut cursor).await? {
            ids.extend(document.get_object_id("_id").map(id_of));
        }
        Ok(ids)
    }

    async fn unfinished(
        &self,
        after: Option<Id>,
        limit: u64,
        started_before: Option<Timestamp>,
    ) -> Result<Vec<Arc<Execution>>> {
        let after = after.map_or(NOTHING, |id| object_id(&id));
        let mut filter = doc! {"waits_for": document::END, "unfinished": {"$gt": after}};
        if let Some(moment) = started_before {
            filter.insert("start", doc! {"$lt": moment.as_micros()});
        }
        self.all(filter, doc! {"unfinished": 1}, limit).await
    }

    async fn unannounced(&self, before: Timestamp, limit: u64) -> Result<Vec<Arc<Execution>>> {
        let filter = doc! {"waits_for": document::ANNOUNCEMENT, "unannounced": {"$lt": before.as_micros()}};
        self.all(filter, doc! {"unannounced": 1}, limit).await
    }

    async fn distinct(&self, path: &str) -> Result<Vec<Value>> {
        let Some(Place { field, .. }) = place(path) else {
            let all = self.list(&Query::all(), path.starts_with("result.")).await?.items;
            let mut values: Vec<Value> = Vec::new();
            for value in all.iter().map(|execution| document::look(execution, path)) {
                if !values.contains(&value) {
                    values.push(value);
                }
            }
            return Ok(values);
        };
        let collection = self.collection();
        let found = bounded(collection.distinct(&field, doc! {})).await?;
        let mut values: Vec<Value> = found.into_iter().filter_map(|value| document::shown(&field, value)).collect();
        let without = collection.find_one(doc! {&field: Bson::Null}).projection(doc! {"_id": 1});
        if bounded(without).await?.is_some() {
            values.push(Value::Null);
        }
        Ok(values)
    }

    async fn delete_ended_before(&self, moment: Timestamp, limit: u64) -> Result<u64> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let options = FindOptions::builder().sort(doc! {"ended": 1}).limit(limit).projection(doc! {"_id": 1}).build();
        let filter = doc! {"ended": {"$lt": moment.as_micros()}};
        let mut cursor = find(&self.collection(), filter, options).await?;
        let mut removed = 0;
        while let Some(document) = next(&mut cursor).await? {
            let Ok(id) = document.get_object_id("_id") else { continue };
            self.remove(&id_of(id)).await?;
            removed += 1;
        }
        Ok(removed)
    }
}
