//! Executions: what lists show and what goes with them.

use std::sync::Arc;

use serde_json::{Value, json};
use squall_model::{Execution, Id, Map, OutputChunk, OutputType, RunnerInfo, Status};
use squall_store::{Condition, Patch, Query, Store, Write, transition};

use super::{NOW, create, later, raw};
use crate::execution;

pub async fn a_move_is_stored_with_all_that_changed(store: Store) {
    let callback = Map::from_iter([("url".to_owned(), json!("http://nowhere.invalid"))]);
    let known = Arc::new(with("a", 0, |made| made.callback = callback));
    create(&store, &known).await;
    let owner = Id::derived(&["owner"]);
    let patch = Patch {
        context: Map::from_iter([("more".to_owned(), json!(1))]),
        runner_info: Some(RunnerInfo { hostname: "h".to_owned(), pid: 7 }),
        owner: Some(owner),
        wake_at: Some(later(9)),
        ..Patch::default()
    };
    let moved = transition(&store, known, Status::Running, later(1), patch, Vec::new()).await.expect("transition");
    let moved = moved.moved().expect("moved");
    let read = store.executions.get(&moved.id).await.expect("get").expect("found");
    assert_eq!(read.to_api(""), moved.to_api(""));
    assert_eq!((read.owner, read.attempt, read.wake_at), (Some(owner), 1, Some(later(9))));
    assert_eq!((read.revision, &read.log), (moved.revision, &moved.log));
    let ended = transition(&store, read, Status::Succeeded, later(2), Patch::result(&json!("x")), Vec::new()).await;
    let ended = ended.expect("transition").moved().expect("ended");
    let read = store.executions.get(&ended.id).await.expect("get").expect("found");
    assert_eq!((read.owner, read.wake_at, read.end_timestamp), (None, None, Some(later(2))));
    assert_eq!(read.to_api(""), ended.to_api(""));
}

pub async fn results_are_listed_only_when_asked_for(store: Store) {
    let mut stored = execution("a", NOW);
    stored.result = Some(Arc::from(raw(json!({"stdout": "x"}))));
    create(&store, &stored).await;
    for (query, found) in [
        (Query::all(), 1),
        (Query::all().equals("result.stdout", "x"), 1),
        (Query::all().equals("result.stdout", "y"), 0),
        (Query::all().filter("result_size", Condition::GreaterThan(json!(3))), 1),
    ] {
        for with_results in [false, true] {
            let items = store.executions.list(&query, with_results).await.expect("list").items;
            assert_eq!(items.len(), found, "{query:?}");
            assert!(items.iter().all(|item| item.result.is_some() == with_results), "{query:?}");
        }
    }
}

fn with(word: &str, second: u64, change: impl FnOnce(&mut Execution)) -> Execution {
    let mut made = execution(word, later(second));
    change(&mut made);
    made
}

