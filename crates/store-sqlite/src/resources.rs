//! Documents of one kind in one table.

use std::marker::PhantomData;

use async_trait::async_trait;
use rusqlite::types::Value as Sql;
use rusqlite::{Connection, OptionalExtension, Row, params};
use squall_model::{Id, Resource};
use squall_store::{Document, Error, Page, Query, Resources, Result, Versioned};

use crate::cache::Cache;
use crate::columns::{generated_column, json_path, table};
use crate::sql::{self, Place};
use crate::writer::Durability;
use crate::{Parts, failure, unreadable};

/// How many documents of one kind are kept in memory, and how many lists.
const CACHED_DOCUMENTS: usize = 4096;
const CACHED_LISTS: usize = 64;
/// Lists longer than this are read anew each time.
const LONGEST_CACHED_LIST: usize = 32;

pub(crate) struct SqliteResources<T> {
    parts: Parts,
    caches: Option<Caches<T>>,
    kind: PhantomData<T>,
}

/// What was read of a kind that changes seldom and is asked for with every request.
struct Caches<T> {
    /// Documents by unique key, or that there is none.
    documents: Cache<Option<Versioned<T>>>,
    /// Short lists by query.
    lists: Cache<Page<T>>,
}

impl<T: Resource> SqliteResources<T> {
    pub(crate) fn new(parts: Parts, cached: bool) -> Self {
        let caches = cached.then(|| Caches { documents: Cache::of(CACHED_DOCUMENTS), lists: Cache::of(CACHED_LISTS) });
        Self { parts, caches, kind: PhantomData }
    }

    fn read_where(&self, column: &str, value: Sql) -> Result<Option<Versioned<T>>> {
        let text = format!("SELECT revision, body FROM {} WHERE {column} = ?1", table(T::KIND));
        let row = self.parts.readers.read(|connection| {
            let mut statement = connection.prepare_cached(&text).map_err(failure)?;
            statement.query_row([value], revision_and_body).optional().map_err(failure)
        })?;
        row.map(|(revision, body)| Ok(Versioned { value: parse(&body)?, revision })).transpose()
    }

    async fn read_list(&self, query: &Query) -> Result<Page<T>> {
        let query = query.clone();
        let read = move |connection: &Connection| {
            let mut sentence = sql::filters(&query, place::<T>, "body");
            let table = table(T::KIND);
            let total = if query.limit.is_some() || query.offset > 0 {
                Some(count(connection, &table, &sentence)?)
            } else {
                None
            };
            sql::order_and_page(&mut sentence, &query, place::<T>);
            let text = format!("SELECT body FROM {table}{}", sentence.text);
            let mut statement = connection.prepare_cached(&text).map_err(failure)?;
            let mut rows = statement.query(rusqlite::params_from_iter(&sentence.values)).map_err(failure)?;
            let mut items = Vec::new();
            while let Some(row) = rows.next().map_err(failure)? {
                items.push(parse(row.get_ref(0).map_err(failure)?.as_str().map_err(unreadable)?)?);
            }
            let total = total.unwrap_or(items.len() as u64);
            Ok(Page { items, total })
        };
        self.parts.readers.read_aside(read).await
    }

    /// Writes and, once it is on disk, declares copies in memory stale.
    async fn write<R: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<R> + Send + 'static,
    ) -> Result<R> {
        let generations = std::sync::Arc::clone(&self.parts.generations);
        self.parts.writer.write(Durability::AtOnce, work, move || generations.advance(T::KIND)).await
    }
}

fn revision_and_body(row: &Row<'_>) -> rusqlite::Result<(u64, String)> {
    Ok((row.get(0)?, row.get(1)?))
}

fn parse<T: Resource>(body: &str) -> Result<T> {
    serde_json::from_str(body).map_err(|error| Error::Corrupt(format!("{}: {error}", T::KIND)))
}

fn place<T: Resource>(path: &str) -> Place {
    if path == "id" {
        Place::Id("id".to_owned())
    } else if T::INDEXES.contains(&path) {
        Place::Column(generated_column(path))
    } else {
        Place::Json { column: "body", path: json_path(path) }
    }
}

/// Stores a new document; the conflict names the one that is there.
pub(crate) fn insert(connection: &Connection, document: &Document) -> Result<()> {
    let table = table(document.kind);
    let text = format!("INSERT INTO {table} (id, unique_key, revision, body) VALUES (?1, ?2, 1, ?3)");
    let body = std::str::from_utf8(&document.body).map_err(unreadable)?;
    let mut statement = connection.prepare_cached(&text).map_err(failure)?;
    match statement.execute(params![document.id.as_bytes(), document.unique_key, body]) {
        Ok(_) => Ok(()),
        Err(error) if is_conflict(&error) => Err(conflict(connection, document)?),
        Err(error) => Err(failure(error)),
    }
}

