//! Documents of any kind: the opaque body, the narrow fields beside it, the key that no two share, the revision.

use mongodb::bson::{Bson, Document as Stored, doc};
use serde_json::Value;
use squall_model::Id;
use squall_store::{Document, Error, Result};

use crate::connection::{Connection, bounded, failure, is_duplicate, patient};
use crate::narrow::{Shape, id_of, object_id, shape};
use crate::payload::{self, Payloads};

/// How often a write is tried again that met another's write of the same document.
const ATTEMPTS: usize = 5;

/// Stores a new document; the conflict names the one that is there.
pub(crate) async fn insert(connection: &Connection, document: &Document) -> Result<()> {
    let Written { set, payloads, .. } = fields(connection, document).await?;
    let mut whole = doc! {"_id": object_id(&document.id), "revision": 1_i64};
    whole.extend(set);
    match patient(connection.collection(document.kind).insert_one(whole)).await? {
        Ok(_) => Ok(()),
        Err(error) if is_duplicate(&error) => {
            payloads.withdraw().await?;
            Err(conflict(connection, document).await?)
        }
        Err(error) => Err(failure(error)),
    }
}

/// Stores the document whatever was there under its id.
pub(crate) async fn put(connection: &Connection, document: &Document) -> Result<()> {
    let id = object_id(&document.id);
    for _ in 0..ATTEMPTS {
        // One with chunks is not matched, so that the insertion meets its id.
        match write(connection, document, doc! {"_id": id, "chunks": Bson::Null}, true).await? {
            Outcome::Done(_) => return Ok(()),
            Outcome::Taken(Error::Conflict { id: Some(holder), .. }) if holder == document.id => {}
            Outcome::Taken(conflict) => return Err(conflict),
        }
        let Some(old) = large(connection, document.kind, doc! {"_id": id}).await? else { continue };
        if replace_large(connection, document, &old).await? {
            return Ok(());
        }
    }
    Err(Error::Unavailable(format!("{} {} is written by many at once", document.kind, document.id)))
}

/// Replaces the document if its revision is the expected one; false when it is not.
pub(crate) async fn replace(connection: &Connection, document: &Document, expected: u64) -> Result<bool> {
    let target = doc! {"_id": object_id(&document.id), "revision": i64::try_from(expected).unwrap_or(i64::MAX)};
    let mut small = target.clone();
    small.insert("chunks", Bson::Null);
    match write(connection, document, small, false).await? {
        Outcome::Done(true) => return Ok(true),
        Outcome::Done(false) => {}
        Outcome::Taken(conflict) => return Err(conflict),
    }
    match large(connection, document.kind, target).await? {
        Some(old) => replace_large(connection, document, &old).await,
        None => Ok(false),
    }
}

/// Removes the document; false when there was none.
pub(crate) async fn remove(connection: &Connection, kind: &str, target: Stored) -> Result<bool> {
    let collection = connection.collection(kind);
    let mut small = target.clone();
    small.insert("chunks", Bson::Null);
    if bounded(collection.delete_one(small)).await?.deleted_count == 1 {
        return Ok(true);
    }
    let Some(old) = large(connection, kind, target).await? else { return Ok(false) };
    let removed = bounded(collection.delete_one(same(&old))).await?.deleted_count == 1;
    if removed {
        payload::let_go(connection, &old).await?;
    }
    Ok(removed)
}

/// Returns the id, revision and chunks of a document that has chunks: nearly none has.
async fn large(connection: &Connection, kind: &str, mut target: Stored) -> Result<Option<Stored>> {
    target.insert("chunks", doc! {"$exists": true});
    let collection = connection.collection(kind);
    bounded(collection.find_one(target).projection(doc! {"revision": 1, "chunks": 1})).await
}

/// Returns what matches this version of the document only.
fn same(version: &Stored) -> Stored {
    let field = |name: &str| version.get(name).cloned().unwrap_or(Bson::Null);
    doc! {"_id": field("_id"), "revision": field("revision")}
}

