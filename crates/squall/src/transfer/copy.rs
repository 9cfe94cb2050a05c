//! The copying itself, over the store port alone: any store to any other.

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::json;
use squall_model::{Execution, Id, Process, Resource};
use squall_service::{Clock, SystemClock};
use squall_store::{Condition, Document, Error as StoreError, Query, Resources, Store, Write, Written};

/// How many documents are read and written at a time.
const PAGE: u64 = 500;
/// A process that gave a sign of life within this time is alive.
pub(crate) const ALIVE: Duration = Duration::from_secs(10);

/// How far the move has come.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Copied {
    pub(crate) documents: u64,
    pub(crate) executions: u64,
    /// Executions that were there already.
    pub(crate) skipped: u64,
}

/// Returns the processes that use a shared store now; an embedded one is locked by its own.
pub(crate) async fn living(store: &Store, is_shared: bool) -> Result<Vec<String>> {
    if !is_shared {
        return Ok(Vec::new());
    }
    let now = SystemClock.now();
    let processes = store.processes.list(&Query::all()).await?.items;
    let alive = processes.into_iter().filter_map(|process| {
        let silent = now.since(process.heartbeat);
        (silent <= ALIVE).then(|| {
            let Process { roles, pid, hostname, .. } = process;
            format!("{} (process {pid} on {hostname}, heard from {} s ago)", roles.join("+"), silent.as_secs())
        })
    });
    Ok(alive.collect())
}

/// Copies everything but what is true of processes only: their list, and what the processes of sensors do (with those of another machine
/// the API would show sensors as running that nobody runs). `hear` is told now and then how far it is.
pub(crate) async fn copy_all(from: &Store, to: &Store, hear: &dyn Fn(&Copied)) -> Result<Copied> {
    let mut copied = Copied::default();
    macro_rules! copy_kinds {
        ($($field:ident)*) => {
            $(documents(from.$field.as_ref(), to, &mut copied, hear)
                .await
                .with_context(|| stringify!($field).replace('_', " "))?;)*
        };
    }
    // What others refer to comes first, events and history last.
    copy_kinds!(
        users api_keys tokens keys packs config_schemas configs runner_types policy_types policies actions aliases
        trigger_types triggers rules sensors timer_states traces trigger_instances rule_enforcements
    );
    executions(from, to, &mut copied, hear).await.context("executions")?;
    // Packs count as registered once everything is there.
    copy_kinds!(registrations);
    Ok(copied)
}

async fn documents<T: Resource>(
    from: &dyn Resources<T>,
    to: &Store,
    copied: &mut Copied,
    hear: &dyn Fn(&Copied),
) -> Result<()> {
    let mut after = None;
    loop {
        let page = from.list(&page_after(after)).await?.items;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.id());
        let writes = page.iter().map(|value| Document::of(value).map(Write::Put)).collect::<Result<Vec<_>, _>>()?;
        to.batch.commit(writes).await?;
        copied.documents += page.len() as u64;
        hear(copied);
    }
}

fn page_after(after: Option<Id>) -> Query {
    let query = Query::all().ascending("id").limit(PAGE);
    match after {
        Some(id) => query.filter("id", Condition::GreaterThan(json!(id))),
        None => query,
    }
}

async fn executions(from: &Store, to: &Store, copied: &mut Copied, hear: &dyn Fn(&Copied)) -> Result<()> {
    let mut after = None;
    loop {
        let page = from.executions.list(&page_after(after), true).await?.items;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.id);
        for execution in &page {
            // The log and the output first: an execution that is there is there with all that belongs to it.
            workflow(from, to, execution).await?;
            output(from, to, &execution.id).await?;
        }
        let writes = page.iter().map(|execution| Write::CreateExecution(execution.clone())).collect();
        let written = to.batch.commit(writes).await?;
        copied.executions += page.len() as u64;
        copied.skipped += written.iter().filter(|written| **written == Written::Existed).count() as u64;
        hear(copied);
    }
}

