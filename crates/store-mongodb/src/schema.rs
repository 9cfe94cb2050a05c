//! Indexes. Collections come with their first document.

use mongodb::IndexModel;
use mongodb::bson::{Document, doc};
use mongodb::options::IndexOptions;
use squall_store::Result;

use crate::connection::{Connection, bounded};
use crate::executions::EXECUTIONS;
use crate::narrow::{field, shapes};
use crate::outputs::OUTPUTS;
use crate::payload::CHUNKS;
use crate::workflows::EVENTS;

/// Creates the indexes that are missing.
pub(crate) async fn prepare(connection: &Connection) -> Result<()> {
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
