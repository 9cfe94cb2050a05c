//! Documents: what the four ways to write them promise, and what lists answer at the edges.

use serde_json::json;
use squall_model::{Id, Rule};
use squall_store::{Condition, Direction, Document, Error, Page, Query, Sort, Store, Write, Written};

use super::{key, rule};

fn names(page: Page<Rule>) -> Vec<String> {
    page.items.into_iter().map(|rule| rule.name).collect()
}

pub async fn storing_a_document_again_replaces_it(store: Store) {
    store.rules.put(rule("r", false)).await.expect("put");
    let first = store.rules.find("p.r").await.expect("find").expect("found");
    store.rules.put(rule("r", true)).await.expect("put again");
    let second = store.rules.find("p.r").await.expect("find").expect("found");
    assert!(second.value.enabled && !first.value.enabled);
    assert!(second.revision > first.revision, "{} after {}", second.revision, first.revision);
    assert!(!store.rules.replace(rule("r", false), first.revision).await.expect("replace"), "the revision is stale");
    assert_eq!(store.rules.list(&Query::all()).await.expect("list").total, 1);
}

pub async fn a_key_has_one_holder_whichever_way_it_is_written(store: Store) {
    store.rules.insert(rule("held", true)).await.expect("insert");
    store.rules.insert(rule("other", true)).await.expect("insert");
    let mut thief = rule("held", false);
    thief.id = rule("other", true).id;
    let revision = store.rules.get(&thief.id).await.expect("get").expect("found").revision;
    let outcomes = [
        store.rules.put(thief.clone()).await,
        store.rules.replace(thief.clone(), revision).await.map(|_| ()),
        store.batch.commit(vec![Write::Put(Document::of(&thief).expect("a document"))]).await.map(|_| ()),
    ];
    for outcome in outcomes {
        match outcome {
            Err(Error::Conflict { .. }) => {}
            outcome => panic!("expected a conflict, got {outcome:?}"),
        }
    }
    assert_eq!(store.rules.get(&thief.id).await.expect("get").expect("found").value.name, "other");
    assert!(store.rules.find("p.held").await.expect("find").expect("found").value.enabled);
}

pub async fn inserting_an_id_again_changes_nothing(store: Store) {
    let (first, second) = (key("k", "first"), key("k", "second"));
    store.keys.insert(first.clone()).await.expect("insert");
    match store.keys.insert(second.clone()).await {
        Err(Error::Conflict { id, .. }) => assert_eq!(id, Some(first.id)),
        outcome => panic!("expected a conflict, got {outcome:?}"),
    }
    let document = Document::of(&second).expect("a document");
    let written = store.batch.commit(vec![Write::Insert(document)]).await.expect("commit");
    assert_eq!(written, [Written::Existed]);
    assert_eq!(store.keys.get(&first.id).await.expect("get").expect("found").value, first);
    let mut elsewhere = second;
    elsewhere.id = Id::derived(&["elsewhere"]);
    let document = Document::of(&elsewhere).expect("a document");
    match store.batch.commit(vec![Write::Insert(document)]).await {
        Err(Error::Conflict { id, .. }) => assert_eq!(id, Some(first.id)),
        outcome => panic!("expected a conflict, got {outcome:?}"),
    }
}

pub async fn what_is_gone_is_not_replaced(store: Store) {
    store.rules.insert(rule("r", true)).await.expect("insert");
    assert!(store.rules.delete(&rule("r", true).id).await.expect("delete"));
    assert!(!store.rules.replace(rule("r", false), 1).await.expect("replace"));
    assert!(store.rules.find("p.r").await.expect("find").is_none());
    store.rules.insert(rule("r", false)).await.expect("the key is free again");
}