/// Writes over this version, and lets go of its chunks; false when there is another by now.
async fn replace_large(connection: &Connection, document: &Document, old: &Stored) -> Result<bool> {
    match write(connection, document, same(old), false).await? {
        Outcome::Done(true) => payload::let_go(connection, old).await.map(|()| true),
        Outcome::Done(false) => Ok(false),
        Outcome::Taken(conflict) => Err(conflict),
    }
}

enum Outcome {
    /// Whether there was a document to write to, or there is one now.
    Done(bool),
    Taken(Error),
}

async fn write(connection: &Connection, document: &Document, target: Stored, upsert: bool) -> Result<Outcome> {
    let Written { set, unset, payloads } = fields(connection, document).await?;
    let mut update = doc! {"$set": set, "$inc": {"revision": 1_i64}};
    if !unset.is_empty() {
        update.insert("$unset", unset);
    }
    match patient(connection.collection(document.kind).update_one(target, update).upsert(upsert)).await? {
        Ok(done) if done.matched_count == 1 || done.upserted_id.is_some() => Ok(Outcome::Done(true)),
        Ok(_) => payloads.withdraw().await.map(|()| Outcome::Done(false)),
        Err(error) if is_duplicate(&error) => {
            payloads.withdraw().await?;
            conflict_of_version(connection, document).await.map(Outcome::Taken)
        }
        Err(error) => Err(failure(error)),
    }
}

struct Written<'a> {
    set: Stored,
    unset: Stored,
    payloads: Payloads<'a>,
}

/// Returns the fields of a document as they are stored, and those that it does not have.
async fn fields<'a>(connection: &'a Connection, document: &Document) -> Result<Written<'a>> {
    let body: Value = serde_json::from_slice(&document.body).map_err(|error| Error::Corrupt(error.to_string()))?;
    let mut payloads = Payloads::of(connection, owner(document.kind, &document.id));
    let stored_body = payloads.put(&document.body).await?;
    let narrow = known(document.kind)?.values(&body);
    let key = document.unique_key.clone().map(Bson::String);
    let all = narrow.into_iter().chain([("unique_key", key), ("chunks", payloads.keys()), ("body", Some(stored_body))]);
    let (mut set, mut unset) = (Stored::new(), Stored::new());
    for (field, value) in all {
        match value {
            Some(value) => set.insert(field, value),
            None => unset.insert(field, ""),
        };
    }
    Ok(Written { set, unset, payloads })
}

fn known(kind: &'static str) -> Result<&'static Shape> {
    shape(kind).ok_or_else(|| Error::Corrupt(format!("`{kind}` is no kind of document")))
}

/// Returns the name under which the chunks of a document are stored.
pub(crate) fn owner(kind: &str, id: &Id) -> String {
    format!("{kind}:{id}")
}

/// Says which document is in the way of a new one: the one with the id, else the one with the key.
async fn conflict(connection: &Connection, document: &Document) -> Result<Error> {
    let holder = match holder(connection, document.kind, doc! {"_id": object_id(&document.id)}).await? {
        Some(same) => Some(same),
        None => key_holder(connection, document).await?,
    };
    Ok(taken(document, holder))
}

/// Says which document is in the way of a new version: another one with the key, else one with the id that came to be at this moment.
async fn conflict_of_version(connection: &Connection, document: &Document) -> Result<Error> {
    let holder = key_holder(connection, document).await?.unwrap_or(document.id);
    Ok(taken(document, Some(holder)))
}

fn taken(document: &Document, holder: Option<Id>) -> Error {
    let key = document.unique_key.clone().unwrap_or_else(|| document.id.to_string());
    Error::Conflict { kind: document.kind, key, id: holder }
}

async fn key_holder(connection: &Connection, document: &Document) -> Result<Option<Id>> {
    match &document.unique_key {
        Some(key) => holder(connection, document.kind, doc! {"unique_key": key}).await,
        None => Ok(None),
    }
}

async fn holder(connection: &Connection, kind: &str, filter: Stored) -> Result<Option<Id>> {
    let found = bounded(connection.collection(kind).find_one(filter).projection(doc! {"_id": 1})).await?;
    Ok(found.and_then(|holder| holder.get_object_id("_id").ok()).map(id_of))
}
