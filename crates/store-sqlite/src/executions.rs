//! Executions: narrow columns for what changes or is listed by, JSON for the rest, the result apart.

use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use squall_model::{ActionSnapshot, Execution, Id, Map, Status, Timestamp};
use squall_store::{ExecutionStore, Page, Query, Result};

use crate::columns::json_path;
use crate::sql::{self, Place};
use crate::writer::Durability;
use crate::{Parts, failure, resources, unreadable};

/// How many versions of actions are kept parsed.
const SNAPSHOTS: usize = 2048;

pub(crate) struct SqliteExecutions {
    parts: Parts,
    snapshots: Arc<SnapshotCache>,
}

/// Versions of actions by hash: they never change.
#[derive(Default)]
struct SnapshotCache {
    known: Mutex<std::collections::HashMap<String, Arc<ActionSnapshot>>>,
}

/// What never changes after the request.
#[derive(Serialize, Deserialize)]
struct Fixed {
    liveaction_id: Id,
    #[serde(default)]
    parameters: Map,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delay: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    notify: Option<Value>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    callback: Map,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    task_execution: Option<Id>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rule: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trigger: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trigger_type: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trigger_instance: Option<Value>,
}

const COLUMNS: &str = "id, snapshot, start, parent, workflow, fixed, status, ended, context, log, runner_info, owner, \
                       attempt, wake_at, revision";

impl SqliteExecutions {
    pub(crate) fn new(parts: Parts) -> Self {
        Self { parts, snapshots: Arc::default() }
    }
}

/// Creates the execution; false when its id is taken, which then stays as it is.
pub(crate) fn create(connection: &Connection, execution: &Execution) -> Result<bool> {
    let snapshot = &execution.snapshot;
    keep_snapshot(connection, snapshot)?;
    let fixed = Fixed {
        liveaction_id: execution.liveaction_id,
        parameters: execution.parameters.clone(),
        delay: execution.delay,
        notify: execution.notify.clone(),
        callback: execution.callback.clone(),
        task_execution: execution.task_execution,
        rule: execution.rule.clone(),
        trigger: execution.trigger.clone(),
        trigger_type: execution.trigger_type.clone(),
        trigger_instance: execution.trigger_instance.clone(),
    };
    let mut statement = connection
        .prepare_cached(
            "INSERT INTO execution (id, snapshot, action_ref, runner, start, parent, workflow, user, fixed, status, ended,
                 result, context, log, runner_info, owner, attempt, wake_at, revision)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)
             ON CONFLICT (id) DO NOTHING",
        )
        .map_err(failure)?;
    let created = statement
        .execute(params![
            execution.id.as_bytes(),
            snapshot.hash,
            snapshot.action.reference,
            snapshot.runner.name,
            execution.start_timestamp.as_micros(),
            execution.parent.map(|id| *id.as_bytes()),
            execution.workflow_execution.map(|id| *id.as_bytes()),
            execution.user(),
            text(&fixed)?,
            execution.status.as_str(),
            execution.end_timestamp.map(Timestamp::as_micros),
            execution.result.as_ref().map(|raw| raw.get()),
            text(&execution.context)?,
            text(&execution.log)?,
            execution.runner_info.as_ref().map(text).transpose()?,
            execution.owner.map(|id| *id.as_bytes()),
            execution.attempt,
            execution.wake_at.map(Timestamp::as_micros),
            execution.revision,
        ])
        .map_err(failure)?;
    Ok(created == 1)
}

/// Stores the version of the action, which nearly always is there already: it is looked for before it is turned into text.
fn keep_snapshot(connection: &Connection, snapshot: &ActionSnapshot) -> Result<()> {
    let is_kept = connection
        .prepare_cached("SELECT 1 FROM snapshot WHERE hash = ?1")
        .and_then(|mut statement| statement.exists([&snapshot.hash]))
        .map_err(failure)?;
    if is_kept {
        return Ok(());
    }
    let body = text(snapshot)?;
    connection
        .prepare_cached("INSERT INTO snapshot (hash, body) VALUES (?1, ?2)")
        .and_then(|mut statement| statement.execute(params![snapshot.hash, body]))
        .map(|_| ())
        .map_err(failure)
}