async fn workflow(from: &Store, to: &Store, execution: &Execution) -> Result<()> {
    if !execution.is_workflow() {
        return Ok(());
    }
    let workflow = execution.id.child("workflow");
    for event in from.workflows.events(&workflow, 0).await? {
        let append = Write::AppendWorkflowEvents { workflow, first: event.sequence, events: vec![event.event] };
        match to.batch.commit(vec![append]).await {
            // It is there already.
            Ok(_) | Err(StoreError::Refused { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    if let Some(snapshot) = from.workflows.snapshot(&workflow).await? {
        to.batch.commit(vec![Write::SaveWorkflowSnapshot(snapshot)]).await?;
    }
    Ok(())
}

async fn output(from: &Store, to: &Store, execution: &Id) -> Result<()> {
    let chunks = from.outputs.read(execution, None).await?;
    let known = if chunks.is_empty() { 0 } else { to.outputs.read(execution, None).await?.len() };
    let missing: Vec<_> = chunks.into_iter().skip(known).collect();
    if !missing.is_empty() {
        to.outputs.append(missing).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::value::to_raw_value;
    use squall_model::{KeyScope, KeyValue, OutputChunk, OutputType, SensorState, Status, Timestamp};

    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

    async fn filled() -> Store {
        let store = squall_store_sqlite::open_in_memory().unwrap();
        for number in 0..1_234_u32 {
            let name = format!("key-{number}");
            let key = KeyValue {
                id: Id::derived(&["key", &name]),
                name,
                scope: KeyScope::System,
                description: None,
                value: number.to_string(),
                secret: false,
                expire_timestamp: None,
            };
            store.keys.put(key).await.unwrap();
        }
        for number in 0..700_u32 {
            let mut execution = squall_testkit::execution(&format!("run-{number}"), NOW);
            execution.status = Status::Succeeded;
            execution.end_timestamp = Some(NOW);
            execution.result = Some(Arc::from(to_raw_value(&json!({"number": number})).unwrap()));
            let id = execution.id;
            store.batch.commit(vec![Write::CreateExecution(Arc::new(execution))]).await.unwrap();
            if number == 7 {
                store.outputs.append(vec![chunk(id, "one"), chunk(id, "two")]).await.unwrap();
            }
        }
        store
    }

    fn chunk(execution_id: Id, data: &str) -> OutputChunk {
        let reference = "core.local".to_owned();
        OutputChunk {
            id: Id::derived(&["chunk", data]),
            execution_id,
            action_ref: reference,
            runner_ref: "local-shell-cmd".to_owned(),
            timestamp: NOW,
            output_type: OutputType::Stdout,
            data: data.to_owned(),
        }
    }

    /// `GET /v1/sensortypes` showed the process of the installation that was left as running.
    #[tokio::test]
    async fn what_the_process_of_a_sensor_did_stays_behind() {
        let (from, to) =
            (squall_store_sqlite::open_in_memory().unwrap(), squall_store_sqlite::open_in_memory().unwrap());
        let state = SensorState {
            id: Id::derived(&["state"]),
            sensor: "pack.Sensor".to_owned(),
            status: "running".to_owned(),
            pid: Some(4711),
            restarts: 0,
            last_error: None,
            since: NOW,
            owner: Some(Id::derived(&["process"])),
        };
        from.sensor_states.put(state).await.unwrap();
        copy_all(&from, &to, &|_| {}).await.unwrap();
        assert_eq!(from.sensor_states.list(&Query::all()).await.unwrap().total, 1);
        assert_eq!(to.sensor_states.list(&Query::all()).await.unwrap().total, 0);
    }

    #[tokio::test]
    async fn everything_arrives_and_a_second_move_changes_nothing() {
        let (from, to) = (filled().await, squall_store_sqlite::open_in_memory().unwrap());
        let first = copy_all(&from, &to, &|_| {}).await.unwrap();
        assert_eq!(first, Copied { documents: 1_234, executions: 700, skipped: 0 });
        let again = copy_all(&from, &to, &|_| {}).await.unwrap();
        assert_eq!(again.skipped, 700);
        assert_eq!(to.keys.list(&Query::all()).await.unwrap().total, 1_234);
        let query = Query::all().ascending("id");
        let (here, there) =
            (from.executions.list(&query, true).await.unwrap(), to.executions.list(&query, true).await.unwrap());
        assert_eq!(
            json!(here.items.iter().map(|one| one.result_value()).collect::<Vec<_>>()),
            json!(there.items.iter().map(|one| one.result_value()).collect::<Vec<_>>())
        );
        let id = squall_testkit::execution("run-7", NOW).id;
        assert_eq!(to.outputs.read(&id, None).await.unwrap(), from.outputs.read(&id, None).await.unwrap());
    }
}
