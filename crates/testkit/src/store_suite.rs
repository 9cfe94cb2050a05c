//! The conformance suite of the store port: a behaviour that is not here is not part of the port.
//!
//! Each case takes a fresh store. An adapter stamps them into its tests with [`crate::store_suite!`].

mod batches;
mod documents;
mod executions;
mod payloads;

use std::sync::Arc;

use serde_json::value::RawValue;
use serde_json::{Value, json};
use squall_model::{Execution, Id, KeyScope, KeyValue, Map, Rule, Status, Timestamp};
use squall_store::{Condition, Document, Error, Patch, Query, Store, Transition, Write, Written, transition};

use crate::execution;

pub use batches::*;
pub use documents::*;
pub use executions::*;
pub use payloads::*;

/// Stamps the suite: `store_suite!(async { Some(a fresh store) })`. `None` leaves the case out: the server that it needs is not there.
#[macro_export]
macro_rules! store_suite {
    ($fresh:expr) => {
        $crate::store_suite!(@cases $fresh;
            a_document_is_found_by_id_and_by_key
            a_taken_key_is_a_conflict_that_names_the_holder
            a_replacement_needs_the_current_revision
            lists_filter_sort_and_page
            documents_are_deleted_by_query_in_bounded_numbers
            an_execution_round_trips
            creating_an_execution_twice_changes_nothing
            a_stale_update_is_refused_and_its_batch_with_it
            a_transition_reads_again_when_it_was_stale
            a_transition_that_the_table_forbids_is_refused
            a_former_owner_is_fenced_off
            executions_list_by_api_paths
            unfinished_executions_come_in_pages
            children_come_in_order_of_their_start
            a_sequence_number_is_taken_once
            output_keeps_its_order
            ended_executions_can_be_removed
            storing_a_document_again_replaces_it
            a_key_has_one_holder_whichever_way_it_is_written
            inserting_an_id_again_changes_nothing
            what_is_gone_is_not_replaced
            every_condition_means_the_same_on_every_path
            pages_neither_repeat_nor_miss_what_sorts_alike
            documents_are_deleted_by_any_path
            payloads_come_back_as_they_were
            there_is_no_largest_payload
            a_large_document_is_written_over_and_removed
            a_move_is_stored_with_all_that_changed
            results_are_listed_only_when_asked_for
            executions_are_found_by_what_they_came_from
            distinct_values_say_where_there_is_none
            an_execution_takes_its_output_and_log_with_it
            a_batch_answers_for_each_write_in_order
            nothing_behind_a_refusal_is_written
            of_many_who_append_the_same_number_one_does
            of_many_who_create_or_take_one_does
            documents_written_by_many_at_once_are_whole
            a_workflow_is_read_from_its_last_snapshot_on
        );
    };
    (@cases $fresh:expr; $($case:ident)*) => {
        $(#[tokio::test]
        async fn $case() {
            if let Some(store) = $fresh.await {
                $crate::store_suite::$case(store).await;
            }
        })*
    };
}

const NOW: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

fn later(seconds: u64) -> Timestamp {
    NOW.after(std::time::Duration::from_secs(seconds))
}

fn key(name: &str, value: &str) -> KeyValue {
    KeyValue {
        id: Id::derived(&["key", name]),
        name: name.to_owned(),
        scope: KeyScope::System,
        description: None,
        value: value.to_owned(),
        secret: false,
        expire_timestamp: None,
    }
}

fn rule(name: &str, enabled: bool) -> Rule {
    let body = json!({"name": name, "pack": "p", "enabled": enabled, "trigger": {"type": "core.t"},
        "action": {"ref": "core.noop"}, "tags": [{"name": "colour", "value": name}],
        "id": Id::derived(&["rule", name])});
    let rule: Rule = serde_json::from_value(body).unwrap_or_else(|error| panic!("rule: {error}"));
    rule.with_references()
}

async fn create(store: &Store, execution: &Execution) -> Written {
    let written = store.batch.commit(vec![Write::CreateExecution(Arc::new(execution.clone()))]).await;
    written.expect("create an execution")[0]
}

fn raw(value: Value) -> Box<RawValue> {
    serde_json::value::to_raw_value(&value).expect("a value is JSON")
}

pub async fn a_document_is_found_by_id_and_by_key(store: Store) {
    let stored = key("a", "1");
    store.keys.insert(stored.clone()).await.expect("insert");
    let by_id = store.keys.get(&stored.id).await.expect("get").expect("found");
    let by_key = store.keys.find("key_value_pair:st2kv.system:a").await.expect("find").expect("found");
    assert_eq!(by_id.value, stored);
    assert_eq!(by_key, by_id);
    assert!(store.keys.find("key_value_pair:st2kv.system:b").await.expect("find").is_none());
    assert!(store.keys.delete(&stored.id).await.expect("delete"));
    assert!(!store.keys.delete(&stored.id).await.expect("delete again"));
    assert!(store.keys.get(&stored.id).await.expect("get").is_none());
}