/// Writes the changing part if the stored revision is the one before; false when it is not.
pub(crate) fn update(connection: &Connection, execution: &Execution) -> Result<bool> {
    let mut statement = connection
        .prepare_cached(
            "UPDATE execution SET status = ?2, ended = ?3, result = ?4, context = ?5, log = ?6, runner_info = ?7,
                 owner = ?8, attempt = ?9, wake_at = ?10, revision = ?11
             WHERE id = ?1 AND revision = ?11 - 1",
        )
        .map_err(failure)?;
    let changed = statement
        .execute(params![
            execution.id.as_bytes(),
            execution.status.as_str(),
            execution.end_timestamp.map(Timestamp::as_micros),
            execution.result.as_ref().map(|raw| raw.get()),
            text(&execution.context)?,
            text(&execution.log)?,
            execution.runner_info.as_ref().map(text).transpose()?,
            execution.owner.map(|id| *id.as_bytes()),
            execution.attempt,
            execution.wake_at.map(Timestamp::as_micros),
            execution.revision,
        ])
        .map_err(failure)?;
    Ok(changed == 1)
}

fn text(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(unreadable)
}

impl SnapshotCache {
    fn get(&self, connection: &Connection, hash: &str) -> Result<Arc<ActionSnapshot>> {
        if let Some(known) = self.known.lock().get(hash) {
            return Ok(Arc::clone(known));
        }
        let body: String = connection
            .prepare_cached("SELECT body FROM snapshot WHERE hash = ?1")
            .and_then(|mut statement| statement.query_row([hash], |row| row.get(0)))
            .map_err(failure)?;
        let snapshot: Arc<ActionSnapshot> = Arc::new(serde_json::from_str(&body).map_err(unreadable)?);
        let mut known = self.known.lock();
        if known.len() >= SNAPSHOTS {
            known.clear();
        }
        known.insert(hash.to_owned(), Arc::clone(&snapshot));
        Ok(snapshot)
    }
}

/// Reads a row of [`COLUMNS`], with the result behind them where it was selected.
fn read(connection: &Connection, row: &Row<'_>, snapshots: &SnapshotCache) -> Result<Execution> {
    let raw = |index: usize| row.get_ref(index).map_err(failure);
    let json = |index: usize| raw(index)?.as_str().map_err(unreadable);
    let fixed: Fixed = serde_json::from_str(json(5)?).map_err(unreadable)?;
    let runner_info: Option<String> = row.get(10).map_err(failure)?;
    let result: Option<String> = if row.as_ref().column_count() > 15 { row.get(15).map_err(failure)? } else { None };
    Ok(Execution {
        id: Id::from_bytes(row.get(0).map_err(failure)?),
        liveaction_id: fixed.liveaction_id,
        snapshot: snapshots.get(connection, json(1)?)?,
        start_timestamp: Timestamp::from_micros(row.get(2).map_err(failure)?),
        parameters: fixed.parameters,
        parent: row.get::<_, Option<[u8; 12]>>(3).map_err(failure)?.map(Id::from_bytes),
        workflow_execution: row.get::<_, Option<[u8; 12]>>(4).map_err(failure)?.map(Id::from_bytes),
        delay: fixed.delay,
        notify: fixed.notify,
        callback: fixed.callback,
        task_execution: fixed.task_execution,
        rule: fixed.rule,
        trigger: fixed.trigger,
        trigger_type: fixed.trigger_type,
        trigger_instance: fixed.trigger_instance,
        status: json(6)?.parse::<Status>().map_err(unreadable)?,
        end_timestamp: row.get::<_, Option<i64>>(7).map_err(failure)?.map(Timestamp::from_micros),
        result: result.map(RawValue::from_string).transpose().map_err(unreadable)?.map(Arc::from),
        context: serde_json::from_str(json(8)?).map_err(unreadable)?,
        log: serde_json::from_str(json(9)?).map_err(unreadable)?,
        runner_info: runner_info.map(|text| serde_json::from_str(&text)).transpose().map_err(unreadable)?,
        owner: row.get::<_, Option<[u8; 12]>>(11).map_err(failure)?.map(Id::from_bytes),
        attempt: row.get(12).map_err(failure)?,
        wake_at: row.get::<_, Option<i64>>(13).map_err(failure)?.map(Timestamp::from_micros),
        revision: row.get(14).map_err(failure)?,
    })
}

