//! Indexes. Collections come with their first document.
//!
//! Many processes start at once. One of them creates the indexes, the others wait until a marker says that it has; a later start finds the
//! marker and asks for nothing more.

use std::time::Duration;

use mongodb::IndexModel;
use mongodb::bson::{Document, doc};
use mongodb::options::IndexOptions;
use squall_store::Result;

use crate::connection::{Connection, bounded, failure, is_duplicate, patient};
use crate::executions::EXECUTIONS;
use crate::narrow::{field, shapes};
use crate::outputs::OUTPUTS;
use crate::payload::CHUNKS;
use crate::workflows::EVENTS;

const SCHEMA: &str = "schema";
/// Changes whenever an index does.
const EDITION: &str = "1";
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);
/// So many looks in vain, and whoever began to create the indexes counts as dead.
const MOST_LOOKS: u32 = 150;

/// Makes sure that the indexes are there.
pub(crate) async fn prepare(connection: &Connection) -> Result<()> {
    let schema = connection.collection(SCHEMA);
    for _ in 0..MOST_LOOKS {
        if bounded(schema.find_one(doc! {"_id": EDITION, "is_ready": true})).await?.is_some() {
            return Ok(());
        }
        match patient(schema.insert_one(doc! {"_id": EDITION, "is_ready": false})).await? {
            Ok(_) => return create_and_mark(connection).await,
            Err(error) if is_duplicate(&error) => tokio::time::sleep(BETWEEN_LOOKS).await,
            Err(error) => return Err(failure(error)),
        }
    }
    create_and_mark(connection).await
}

async fn create_and_mark(connection: &Connection) -> Result<()> {
    create_all(connection).await?;
    let marked = doc! {"_id": EDITION, "is_ready": true};
    bounded(connection.collection(SCHEMA).replace_one(doc! {"_id": EDITION}, marked)).await.map(|_| ())
}

/// Creates the indexes that are missing.
async fn create_all(connection: &Connection) -> Result<()> {
    for shape in shapes() {
        let paths = shape.indexed.iter().map(|path| plain(doc! {field(path): 1, "_id": 1}));
        let lists = shape.elements.iter().map(|(_, _, field)| sparse(doc! {field: 1}));
        let key = model(doc! {"unique_key": 1}, IndexOptions::builder().unique(true).sparse(true).build());
        create(connection, shape.kind, paths.chain(lists).chain([key]).collect()).await?;
    }
    create(connection, EXECUTIONS, executions()).await?;
    let number = model(doc! {"workflow": 1, "sequence": 1}, IndexOptions::builder().unique(true).build());
    create(connection, EVENTS, vec![number]).await?;
    create(connection, OUTPUTS, vec![plain(doc! {"execution": 1, "number": 1})]).await?;
    create(connection, CHUNKS, vec![plain(doc! {"key": 1, "part": 1}), plain(doc! {"owner": 1})]).await
}

/// Lists page by their order, with the id behind it; what sweeps go by is in sparse indexes that hold nothing else.
fn executions() -> Vec<IndexModel> {
    vec![
        plain(doc! {"start": 1, "_id": 1}),
        plain(doc! {"parent": 1, "start": 1, "_id": 1}),
        plain(doc! {"action_ref": 1, "start": 1, "_id": 1}),
        plain(doc! {"status": 1, "start": 1, "_id": 1}),
        plain(doc! {"liveaction": 1}),
        sparse(doc! {"unfinished": 1}),
        sparse(doc! {"unannounced": 1}),
        sparse(doc! {"ended": 1}),
        sparse(doc! {"rule": 1}),
        sparse(doc! {"trigger_instance": 1}),
    ]
}

fn plain(keys: Document) -> IndexModel {
    IndexModel::builder().keys(keys).build()
}

fn sparse(keys: Document) -> IndexModel {
    model(keys, IndexOptions::builder().sparse(true).build())
}

fn model(keys: Document, options: IndexOptions) -> IndexModel {
    IndexModel::builder().keys(keys).options(options).build()
}

async fn create(connection: &Connection, collection: &str, indexes: Vec<IndexModel>) -> Result<()> {
    bounded(connection.collection(collection).create_indexes(indexes)).await.map(|_| ())
}
