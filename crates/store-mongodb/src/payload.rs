//! Opaque bytes in documents. Small ones are a field of the document; large ones are a field that names chunks in a collection of their
//! own, because no document may be larger than 16 MB.

use mongodb::bson::oid::ObjectId;
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, Bson, Document, doc};
use squall_store::{Error, Result};

use crate::connection::{Connection, bounded, find_sorted, next};

pub(crate) const CHUNKS: &str = "payload_chunk";
/// What is larger goes into chunks: several such fields fit into one document.
const LARGEST_INLINE: usize = 2 * 1024 * 1024;
const CHUNK: usize = 8 * 1024 * 1024;

/// Payloads on their way into one document.
pub(crate) struct Payloads<'a> {
    connection: &'a Connection,
    /// The document that they belong to; when it goes, they go.
    owner: String,
    keys: Vec<ObjectId>,
}

impl<'a> Payloads<'a> {
    pub(crate) fn of(connection: &'a Connection, owner: String) -> Self {
        Self { connection, owner, keys: Vec::new() }
    }

    /// Returns the value of the field. Chunks are stored before the document that names them: a crash leaves chunks that nobody names,
    /// and they go with their owner.
    pub(crate) async fn put(&mut self, bytes: &[u8]) -> Result<Bson> {
        if bytes.len() <= LARGEST_INLINE {
            return Ok(binary(bytes));
        }
        let key = ObjectId::new();
        let chunks = self.connection.collection(CHUNKS);
        let mut count = 0_i32;
        for (part, chunk) in (0_i32..).zip(bytes.chunks(CHUNK)) {
            let stored = doc! {"key": key, "part": part, "owner": &self.owner, "bytes": binary(chunk)};
            bounded(chunks.insert_one(stored)).await?;
            count = part + 1;
        }
        self.keys.push(key);
        Ok(Bson::Document(doc! {"key": key, "parts": count}))
    }

    /// Returns the keys of the chunks, for the field by which a later version of the document lets go of them; none when there are none.
    pub(crate) fn keys(&self) -> Option<Bson> {
        (!self.keys.is_empty()).then(|| Bson::Array(self.keys.iter().copied().map(Bson::ObjectId).collect()))
    }

    /// Removes the chunks again: the document was not written.
    pub(crate) async fn withdraw(self) -> Result<()> {
        remove(self.connection, self.keys).await
    }
}

fn binary(bytes: &[u8]) -> Bson {
    Bson::Binary(Binary { subtype: BinarySubtype::Generic, bytes: bytes.to_vec() })
}

/// Returns the bytes of a field; none when the document has no such field.
pub(crate) async fn get(connection: &Connection, document: &mut Document, field: &str) -> Result<Option<Vec<u8>>> {
    match document.remove(field) {
        None | Some(Bson::Null) => Ok(None),
        Some(Bson::Binary(binary)) => Ok(Some(binary.bytes)),
        Some(Bson::Document(reference)) => assemble(connection, &reference).await.map(Some),
        Some(other) => Err(Error::Corrupt(format!("the field `{field}` holds {:?}", other.element_type()))),
    }
}

/// As [`get`], where the field must be there.
pub(crate) async fn need(connection: &Connection, document: &mut Document, field: &str) -> Result<Vec<u8>> {
    get(connection, document, field).await?.ok_or_else(|| Error::Corrupt(format!("the field `{field}` is missing")))
}

async fn assemble(connection: &Connection, reference: &Document) -> Result<Vec<u8>> {
    let unreadable = |error: mongodb::bson::error::Error| Error::Corrupt(error.to_string());
    let key = reference.get_object_id("key").map_err(unreadable)?;
    let parts = reference.get_i32("parts").map_err(unreadable)?;
    let mut cursor = find_sorted(&connection.collection(CHUNKS), doc! {"key": key}, doc! {"part": 1}).await?;
    let (mut bytes, mut found) = (Vec::new(), 0);
    while let Some(chunk) = next(&mut cursor).await? {
        bytes.extend_from_slice(chunk.get_binary_generic("bytes").map_err(unreadable)?);
        found += 1;
    }
    if found != parts {
        // Whoever replaced the document meanwhile has removed them.
        return Err(Error::Unavailable("a large document changed while it was read".to_owned()));
    }
    Ok(bytes)
}

/// Removes the chunks of a version of a document that is gone; `keys` is its field of that name.
pub(crate) async fn let_go(connection: &Connection, gone: &Document) -> Result<()> {
    let Ok(keys) = gone.get_array("chunks") else { return Ok(()) };
    remove(connection, keys.iter().filter_map(Bson::as_object_id).collect()).await
}

async fn remove(connection: &Connection, keys: Vec<ObjectId>) -> Result<()> {
    if !keys.is_empty() {
        bounded(connection.collection(CHUNKS).delete_many(doc! {"key": {"$in": keys}})).await?;
    }
    Ok(())
}

/// Removes all chunks of an owner.
pub(crate) async fn remove_all_of(connection: &Connection, owners: Vec<String>) -> Result<()> {
    bounded(connection.collection(CHUNKS).delete_many(doc! {"owner": {"$in": owners}})).await.map(|_| ())
}
