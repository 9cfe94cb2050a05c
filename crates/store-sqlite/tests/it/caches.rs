//! What is kept in memory is never older than the last acknowledged write, whichever way that was made.

use squall_model::Resource;
use squall_store::{Document, Query, Store, Write};
use squall_store_sqlite::open_in_memory;
use squall_testkit::action;

async fn names(store: &Store) -> Vec<String> {
    let page = store.actions.list(&Query::all().equals("pack", "cached").ascending("name")).await.expect("list");
    page.items.into_iter().map(|found| format!("{}={}", found.name, found.enabled)).collect()
}

#[tokio::test]
async fn a_list_shows_every_write_before_it() {
    let store = open_in_memory().expect("open");
    let mut first = action("cached", "first", "noop");
    assert!(names(&store).await.is_empty());
    store.actions.insert(first.clone()).await.expect("insert");
    assert_eq!(names(&store).await, ["first=true"]);
    first.enabled = false;
    assert!(store.actions.replace(first.clone(), 1).await.expect("replace"));
    assert_eq!(names(&store).await, ["first=false"]);
    let second = Document::of(&action("cached", "second", "noop")).expect("a document");
    store.batch.commit(vec![Write::Put(second)]).await.expect("commit");
    assert_eq!(names(&store).await, ["first=false", "second=true"]);
    assert!(store.actions.delete(&first.id()).await.expect("delete"));
    assert_eq!(names(&store).await, ["second=true"]);
}
