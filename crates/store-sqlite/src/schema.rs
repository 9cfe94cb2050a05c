//! Tables, and how a connection is set up.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Result};
use squall_model::{
    Action, ActionAlias, ApiKey, Config, ConfigSchema, KeyValue, Pack, Policy, PolicyType, Process, Registration,
    Resource, Rule, RuleEnforcement, RunnerType, Sensor, SensorState, TimerState, Token, Trace, Trigger,
    TriggerInstance, TriggerType, User,
};

use crate::Options;
use crate::columns::{generated_column, table};

/// How long a statement waits for another process (a backup, an operator's shell) before the store says that it is locked.
const BUSY_TIMEOUT: Duration = Duration::from_millis(900);

/// Where the database is.
pub(crate) struct Location {
    path: Option<PathBuf>,
    memory_name: String,
}

impl Location {
    pub(crate) fn of(options: &Options) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        Self { path: options.path.clone(), memory_name: format!("file:squall-{number}?mode=memory&cache=shared") }
    }

    pub(crate) fn is_in_memory(&self) -> bool {
        self.path.is_none()
    }

    pub(crate) fn connect(&self) -> Result<Connection> {
        let connection = match &self.path {
            Some(path) => Connection::open(path)?,
            None => Connection::open_with_flags(&self.memory_name, OpenFlags::default() | OpenFlags::SQLITE_OPEN_URI)?,
        };
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.set_prepared_statement_cache_capacity(64);
        connection.execute_batch("PRAGMA cache_size = -2048; PRAGMA temp_store = MEMORY;")?;
        if self.path.is_none() {
            // Readers of a shared in-memory database would be refused while a write is open.
            connection.execute_batch("PRAGMA read_uncommitted = ON;")?;
        }
        Ok(connection)
    }
}

/// Creates what is missing.
pub(crate) fn prepare(connection: &Connection, options: &Options) -> Result<()> {
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000; PRAGMA foreign_keys = OFF;",
    )?;
    // Derived ids land on any page of their index; the writer keeps the pages it meets again. Not more: a commit that balanced a
    // tree goes through all that are kept.
    connection.execute_batch("PRAGMA cache_size = -8192;")?;
    if let Some(pages) = options.max_pages {
        connection.execute_batch(&format!("PRAGMA max_page_count = {pages};"))?;
    }
    connection.execute_batch("BEGIN IMMEDIATE;")?;
    connection.execute_batch(OWN_TABLES)?;
    for statements in document_tables() {
        connection.execute_batch(&statements)?;
    }
    connection.execute_batch("COMMIT;")
}

/// What is open is indexed by its start, not by its id: neighbours end together, and their entries share pages. The index of children
/// answers which they are by itself.
const OWN_TABLES: &str = "
CREATE TABLE IF NOT EXISTS snapshot (hash TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS execution (
    id BLOB NOT NULL UNIQUE,
    snapshot TEXT NOT NULL,
    action_ref TEXT NOT NULL,
    runner TEXT NOT NULL,
    start INTEGER NOT NULL,
    parent BLOB,
    workflow BLOB,
    user TEXT,
    fixed TEXT NOT NULL,
    status TEXT NOT NULL,
    ended INTEGER,
    result TEXT,
    context TEXT NOT NULL,
    log TEXT NOT NULL,
    runner_info TEXT,
    owner BLOB,
    attempt INTEGER NOT NULL,
    wake_at INTEGER,
    revision INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS execution_start ON execution (start);
DROP INDEX IF EXISTS execution_parent;
CREATE INDEX IF NOT EXISTS execution_child ON execution (parent, start, id) WHERE parent IS NOT NULL;
CREATE INDEX IF NOT EXISTS execution_action ON execution (action_ref, start);
DROP INDEX IF EXISTS execution_unfinished;
CREATE INDEX IF NOT EXISTS execution_open ON execution (start, id) WHERE ended IS NULL;
CREATE INDEX IF NOT EXISTS execution_unannounced ON execution (wake_at) WHERE ended IS NOT NULL AND wake_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS workflow_event (
    workflow BLOB NOT NULL, sequence INTEGER NOT NULL, event TEXT NOT NULL, PRIMARY KEY (workflow, sequence)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS workflow_snapshot (
    workflow BLOB PRIMARY KEY, sequence INTEGER NOT NULL, state TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS output (number INTEGER PRIMARY KEY, execution BLOB NOT NULL, type TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS output_execution ON output (execution, number);
";

fn document_tables() -> Vec<String> {
    vec![
        document_table::<Action>(),
        document_table::<ActionAlias>(),
        document_table::<ApiKey>(),
        document_table::<Config>(),
        document_table::<ConfigSchema>(),
        document_table::<KeyValue>(),
        document_table::<Pack>(),
        document_table::<Policy>(),
        document_table::<PolicyType>(),
        document_table::<Process>(),
        document_table::<Registration>(),
        document_table::<Rule>(),
        document_table::<RuleEnforcement>(),
        document_table::<RunnerType>(),
        document_table::<Sensor>(),
        document_table::<SensorState>(),
        document_table::<TimerState>(),
        document_table::<Token>(),
        document_table::<Trace>(),
        document_table::<Trigger>(),
        document_table::<TriggerInstance>(),
        document_table::<TriggerType>(),
        document_table::<User>(),
    ]
}

/// Returns the statements for one kind of document: the body, and a generated column for each path that lists go by.
fn document_table<T: Resource>() -> String {
    let table = table(T::KIND);
    let mut columns = String::new();
    let mut indexes = String::new();
    for path in T::INDEXES {
        let column = generated_column(path);
        columns.push_str(&format!(", {column} GENERATED ALWAYS AS (json_extract(body, '$.{path}')) VIRTUAL"));
        indexes.push_str(&format!("CREATE INDEX IF NOT EXISTS {table}_{column} ON {table} ({column});\n"));
    }
    format!(
        "CREATE TABLE IF NOT EXISTS {table} (
            id BLOB NOT NULL UNIQUE, unique_key TEXT UNIQUE, revision INTEGER NOT NULL, body TEXT NOT NULL{columns}
        );\n{indexes}"
    )
}