/// Says where the API's paths are.
fn place(path: &str) -> Place {
    match path {
        "id" => Place::Id("id".to_owned()),
        "parent" => Place::Id("parent".to_owned()),
        "workflow_execution" => Place::Id("workflow".to_owned()),
        "start_timestamp" => Place::Moment("start".to_owned()),
        "end_timestamp" => Place::Moment("ended".to_owned()),
        "status" => Place::Column("status".to_owned()),
        "action.ref" | "action" => Place::Column("action_ref".to_owned()),
        "runner.name" | "runner" | "action.runner_type" => Place::Column("runner".to_owned()),
        "context.user" => Place::Column("user".to_owned()),
        "liveaction.id" => Place::Json { column: "fixed", path: json_path("liveaction_id") },
        "action.pack" => Place::Column("substr(action_ref, 1, instr(action_ref, '.') - 1)".to_owned()),
        "action.name" => Place::Column("substr(action_ref, instr(action_ref, '.') + 1)".to_owned()),
        "result_size" => Place::Column("length(result)".to_owned()),
        _ => match path.split_once('.') {
            Some(("context", rest)) => Place::Json { column: "context", path: json_path(rest) },
            Some(("result", rest)) => Place::Json { column: "result", path: json_path(rest) },
            _ => Place::Json { column: "fixed", path: json_path(path) },
        },
    }
}

#[async_trait]
impl ExecutionStore for SqliteExecutions {
    async fn get(&self, id: &Id) -> Result<Option<Arc<Execution>>> {
        let text = format!("SELECT {COLUMNS}, result FROM execution WHERE id = ?1");
        self.parts.readers.read(|connection| {
            let mut statement = connection.prepare_cached(&text).map_err(failure)?;
            let mut rows = statement.query([id.as_bytes()]).map_err(failure)?;
            let row = rows.next().map_err(failure)?;
            row.map(|row| read(connection, row, &self.snapshots).map(Arc::new)).transpose()
        })
    }

    async fn list(&self, query: &Query, with_results: bool) -> Result<Page<Arc<Execution>>> {
        let (query, snapshots) = (query.clone(), Arc::clone(&self.snapshots));
        let read_page = move |connection: &Connection| {
            let mut sentence = sql::filters(&query, place, "fixed");
            let total = resources::count(connection, "execution", &sentence)?;
            sql::order_and_page(&mut sentence, &query, place);
            let result = if with_results { ", result" } else { "" };
            let text = format!("SELECT {COLUMNS}{result} FROM execution{}", sentence.text);
            let mut statement = connection.prepare_cached(&text).map_err(failure)?;
            let mut rows = statement.query(rusqlite::params_from_iter(&sentence.values)).map_err(failure)?;
            let mut items = Vec::new();
            while let Some(row) = rows.next().map_err(failure)? {
                items.push(Arc::new(read(connection, row, &snapshots)?));
            }
            Ok(Page { items, total })
        };
        self.parts.readers.read_aside(read_page).await
    }

    async fn child_ids(&self, parent: &Id) -> Result<Vec<Id>> {
        self.parts.readers.read(|connection| {
            let mut statement = connection
                .prepare_cached("SELECT id FROM execution WHERE parent = ?1 ORDER BY start, rowid")
                .map_err(failure)?;
            let ids = statement.query_map([parent.as_bytes()], |row| row.get(0)).map_err(failure)?;
            ids.map(|id| id.map(Id::from_bytes).map_err(failure)).collect()
        })
    }