pub async fn every_condition_means_the_same_on_every_path(store: Store) {
    for (index, name) in ["c", "a", "d", "b"].into_iter().enumerate() {
        let mut made = rule(name, index % 2 == 0);
        made.description = (name != "a").then(|| format!("50% of $x.{name}"));
        store.rules.insert(made).await.expect("insert");
    }
    let text = |text: &str| json!(text);
    let cases: Vec<(&str, Condition, &[&str])> = vec![
        ("name", Condition::LessThan(text("b")), &["a"]),
        ("name", Condition::AtLeast(text("c")), &["c", "d"]),
        ("name", Condition::AtMost(text("b")), &["a", "b"]),
        ("name", Condition::In(Vec::new()), &[]),
        ("name", Condition::Present, &["a", "b", "c", "d"]),
        ("name", Condition::Equals(json!(null)), &[]),
        ("name", Condition::StartsWith(String::new()), &["a", "b", "c", "d"]),
        ("pack", Condition::StartsWith("p.*".into()), &[]),
        ("enabled", Condition::Equals(json!(false)), &["a", "b"]),
        ("id", Condition::Equals(json!(rule("c", true).id)), &["c"]),
        ("id", Condition::In(vec![json!(rule("c", true).id), text("none")]), &["c"]),
        ("id", Condition::Equals(text("none")), &[]),
        // No list of the API goes by these: they are answered all the same.
        ("description", Condition::Present, &["b", "c", "d"]),
        ("description", Condition::Equals(text("50% of $x.c")), &["c"]),
        ("description", Condition::StartsWith("50% of $x.".into()), &["b", "c", "d"]),
        ("description", Condition::GreaterThan(text("50% of $x.b")), &["c", "d"]),
        ("description", Condition::In(vec![text("50% of $x.b"), text("x")]), &["b"]),
        ("trigger.type", Condition::Equals(text("core.t")), &["a", "b", "c", "d"]),
        ("no.such.path", Condition::Absent, &["a", "b", "c", "d"]),
        ("no.such.path", Condition::Equals(text("x")), &[]),
        ("tags", Condition::AnyElement { field: "name".into(), equals: text("colour") }, &["a", "b", "c", "d"]),
        ("tags", Condition::AnyElement { field: "none".into(), equals: text("colour") }, &[]),
    ];
    for (path, condition, expected) in cases {
        let page = store.rules.list(&Query::all().ascending("name").filter(path, condition.clone())).await;
        let page = page.unwrap_or_else(|error| panic!("{path} {condition:?}: {error}"));
        assert_eq!(page.total, expected.len() as u64, "{path} {condition:?}");
        assert_eq!(names(page), expected, "{path} {condition:?}");
    }
    let between = Query::all()
        .filter("name", Condition::GreaterThan(text("a")))
        .filter("name", Condition::LessThan(text("d")))
        .descending("name");
    assert_eq!(names(store.rules.list(&between).await.expect("list")), ["c", "b"]);
    for (direction, expected) in [(Direction::Ascending, ["a", "b"]), (Direction::Descending, ["d", "c"])] {
        let mut sorted = Query::all().limit(2);
        sorted.sort = vec![Sort { path: "description".into(), direction }];
        let page = store.rules.list(&sorted).await.expect("list");
        assert_eq!((page.total, names(page)), (4, expected.map(str::to_owned).to_vec()), "{direction:?}");
    }
}

pub async fn pages_neither_repeat_nor_miss_what_sorts_alike(store: Store) {
    let all: Vec<String> = (0..7).map(|number| format!("r{number}")).collect();
    for name in &all {
        store.rules.insert(rule(name, true)).await.expect("insert");
    }
    for query in [Query::all().descending("pack"), Query::all().ascending("enabled"), Query::all()] {
        let mut seen = Vec::new();
        for offset in (0..9).step_by(3) {
            let page = store.rules.list(&Query { offset, ..query.clone().limit(3) }).await.expect("list");
            assert_eq!(page.total, 7, "{query:?}");
            seen.extend(names(page));
        }
        seen.sort_unstable();
        assert_eq!(seen, all, "{query:?}");
        let beyond = store.rules.list(&Query { offset: 100, ..query.clone().limit(3) }).await.expect("list");
        assert_eq!((beyond.total, beyond.items.len()), (7, 0), "{query:?}");
    }
}

pub async fn documents_are_deleted_by_any_path(store: Store) {
    for name in ["a", "b", "c"] {
        store.keys.insert(key(name, name)).await.expect("insert");
    }
    let mut chosen = Query::all().equals("value", "b");
    assert_eq!(store.keys.delete_matching(&chosen, 10).await.expect("delete"), 1);
    assert_eq!(store.keys.delete_matching(&chosen, 10).await.expect("delete again"), 0);
    chosen = Query::all().descending("name");
    assert_eq!(store.keys.delete_matching(&chosen, 1).await.expect("delete the last"), 1);
    let left = store.keys.list(&Query::all()).await.expect("list").items;
    assert_eq!(left.iter().map(|key| key.name.as_str()).collect::<Vec<_>>(), ["a"]);
}