pub async fn executions_are_found_by_what_they_came_from(store: Store) {
    let parent = Id::derived(&["parent"]);
    let made = [
        with("a", 0, |made| made.rule = Some(json!({"name": "r", "ref": "p.r"}))),
        with("b", 1, |made| made.trigger = Some(json!({"name": "t"}))),
        with("c", 2, |made| made.trigger_type = Some(json!({"name": "tt"}))),
        with("d", 3, |made| made.trigger_instance = Some(json!({"id": parent}))),
        with("e", 4, |made| made.parent = Some(parent)),
        with("f", 5, |made| {
            made.context.insert("user".to_owned(), json!("somebody"));
            made.context.insert("orquesta".to_owned(), json!({"task_id": "t1"}));
        }),
        with("g", 6, |made| made.parameters = Map::from_iter([("cmd".to_owned(), json!("date"))])),
        with("h", 7, |made| made.workflow_execution = Some(parent)),
    ];
    for execution in &made {
        create(&store, execution).await;
    }
    let liveaction = made[0].liveaction_id.to_string();
    let cases = [
        ("liveaction.id", Condition::Equals(json!(liveaction)), "a"),
        ("rule.name", Condition::Equals(json!("r")), "a"),
        ("rule.name", Condition::Present, "a"),
        ("rule.ref", Condition::Equals(json!("p.r")), "a"),
        ("trigger.name", Condition::Equals(json!("t")), "b"),
        ("trigger_type.name", Condition::Equals(json!("tt")), "c"),
        ("trigger_instance.id", Condition::Equals(json!(parent)), "d"),
        ("parent", Condition::Equals(json!(parent)), "e"),
        ("parent", Condition::Present, "e"),
        ("context.user", Condition::Equals(json!("somebody")), "f"),
        ("context.orquesta.task_id", Condition::Equals(json!("t1")), "f"),
        ("workflow_execution", Condition::Equals(json!(parent)), "h"),
        ("start_timestamp", Condition::LessThan(json!(later(1))), "a"),
        ("start_timestamp", Condition::AtLeast(json!(later(7))), "h"),
        ("id", Condition::In(vec![json!(execution("b", NOW).id), json!("none")]), "b"),
    ];
    for (path, condition, word) in cases {
        let page = store.executions.list(&Query::all().filter(path, condition.clone()), false).await.expect("list");
        let ids: Vec<Id> = page.items.iter().map(|found| found.id).collect();
        assert_eq!(ids, [execution(word, NOW).id], "{path} {condition:?}");
        assert_eq!(page.total, 1, "{path} {condition:?}");
    }
    let page = store.executions.list(&Query::all().filter("parent", Condition::Absent).limit(2), false).await;
    assert_eq!(page.expect("list").total, 7);
    let packs = Query::all().equals("action.pack", "core").equals("action.name", "noop").limit(1);
    assert_eq!(store.executions.list(&packs, false).await.expect("list").total, 8);
}

pub async fn distinct_values_say_where_there_is_none(store: Store) {
    create(&store, &with("a", 0, |made| made.rule = Some(json!({"name": "r"})))).await;
    create(&store, &with("b", 0, |made| made.rule = Some(json!({"name": "r"})))).await;
    create(&store, &execution("c", NOW)).await;
    let sorted = async |path: &str| {
        let mut values = store.executions.distinct(path).await.expect("distinct");
        values.sort_by_key(Value::to_string);
        values
    };
    assert_eq!(sorted("rule.name").await, [json!("r"), json!(null)]);
    assert_eq!(sorted("status").await, [json!("requested")]);
    assert_eq!(sorted("trigger.name").await, [json!(null)]);
    assert_eq!(sorted("runner.name").await, [json!("noop")]);
    assert_eq!(sorted("context.user").await, [json!("tester")]);
}

pub async fn an_execution_takes_its_output_and_log_with_it(store: Store) {
    let stored = execution("a", NOW);
    create(&store, &stored).await;
    let workflow = stored.id.child("workflow");
    let append = Write::AppendWorkflowEvents { workflow, first: 1, events: vec![raw(json!("x"))] };
    store.batch.commit(vec![append]).await.expect("append");
    let chunk = OutputChunk {
        id: Id::derived(&["chunk"]),
        execution_id: stored.id,
        action_ref: "core.local".into(),
        runner_ref: "local-shell-cmd".into(),
        timestamp: NOW,
        output_type: OutputType::Stdout,
        data: "x".into(),
    };
    store.outputs.append(vec![chunk]).await.expect("append output");
    store.outputs.append(Vec::new()).await.expect("append nothing");
    transition(&store, Arc::new(stored.clone()), Status::Canceled, NOW, Patch::default(), Vec::new())
        .await
        .expect("transition");
    assert_eq!(store.executions.delete_ended_before(later(1), 10).await.expect("delete"), 1);
    assert!(store.executions.get(&stored.id).await.expect("get").is_none());
    assert!(store.outputs.read(&stored.id, None).await.expect("read").is_empty());
    assert!(store.workflows.events(&workflow, 0).await.expect("events").is_empty());
}