    async fn unfinished(
        &self,
        after: Option<Id>,
        limit: u64,
        started_before: Option<Timestamp>,
    ) -> Result<Vec<Arc<Execution>>> {
        let started_before = started_before.map_or(i64::MAX, Timestamp::as_micros);
        let after = after.map_or_else(Vec::new, |id| id.as_bytes().to_vec());
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let snapshots = Arc::clone(&self.snapshots);
        let read_some = move |connection: &Connection| {
            let text = format!(
                "SELECT {COLUMNS}, result FROM execution
                 WHERE ended IS NULL AND start < ?3
                   AND (start, id) > (SELECT start, id FROM execution WHERE id = ?1 UNION ALL SELECT -1, x'' LIMIT 1)
                 ORDER BY start, id LIMIT ?2"
            );
            let mut statement = connection.prepare_cached(&text).map_err(failure)?;
            let mut rows = statement.query(params![after, limit, started_before]).map_err(failure)?;
            let mut items = Vec::new();
            while let Some(row) = rows.next().map_err(failure)? {
                items.push(Arc::new(read(connection, row, &snapshots)?));
            }
            Ok(items)
        };
        self.parts.readers.read_aside(read_some).await
    }

    async fn unannounced(&self, before: Timestamp, limit: u64) -> Result<Vec<Arc<Execution>>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.parts.readers.read(|connection| {
            let text = format!(
                "SELECT {COLUMNS}, result FROM execution WHERE ended IS NOT NULL AND wake_at IS NOT NULL AND wake_at < ?1
                 ORDER BY wake_at LIMIT ?2"
            );
            let mut statement = connection.prepare_cached(&text).map_err(failure)?;
            let mut rows = statement.query(params![before.as_micros(), limit]).map_err(failure)?;
            let mut items = Vec::new();
            while let Some(row) = rows.next().map_err(failure)? {
                items.push(Arc::new(read(connection, row, &self.snapshots)?));
            }
            Ok(items)
        })
    }

    async fn distinct(&self, path: &str) -> Result<Vec<Value>> {
        let query = Query::all();
        let path = path.to_owned();
        let read_values = move |connection: &Connection| {
            let mut sentence = sql::filters(&query, place, "fixed");
            let expression = match place(&path) {
                Place::Column(name) | Place::Id(name) | Place::Moment(name) => name,
                Place::Json { column, path } => {
                    sentence.values.push(rusqlite::types::Value::Text(path));
                    format!("json_extract({column}, ?1)")
                }
            };
            let text = format!("SELECT DISTINCT {expression} FROM execution");
            let mut statement = connection.prepare_cached(&text).map_err(failure)?;
            let values = statement
                .query_map(rusqlite::params_from_iter(&sentence.values), |row| row.get::<_, Option<String>>(0))
                .map_err(failure)?;
            values.map(|value| value.map(|text| text.map_or(Value::Null, Value::String)).map_err(failure)).collect()
        };
        self.parts.readers.read_aside(read_values).await
    }

    async fn delete_ended_before(&self, moment: Timestamp, limit: u64) -> Result<u64> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let delete = move |connection: &Connection| {
            let ids: Vec<[u8; 12]> = connection
                .prepare_cached("SELECT id FROM execution WHERE ended < ?1 ORDER BY ended LIMIT ?2")
                .and_then(|mut statement| {
                    statement.query_map(params![moment.as_micros(), limit], |row| row.get(0))?.collect()
                })
                .map_err(failure)?;
            for id in &ids {
                delete_one(connection, id).map_err(failure)?;
            }
            Ok(ids.len() as u64)
        };
        self.parts.writer.write(Durability::WithTheNext, delete, || {}).await
    }
}

fn delete_one(connection: &Connection, id: &[u8; 12]) -> rusqlite::Result<()> {
    let workflow = Id::from_bytes(*id).child("workflow");
    connection.execute("DELETE FROM output WHERE execution = ?1", [id])?;
    connection.execute("DELETE FROM workflow_event WHERE workflow = ?1", [workflow.as_bytes()])?;
    connection.execute("DELETE FROM workflow_snapshot WHERE workflow = ?1", [workflow.as_bytes()])?;
    let snapshot: Option<String> = connection
        .query_row("DELETE FROM execution WHERE id = ?1 RETURNING snapshot", [id], |row| row.get(0))
        .optional()?;
    if let Some(hash) = snapshot {
        connection.execute(
            "DELETE FROM snapshot WHERE hash = ?1 AND NOT EXISTS (SELECT 1 FROM execution WHERE snapshot = ?1)",
            [hash],
        )?;
    }
    Ok(())
}
