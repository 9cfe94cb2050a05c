//! What users write is stored as it is: any shape, any name, any size.

use std::sync::Arc;

use serde_json::{Value, json};
use squall_model::{Id, Map, Status};
use squall_store::{Patch, Query, Store, WorkflowSnapshot, Write, transition};

use super::{NOW, create, key, raw};
use crate::execution;

/// More than the largest document of any database that has a limit.
const LARGE: usize = 20 * 1024 * 1024;

fn odd() -> Value {
    json!({
        "$where": [[1, [2, []]], [], {}], "a.b": {"": null, "$set": 1}, "nul": "a\u{0}b", "text": "ünï \u{1F600}",
        "numbers": [0, -1, 1.5, 1e300, 18_446_744_073_709_551_615_u64, -9_223_372_036_854_775_808_i64, 2.0],
    })
}

pub async fn payloads_come_back_as_they_were(store: Store) {
    let mut stored = execution("odd", NOW);
    stored.parameters = Map::from_iter([("odd".to_owned(), odd())]);
    stored.trigger_instance = Some(odd());
    stored.context.insert("odd".to_owned(), odd());
    create(&store, &stored).await;
    let patch = Patch { context: Map::from_iter([("more".to_owned(), odd())]), ..Patch::result(&odd()) };
    let known = Arc::new(stored.clone());
    let moved = transition(&store, known, Status::Canceled, NOW, patch, Vec::new()).await.expect("transition");
    let moved = moved.moved().expect("moved");
    let read = store.executions.get(&stored.id).await.expect("get").expect("found");
    assert_eq!(read.to_api(""), moved.to_api(""));
    assert_eq!(read.parameters["odd"], odd());
    assert_eq!(
        read.result.as_ref().map(|raw| raw.get().to_owned()),
        moved.result.as_ref().map(|raw| raw.get().to_owned())
    );
}

pub async fn there_is_no_largest_payload(store: Store) {
    let large = "x".repeat(LARGE);
    let mut stored = execution("large", NOW);
    stored.parameters = Map::from_iter([("large".to_owned(), json!(large))]);
    create(&store, &stored).await;
    let known = Arc::new(stored.clone());
    let patch = Patch::result(&json!({"stdout": large}));
    transition(&store, known, Status::Canceled, NOW, patch, Vec::new()).await.expect("transition");
    let read = store.executions.get(&stored.id).await.expect("get").expect("found");
    assert_eq!(read.parameters["large"], json!(large));
    assert_eq!(read.result_value()["stdout"], json!(large));
    let workflow = Id::derived(&["large workflow"]);
    let events = vec![raw(json!("small")), raw(json!(large))];
    let snapshot = WorkflowSnapshot { workflow, sequence: 2, state: raw(json!(large)) };
    let writes =
        vec![Write::AppendWorkflowEvents { workflow, first: 1, events }, Write::SaveWorkflowSnapshot(snapshot)];
    store.batch.commit(writes).await.expect("commit");
    let events = store.workflows.events(&workflow, 0).await.expect("events");
    assert_eq!(events.iter().map(|event| event.event.get().len()).collect::<Vec<_>>(), [7, LARGE + 2]);
    let state = store.workflows.snapshot(&workflow).await.expect("read").expect("saved").state;
    assert_eq!(state.get().len(), LARGE + 2);
}

pub async fn a_large_document_is_written_over_and_removed(store: Store) {
    let large = "y".repeat(LARGE);
    store.keys.insert(key("k", &large)).await.expect("insert");
    let found = store.keys.find("key_value_pair:st2kv.system:k").await.expect("find").expect("found");
    assert_eq!(found.value.value.len(), LARGE);
    assert!(store.keys.replace(key("k", "small"), found.revision).await.expect("replace"));
    assert!(!store.keys.replace(key("k", "stale"), found.revision).await.expect("replace with a stale revision"));
    store.keys.put(key("k", &large)).await.expect("put");
    store.keys.put(key("k", &large[1..])).await.expect("put again");
    let page = store.keys.list(&Query::all()).await.expect("list");
    assert_eq!(page.items.iter().map(|key| key.value.len()).collect::<Vec<_>>(), [LARGE - 1]);
    assert!(store.keys.delete(&key("k", "").id).await.expect("delete"));
    assert!(!store.keys.delete(&key("k", "").id).await.expect("delete again"));
}
