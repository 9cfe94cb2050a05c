//! On disk: what is acknowledged survives, one process owns it, a full disk is said and survived.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use squall_model::{Execution, Id, KeyScope, KeyValue, Status, Timestamp};
use squall_store::{Error, Query, Store, Write};
use squall_store_sqlite::{Options, open};
use squall_testkit::execution;
use tempfile::TempDir;

squall_testkit::store_suite!(async {
    // The directory is left to the system's temporary files: the store outlives this expression.
    let directory = TempDir::new().expect("a directory").keep();
    Some(open(&Options { path: Some(directory.join("squall.db")), max_pages: None }).expect("open").store)
});

fn in_directory(directory: &TempDir) -> PathBuf {
    directory.path().join("squall.db")
}

fn key(name: &str, value: String) -> KeyValue {
    KeyValue {
        id: Id::derived(&[name]),
        name: name.into(),
        scope: KeyScope::System,
        description: None,
        value,
        secret: false,
        expire_timestamp: None,
    }
}

async fn fill_until_refused(store: &Store) -> Vec<String> {
    let mut acknowledged = Vec::new();
    for number in 0..10_000 {
        let name = format!("k{number}");
        match store.keys.insert(key(&name, "x".repeat(4000))).await {
            Ok(()) => acknowledged.push(name),
            Err(Error::Unavailable(reason)) => {
                assert!(reason.contains("disk is full"), "{reason}");
                return acknowledged;
            }
            Err(error) => panic!("{error}"),
        }
    }
    panic!("the disk never filled up");
}

#[tokio::test]
async fn a_full_disk_is_said_and_nothing_acknowledged_is_lost() {
    let directory = TempDir::new().expect("a directory");
    let path = in_directory(&directory);
    let full = open(&Options { path: Some(path.clone()), max_pages: Some(400) }).expect("open");
    let acknowledged = fill_until_refused(&full.store).await;
    assert!(!acknowledged.is_empty());
    drop(full);
    let reopened = open(&Options { path: Some(path), max_pages: None }).expect("open again");
    let stored = reopened.store.keys.list(&Query::all()).await.expect("list").items;
    assert_eq!(stored.len(), acknowledged.len());
    reopened.store.keys.insert(key("after", String::new())).await.expect("there is room again");
}

#[tokio::test]
async fn a_second_process_is_refused() {
    let directory = TempDir::new().expect("a directory");
    let options = Options { path: Some(in_directory(&directory)), max_pages: None };
    let first = open(&options).expect("open");
    assert!(matches!(open(&options), Err(Error::Unavailable(_))));
    drop(first);
    open(&options).expect("free again");
}

#[tokio::test]
async fn a_locked_database_is_said_and_work_resumes() {
    let directory = TempDir::new().expect("a directory");
    let path = in_directory(&directory);
    let opened = open(&Options { path: Some(path.clone()), max_pages: None }).expect("open");
    let intruder = rusqlite::Connection::open(&path).expect("open beside");
    intruder.execute_batch("BEGIN IMMEDIATE").expect("lock");
    let refused = opened.store.keys.insert(key("a", "1".into())).await;
    assert!(matches!(&refused, Err(Error::Unavailable(reason)) if reason.contains("locked")), "{refused:?}");
    intruder.execute_batch("ROLLBACK").expect("unlock");
    opened.store.keys.insert(key("a", "1".into())).await.expect("resumed");
}

const NOW: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);
const PAGE: u64 = 4096;

fn ended(execution: &Execution) -> Write {
    let end_timestamp = Some(NOW.after(Duration::from_secs(1)));
    let ended = Execution { status: Status::Canceled, end_timestamp, revision: 2, ..execution.clone() };
    Write::UpdateExecution(Arc::new(ended))
}

/// Returns how many pages the write-ahead log holds.
fn logged_pages(database: &Path) -> u64 {
    std::fs::metadata(database.with_extension("db-wal")).expect("the write-ahead log").len() / PAGE
}

/// Returns how many pages are written to end fifty neighbours among so many executions with derived ids.
async fn pages_to_end_fifty_of(count: u64) -> u64 {
    let directory = TempDir::new().expect("a directory");
    let path = in_directory(&directory);
    let opened = open(&Options { path: Some(path.clone()), max_pages: None }).expect("open");
    let started = |number: u64| execution(&number.to_string(), NOW.after(Duration::from_micros(number)));
    let all: Vec<Execution> = (0..count).map(started).collect();
    let create = all.iter().map(|one| Write::CreateExecution(Arc::new(one.clone()))).collect();
    opened.store.batch.commit(create).await.expect("create");
    let before = logged_pages(&path);
    opened.store.batch.commit(all.iter().skip(100).take(50).map(ended).collect()).await.expect("end");
    logged_pages(&path) - before
}

#[tokio::test]
async fn ends_write_no_more_pages_when_many_executions_are_open() {
    let (few, many) = (pages_to_end_fifty_of(200).await, pages_to_end_fifty_of(4000).await);
    assert!(few > 0 && many <= few + 2, "{few} pages among 200, {many} among 4000");
}