pub async fn a_taken_key_is_a_conflict_that_names_the_holder(store: Store) {
    store.rules.insert(rule("r", true)).await.expect("insert");
    let mut other = rule("r", false);
    other.id = Id::derived(&["another"]);
    match store.rules.insert(other).await {
        Err(Error::Conflict { id, .. }) => assert_eq!(id, Some(rule("r", true).id)),
        outcome => panic!("expected a conflict, got {outcome:?}"),
    }
}

pub async fn a_replacement_needs_the_current_revision(store: Store) {
    store.rules.insert(rule("r", false)).await.expect("insert");
    let found = store.rules.find("p.r").await.expect("find").expect("found");
    assert!(store.rules.replace(rule("r", true), found.revision).await.expect("replace"));
    assert!(!store.rules.replace(rule("r", false), found.revision).await.expect("replace with a stale revision"));
    assert!(store.rules.find("p.r").await.expect("find").expect("found").value.enabled);
}

pub async fn lists_filter_sort_and_page(store: Store) {
    for (index, name) in ["c", "a", "d", "b"].into_iter().enumerate() {
        store.rules.insert(rule(name, index % 2 == 0)).await.expect("insert");
    }
    let names = |page: squall_store::Page<Rule>| page.items.into_iter().map(|rule| rule.name).collect::<Vec<_>>();
    let all = Query::all().ascending("pack").ascending("name");
    assert_eq!(names(store.rules.list(&all).await.expect("list")), ["a", "b", "c", "d"]);
    let enabled = store.rules.list(&Query::all().equals("enabled", true).descending("name")).await.expect("list");
    assert_eq!(names(enabled), ["d", "c"]);
    let mut second = all.clone().limit(1);
    second.offset = 1;
    let page = store.rules.list(&second).await.expect("list");
    assert_eq!(page.total, 4);
    assert_eq!(names(page), ["b"]);
    let cases: [(&str, Condition, &[&str]); 6] = [
        ("name", Condition::In(vec!["a".into(), "d".into()]), &["a", "d"]),
        ("name", Condition::GreaterThan("b".into()), &["c", "d"]),
        ("ref", Condition::StartsWith("p.c".into()), &["c"]),
        ("description", Condition::Absent, &["a", "b", "c", "d"]),
        ("tags", Condition::AnyElement { field: "value".into(), equals: "b".into() }, &["b"]),
        ("name", Condition::Equals("x' OR 1=1 --".into()), &[]),
    ];
    for (path, condition, expected) in cases {
        let query = all.clone().filter(path, condition.clone());
        assert_eq!(names(store.rules.list(&query).await.expect("list")), expected, "{condition:?}");
    }
}

pub async fn documents_are_deleted_by_query_in_bounded_numbers(store: Store) {
    for name in ["x1", "x2", "x3", "y1"] {
        store.keys.insert(key(name, "v")).await.expect("insert");
    }
    let x = Query::all().filter("name", Condition::StartsWith("x".into()));
    assert_eq!(store.keys.delete_matching(&x, 2).await.expect("delete"), 2);
    assert_eq!(store.keys.delete_matching(&x, 2).await.expect("delete"), 1);
    assert_eq!(store.keys.list(&Query::all()).await.expect("list").items.len(), 1);
}

pub async fn an_execution_round_trips(store: Store) {
    let mut stored = execution("a", NOW);
    stored.parameters = Map::from_iter([("cmd".to_owned(), json!("date"))]);
    stored.parent = Some(Id::derived(&["parent"]));
    stored.rule = Some(json!({"name": "r"}));
    stored.result = Some(Arc::from(raw(json!({"stdout": "x"}))));
    create(&store, &stored).await;
    let read = store.executions.get(&stored.id).await.expect("get").expect("found");
    assert_eq!(read.to_api(""), stored.to_api(""));
    assert_eq!(read.parent, stored.parent);
    assert!(store.executions.get(&Id::derived(&["nothing"])).await.expect("get").is_none());
}

pub async fn creating_an_execution_twice_changes_nothing(store: Store) {
    assert_eq!(create(&store, &execution("a", NOW)).await, Written::Done);
    assert_eq!(create(&store, &execution("a", later(5))).await, Written::Existed);
    let read = store.executions.get(&execution("a", NOW).id).await.expect("get").expect("found");
    assert_eq!(read.start_timestamp, NOW);
}

pub async fn a_stale_update_is_refused_and_its_batch_with_it(store: Store) {
    create(&store, &execution("a", NOW)).await;
    let stale = Arc::new(execution("a", NOW));
    let document = Document::of(&key("k", "v")).expect("a key is a document");
    let refused = store.batch.commit(vec![Write::UpdateExecution(stale), Write::Put(document)]).await;
    assert!(matches!(refused, Err(Error::Refused { index: 0 })), "{refused:?}");
    assert!(store.keys.list(&Query::all()).await.expect("list").items.is_empty());
}

