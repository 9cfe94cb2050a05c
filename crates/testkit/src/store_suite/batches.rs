//! Batches: their order, where they stop, and who wins when many write at once.

use std::sync::Arc;

use serde_json::json;
use squall_model::{Id, Status, Timestamp};
use squall_store::{Document, Error, Store, WorkflowSnapshot, Write, Written, take_over};

use super::{NOW, create, key, later, raw};
use crate::execution;

const MANY: usize = 8;

fn creation(word: &str, now: Timestamp) -> Write {
    Write::CreateExecution(Arc::new(execution(word, now)))
}

pub async fn a_batch_answers_for_each_write_in_order(store: Store) {
    create(&store, &execution("b", NOW)).await;
    let put = Write::Put(Document::of(&key("k", "v")).expect("a document"));
    let writes = vec![creation("a", NOW), creation("b", later(5)), creation("c", NOW), put, creation("a", later(5))];
    let written = store.batch.commit(writes).await.expect("commit");
    use Written::{Done, Existed};
    assert_eq!(written, [Done, Existed, Done, Done, Existed]);
    for word in ["a", "b", "c"] {
        let read = store.executions.get(&execution(word, NOW).id).await.expect("get").expect("found");
        assert_eq!(read.start_timestamp, NOW, "{word}");
    }
    assert!(store.batch.commit(Vec::new()).await.expect("commit nothing").is_empty());
}

pub async fn nothing_behind_a_refusal_is_written(store: Store) {
    let workflow = Id::derived(&["workflow"]);
    let append = || Write::AppendWorkflowEvents { workflow, first: 1, events: vec![raw(json!("x"))] };
    store.batch.commit(vec![append()]).await.expect("append");
    let refused = store.batch.commit(vec![creation("before", NOW), append(), creation("behind", NOW)]).await;
    assert!(matches!(refused, Err(Error::Refused { index: 1 })), "{refused:?}");
    assert!(store.executions.get(&execution("behind", NOW).id).await.expect("get").is_none());
    let mut missing = execution("missing", NOW);
    missing.revision = 2;
    let refused = store.batch.commit(vec![Write::UpdateExecution(Arc::new(missing)), creation("behind", NOW)]).await;
    assert!(matches!(refused, Err(Error::Refused { index: 0 })), "{refused:?}");
    assert!(store.executions.get(&execution("behind", NOW).id).await.expect("get").is_none());
}

pub async fn of_many_who_append_the_same_number_one_does(store: Store) {
    let workflow = Id::derived(&["workflow"]);
    let attempts = (0..MANY).map(|number| {
        let store = store.clone();
        tokio::spawn(async move {
            let events = vec![raw(json!(number)), raw(json!(number))];
            store.batch.commit(vec![Write::AppendWorkflowEvents { workflow, first: 1, events }]).await
        })
    });
    let mut winners = 0;
    for attempt in attempts.collect::<Vec<_>>() {
        match attempt.await.expect("no panic") {
            Ok(_) => winners += 1,
            Err(Error::Refused { index: 0 }) => {}
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(winners, 1);
    let events = store.workflows.events(&workflow, 0).await.expect("events");
    assert_eq!(events.iter().map(|event| event.sequence).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(events[0].event.get(), events[1].event.get(), "both are of the one who won");
}

pub async fn of_many_who_create_or_take_one_does(store: Store) {
    let word = "contended";
    let attempts = (0..MANY).map(|number| {
        let store = store.clone();
        tokio::spawn(async move {
            let now = later(number as u64);
            let document = Document::of(&key(word, &number.to_string())).expect("a document");
            store.batch.commit(vec![creation(word, now), Write::Insert(document)]).await.expect("commit")
        })
    });
    let mut done = [0, 0];
    for attempt in attempts.collect::<Vec<_>>() {
        for (index, written) in attempt.await.expect("no panic").into_iter().enumerate() {
            done[index] += usize::from(written == Written::Done);
        }
    }
    assert_eq!(done, [1, 1]);
    let known = store.executions.get(&execution(word, NOW).id).await.expect("get").expect("found");
    assert_eq!(known.status, Status::Requested);
    let attempts = (0..MANY).map(|number| {
        let (store, known) = (store.clone(), Arc::clone(&known));
        tokio::spawn(async move { take_over(&store, &known, Id::derived(&[&number.to_string()]), NOW).await })
    });
    let mut owners = Vec::new();
    for attempt in attempts.collect::<Vec<_>>() {
        owners.extend(attempt.await.expect("no panic").expect("take over").and_then(|taken| taken.owner));
    }
    assert_eq!(owners.len(), 1);
    let owner = store.executions.get(&known.id).await.expect("get").expect("found").owner;
    assert_eq!(owner, Some(owners[0]));
}

pub async fn documents_written_by_many_at_once_are_whole(store: Store) {
    let attempts = (0..MANY).map(|number| {
        let store = store.clone();
        tokio::spawn(async move { store.keys.put(key("k", &number.to_string())).await })
    });
    for attempt in attempts.collect::<Vec<_>>() {
        attempt.await.expect("no panic").expect("put");
    }
    let found = store.keys.get(&key("k", "").id).await.expect("get").expect("found");
    assert_eq!(found.revision, MANY as u64);
}

pub async fn a_workflow_is_read_from_its_last_snapshot_on(store: Store) {
    let workflow = Id::derived(&["workflow"]);
    let append = |first, count: u64| {
        let events = (first..first + count).map(|sequence| raw(json!(sequence))).collect();
        Write::AppendWorkflowEvents { workflow, first, events }
    };
    let save =
        |sequence| Write::SaveWorkflowSnapshot(WorkflowSnapshot { workflow, sequence, state: raw(json!(sequence)) });
    assert!(store.workflows.snapshot(&workflow).await.expect("read").is_none());
    store.batch.commit(vec![append(1, 3), save(3)]).await.expect("commit");
    store.batch.commit(vec![append(4, 1)]).await.expect("commit");
    store.batch.commit(vec![append(5, 3), save(7)]).await.expect("commit");
    let saved = store.workflows.snapshot(&workflow).await.expect("read").expect("saved");
    assert_eq!((saved.sequence, saved.state.get()), (7, "7"));
    for after in 0..=8_u64 {
        let events = store.workflows.events(&workflow, after).await.expect("events");
        let read: Vec<_> = events.iter().map(|event| (event.sequence, event.event.get().to_owned())).collect();
        let expected: Vec<_> = (after + 1..=7).map(|sequence| (sequence, sequence.to_string())).collect();
        assert_eq!(read, expected, "after {after}");
    }
}
