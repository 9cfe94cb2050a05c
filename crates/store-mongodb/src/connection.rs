//! The connection: how durable a write is, how long anything may take, what an error means.

use std::future::IntoFuture;
use std::time::Duration;

use mongodb::bson::{Document, doc};
use mongodb::error::{Error as DriverError, ErrorKind, WriteFailure};
use mongodb::options::{Acknowledgment, ClientOptions, FindOptions, ReadConcern, WriteConcern};
use mongodb::{Client, Collection, Cursor, Database};
use squall_store::{Error, Result};

use crate::Options;

/// How long one exchange with the server may take. Whoever waits longer is told that the store is unavailable.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long to look for a server that answers.
const SELECTION: Duration = Duration::from_secs(3);
/// How many connections one process may have; more callers wait for a free one.
const MOST_CONNECTIONS: u32 = 64;
const DATABASE: &str = "squall";

/// The server's number for "a unique index has this value already".
pub(crate) const DUPLICATE_KEY: i32 = 11000;
/// The server's numbers for documents that it will never take.
const UNFIT: [i32; 3] = [2, 10334, 17280];

pub(crate) struct Connection {
    database: Database,
}

impl Connection {
    pub(crate) async fn open(options: &Options) -> Result<Self> {
        let mut settings = bounded(ClientOptions::parse(&options.url)).await?;
        settings.app_name = Some("squall".to_owned());
        settings.server_selection_timeout = Some(SELECTION);
        settings.connect_timeout = Some(SELECTION);
        settings.max_pool_size.get_or_insert(MOST_CONNECTIONS);
        // On disk on most of the servers before it counts as written.
        settings.write_concern = Some(WriteConcern::builder().w(Acknowledgment::Majority).journal(true).build());
        // What was read can't be rolled back by an election.
        settings.read_concern = Some(ReadConcern::majority());
        let named = settings.default_database.clone();
        let name = named.or_else(|| options.database.clone()).unwrap_or_else(|| DATABASE.to_owned());
        let client = Client::with_options(settings).map_err(failure)?;
        let database = client.database(&name);
        bounded(database.run_command(doc! {"ping": 1})).await?;
        Ok(Self { database })
    }

    pub(crate) fn collection(&self, name: &str) -> Collection<Document> {
        self.database.collection(name)
    }
}

/// Waits for an exchange with the server, but not for ever: a server that was stopped does not close its connections.
pub(crate) async fn bounded<T>(exchange: impl IntoFuture<Output = mongodb::error::Result<T>>) -> Result<T> {
    patient(exchange).await?.map_err(failure)
}

/// As [`bounded`], leaving what the server said to the caller.
pub(crate) async fn patient<T>(
    exchange: impl IntoFuture<Output = mongodb::error::Result<T>>,
) -> Result<mongodb::error::Result<T>> {
    tokio::time::timeout(PATIENCE, exchange.into_future())
        .await
        .map_err(|_| Error::Unavailable(format!("the database did not answer within {} s", PATIENCE.as_secs())))
}

/// Asks for documents. The server stops looking when nobody waits for the answer any more.
pub(crate) async fn find(
    collection: &Collection<Document>,
    filter: Document,
    mut options: FindOptions,
) -> Result<Cursor<Document>> {
    options.max_time = Some(PATIENCE);
    bounded(collection.find(filter).with_options(options)).await
}

/// Asks for documents in this order.
pub(crate) async fn find_sorted(
    collection: &Collection<Document>,
    filter: Document,
    sort: Document,
) -> Result<Cursor<Document>> {
    find(collection, filter, FindOptions::builder().sort(sort).build()).await
}

/// Returns the next document of a cursor.
pub(crate) async fn next(cursor: &mut Cursor<Document>) -> Result<Option<Document>> {
    if bounded(cursor.advance()).await? { cursor.deserialize_current().map(Some).map_err(failure) } else { Ok(None) }
}

/// Says what an error of the driver means to a caller. Unless it is certain that another attempt is pointless, one is right.
pub(crate) fn failure(error: DriverError) -> Error {
    let unfit = match error.kind.as_ref() {
        ErrorKind::BsonDeserialization(_) | ErrorKind::BsonSerialization(_) | ErrorKind::InvalidArgument { .. } => true,
        _ => code(&error).is_some_and(|code| UNFIT.contains(&code)),
    };
    if unfit { Error::Corrupt(error.to_string()) } else { Error::Unavailable(error.to_string()) }
}

/// Tells whether a unique index refused the write.
pub(crate) fn is_duplicate(error: &DriverError) -> bool {
    code(error) == Some(DUPLICATE_KEY)
}

fn code(error: &DriverError) -> Option<i32> {
    match error.kind.as_ref() {
        ErrorKind::Command(command) => Some(command.code),
        ErrorKind::Write(WriteFailure::WriteError(write)) => Some(write.code),
        ErrorKind::InsertMany(many) => many.write_errors.as_ref()?.first().map(|write| write.code),
        _ => None,
    }
}