pub async fn a_transition_reads_again_when_it_was_stale(store: Store) {
    create(&store, &execution("a", NOW)).await;
    let first = Arc::new(execution("a", NOW));
    let scheduled = transition(&store, Arc::clone(&first), Status::Scheduled, later(1), Patch::default(), Vec::new())
        .await
        .expect("transition")
        .moved()
        .expect("moved");
    assert_eq!(scheduled.revision, 2);
    let canceled = transition(&store, first, Status::Canceled, later(2), Patch::default(), Vec::new()).await;
    let canceled = canceled.expect("transition").moved().expect("moved from what is stored, not from what was known");
    let log: Vec<_> = canceled.log.iter().map(|entry| entry.status).collect();
    assert_eq!(log, [Status::Requested, Status::Scheduled, Status::Canceled]);
    assert_eq!(canceled.end_timestamp, Some(later(2)));
}

pub async fn a_transition_that_the_table_forbids_is_refused(store: Store) {
    create(&store, &execution("a", NOW)).await;
    let known = Arc::new(execution("a", NOW));
    let refused = transition(&store, known, Status::Succeeded, NOW, Patch::default(), Vec::new()).await;
    match refused.expect("transition") {
        Transition::Refused(current) => assert_eq!(current.status, Status::Requested),
        other => panic!("expected a refusal, got {other:?}"),
    }
    let unknown = Arc::new(execution("b", NOW));
    let missing = transition(&store, unknown, Status::Succeeded, NOW, Patch::default(), Vec::new()).await;
    assert!(matches!(missing, Ok(Transition::Missing)));
}

pub async fn a_former_owner_is_fenced_off(store: Store) {
    create(&store, &execution("a", NOW)).await;
    let (first, second) = (Id::derived(&["first"]), Id::derived(&["second"]));
    let claim = |owner| Patch { owner: Some(owner), ..Patch::default() };
    let known = Arc::new(execution("a", NOW));
    let running = transition(&store, known, Status::Running, NOW, claim(first), Vec::new()).await;
    let running = running.expect("transition").moved().expect("claimed");
    assert_eq!((running.owner, running.attempt), (Some(first), 1));
    let given_back =
        transition(&store, Arc::clone(&running), Status::Requested, NOW, Patch::default(), Vec::new()).await;
    let given_back = given_back.expect("transition").moved().expect("given back");
    let again = transition(&store, given_back, Status::Running, NOW, claim(second), Vec::new()).await;
    let again = again.expect("transition").moved().expect("claimed again");
    let stale = Patch { fence: Some((first, 1)), ..Patch::default() };
    let refused = transition(&store, running, Status::Succeeded, NOW, stale, Vec::new()).await;
    assert!(matches!(refused, Ok(Transition::Refused(_))), "{refused:?}");
    let rightful = Patch { fence: Some((second, 2)), ..Patch::default() };
    let done = transition(&store, again, Status::Succeeded, NOW, rightful, Vec::new()).await;
    assert!(done.expect("transition").moved().is_some());
}

pub async fn executions_list_by_api_paths(store: Store) {
    for (index, word) in ["a", "b", "c"].into_iter().enumerate() {
        let mut stored = execution(word, later(index as u64));
        if word == "c" {
            stored.parent = Some(execution("a", NOW).id);
            stored.rule = Some(json!({"name": "r"}));
        }
        create(&store, &stored).await;
    }
    let newest = Query::all().descending("start_timestamp");
    let executions = &store.executions;
    let count = |query: Query| async move {
        let page = executions.list(&query, false).await.expect("list");
        page.items.into_iter().map(|execution| execution.id).collect::<Vec<_>>()
    };
    let id = |word| execution(word, NOW).id;
    assert_eq!(count(newest.clone()).await, [id("c"), id("b"), id("a")]);
    assert_eq!(count(newest.clone().filter("parent", Condition::Absent)).await, [id("b"), id("a")]);
    assert_eq!(count(newest.clone().equals("parent", id("a").to_string())).await, [id("c")]);
    assert_eq!(count(newest.clone().equals("rule.name", "r")).await, [id("c")]);
    assert_eq!(count(newest.clone().equals("action.ref", "core.noop").limit(1)).await, [id("c")]);
    let recent = Condition::GreaterThan(later(0).to_string().into());
    assert_eq!(count(newest.clone().filter("start_timestamp", recent)).await, [id("c"), id("b")]);
    assert_eq!(count(newest.equals("status", "running")).await, [] as [Id; 0]);
    let actions = store.executions.distinct("action.ref").await.expect("distinct");
    assert_eq!(actions, [json!("core.noop")]);
}