/// Stores the document whatever was there under its id.
pub(crate) fn put(connection: &Connection, document: &Document) -> Result<()> {
    let table = table(document.kind);
    let text = format!(
        "INSERT INTO {table} (id, unique_key, revision, body) VALUES (?1, ?2, 1, ?3)
         ON CONFLICT (id) DO UPDATE SET unique_key = ?2, revision = revision + 1, body = ?3"
    );
    let body = std::str::from_utf8(&document.body).map_err(unreadable)?;
    let mut statement = connection.prepare_cached(&text).map_err(failure)?;
    match statement.execute(params![document.id.as_bytes(), document.unique_key, body]) {
        Ok(_) => Ok(()),
        Err(error) if is_conflict(&error) => Err(conflict(connection, document)?),
        Err(error) => Err(failure(error)),
    }
}

fn is_conflict(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation)
}

fn conflict(connection: &Connection, document: &Document) -> Result<Error> {
    let text = format!("SELECT id FROM {} WHERE unique_key = ?1 OR id = ?2", table(document.kind));
    let found: Option<[u8; 12]> = connection
        .query_row(&text, params![document.unique_key, document.id.as_bytes()], |row| row.get(0))
        .optional()
        .map_err(failure)?;
    let key = document.unique_key.clone().unwrap_or_else(|| document.id.to_string());
    Ok(Error::Conflict { kind: document.kind, key, id: found.map(Id::from_bytes) })
}

#[async_trait]
impl<T: Resource> Resources<T> for SqliteResources<T> {
    async fn get(&self, id: &Id) -> Result<Option<Versioned<T>>> {
        self.read_where("id", Sql::Blob(id.as_bytes().to_vec()))
    }

    async fn find(&self, key: &str) -> Result<Option<Versioned<T>>> {
        let Some(caches) = &self.caches else {
            return self.read_where("unique_key", Sql::Text(key.to_owned()));
        };
        let generation = self.parts.generations.of(T::KIND);
        if let Some(known) = caches.documents.get(key, generation) {
            return Ok(known);
        }
        let found = self.read_where("unique_key", Sql::Text(key.to_owned()))?;
        caches.documents.put(key.to_owned(), generation, found.clone());
        Ok(found)
    }

    async fn list(&self, query: &Query) -> Result<Page<T>> {
        let Some(caches) = &self.caches else { return self.read_list(query).await };
        let question = format!("{query:?}");
        let generation = self.parts.generations.of(T::KIND);
        if let Some(known) = caches.lists.get(&question, generation) {
            return Ok(known);
        }
        let page = self.read_list(query).await?;
        if page.items.len() <= LONGEST_CACHED_LIST {
            caches.lists.put(question, generation, page.clone());
        }
        Ok(page)
    }

    async fn insert(&self, value: T) -> Result<()> {
        let document = Document::of(&value)?;
        self.write(move |connection| insert(connection, &document)).await
    }

    async fn replace(&self, value: T, expected: u64) -> Result<bool> {
        let document = Document::of(&value)?;
        self.write(move |connection| {
            let table = table(T::KIND);
            let text = format!(
                "UPDATE {table} SET unique_key = ?2, revision = revision + 1, body = ?3 WHERE id = ?1 AND revision = ?4"
            );
            let body = std::str::from_utf8(&document.body).map_err(unreadable)?;
            let mut statement = connection.prepare_cached(&text).map_err(failure)?;
            match statement.execute(params![document.id.as_bytes(), document.unique_key, body, expected]) {
                Ok(changed) => Ok(changed == 1),
                Err(error) if is_conflict(&error) => Err(conflict(connection, &document)?),
                Err(error) => Err(failure(error)),
            }
        })
        .await
    }

    async fn put(&self, value: T) -> Result<()> {
        let document = Document::of(&value)?;
        self.write(move |connection| put(connection, &document)).await
    }

    async fn delete(&self, id: &Id) -> Result<bool> {
        let id = *id;
        self.write(move |connection| {
            let text = format!("DELETE FROM {} WHERE id = ?1", table(T::KIND));
            Ok(connection.execute(&text, [id.as_bytes()]).map_err(failure)? == 1)
        })
        .await
    }

    async fn delete_matching(&self, query: &Query, limit: u64) -> Result<u64> {
        let query = Query { limit: Some(limit), ..query.clone() };
        self.write(move |connection| {
            let table = table(T::KIND);
            let mut sentence = sql::filters(&query, place::<T>, "body");
            sql::order_and_page(&mut sentence, &query, place::<T>);
            let text = format!("DELETE FROM {table} WHERE rowid IN (SELECT rowid FROM {table}{})", sentence.text);
            let deleted = connection.execute(&text, rusqlite::params_from_iter(&sentence.values)).map_err(failure)?;
            Ok(deleted as u64)
        })
        .await
    }
}

pub(crate) fn count(connection: &Connection, table: &str, filters: &sql::Sentence) -> Result<u64> {
    let text = format!("SELECT count(*) FROM {table}{}", filters.text);
    let mut statement = connection.prepare_cached(&text).map_err(failure)?;
    statement.query_row(rusqlite::params_from_iter(&filters.values), |row| row.get(0)).map_err(failure)
}