pub async fn unfinished_executions_come_in_pages(store: Store) {
    let mut ids = Vec::new();
    for word in ["a", "b", "c"] {
        create(&store, &execution(word, NOW)).await;
        ids.push(execution(word, NOW).id);
    }
    let known = Arc::new(execution("b", NOW));
    transition(&store, known, Status::Canceled, NOW, Patch::default(), Vec::new()).await.expect("transition");
    ids.retain(|id| *id != execution("b", NOW).id);
    let first = store.executions.unfinished(None, 1, None).await.expect("sweep");
    assert_eq!(first.len(), 1);
    let rest = store.executions.unfinished(Some(first[0].id), 10, None).await.expect("sweep");
    let mut found: Vec<_> = first.iter().chain(&rest).map(|found| found.id).collect();
    found.sort_unstable();
    ids.sort_unstable();
    assert_eq!(found, ids);
    let end = store.executions.unfinished(Some(rest[0].id), 10, None).await.expect("sweep");
    assert!(end.is_empty(), "the last page was the last");
    let young = store.executions.unfinished(None, 10, Some(NOW)).await.expect("sweep");
    assert!(young.is_empty(), "they started at that very moment");
    let older = store.executions.unfinished(None, 10, Some(later(1))).await.expect("sweep");
    assert_eq!(older.len(), 2);
}

pub async fn children_come_in_order_of_their_start(store: Store) {
    let parent = execution("parent", NOW);
    create(&store, &parent).await;
    for (word, second) in [("late", 9), ("early", 1)] {
        let mut child = execution(word, later(second));
        child.parent = Some(parent.id);
        create(&store, &child).await;
    }
    let ids = store.executions.child_ids(&parent.id).await.expect("children");
    assert_eq!(ids, [execution("early", NOW).id, execution("late", NOW).id]);
}

pub async fn a_sequence_number_is_taken_once(store: Store) {
    let workflow = Id::derived(&["workflow"]);
    let append = |first, events: Vec<Value>| {
        let events = events.into_iter().map(raw).collect();
        store.batch.commit(vec![Write::AppendWorkflowEvents { workflow, first, events }])
    };
    append(1, vec![json!("a"), json!("b")]).await.expect("append");
    let refused = append(2, vec![json!("c")]).await;
    assert!(matches!(refused, Err(Error::Refused { index: 0 })), "{refused:?}");
    append(3, vec![json!("c")]).await.expect("append");
    let events = store.workflows.events(&workflow, 1).await.expect("events");
    let read: Vec<_> = events.iter().map(|event| (event.sequence, event.event.get().to_owned())).collect();
    assert_eq!(read, [(2, "\"b\"".to_owned()), (3, "\"c\"".to_owned())]);
    let snapshot = squall_store::WorkflowSnapshot { workflow, sequence: 3, state: raw(json!({"n": 1})) };
    store.batch.commit(vec![Write::SaveWorkflowSnapshot(snapshot)]).await.expect("save");
    assert_eq!(store.workflows.snapshot(&workflow).await.expect("read").map(|saved| saved.sequence), Some(3));
}

pub async fn output_keeps_its_order(store: Store) {
    use squall_model::{OutputChunk, OutputType};
    let owner = execution("a", NOW);
    let chunk = |text: &str, output_type| OutputChunk {
        id: Id::derived(&[text]),
        execution_id: owner.id,
        action_ref: "core.local".into(),
        runner_ref: "local-shell-cmd".into(),
        timestamp: NOW,
        output_type,
        data: text.into(),
    };
    let chunks = vec![chunk("1", OutputType::Stdout), chunk("2", OutputType::Stderr), chunk("3", OutputType::Stdout)];
    store.outputs.append(chunks).await.expect("append");
    let texts = |chunks: Vec<OutputChunk>| chunks.into_iter().map(|chunk| chunk.data).collect::<Vec<_>>();
    assert_eq!(texts(store.outputs.read(&owner.id, None).await.expect("read")), ["1", "2", "3"]);
    let stdout = store.outputs.read(&owner.id, Some(OutputType::Stdout)).await.expect("read");
    assert_eq!(texts(stdout), ["1", "3"]);
}

pub async fn ended_executions_can_be_removed(store: Store) {
    for word in ["a", "b"] {
        create(&store, &execution(word, NOW)).await;
    }
    let known = Arc::new(execution("a", NOW));
    transition(&store, known, Status::Canceled, later(1), Patch::default(), Vec::new()).await.expect("transition");
    assert_eq!(store.executions.delete_ended_before(later(1), 10).await.expect("delete"), 0);
    assert_eq!(store.executions.delete_ended_before(later(2), 10).await.expect("delete"), 1);
    let left = store.executions.list(&Query::all(), true).await.expect("list").items;
    assert_eq!(left.len(), 1);
}
