//! A server that is away, stopped or cut off: every call answers within seconds, and work resumes without anybody's help.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use squall_model::{Id, KeyScope, KeyValue, Timestamp};
use squall_store::{Error, Query, Result, Store, Write};
use squall_store_mongodb::{Options, open};
use squall_testkit::execution;
use tokio::net::TcpListener;

use super::lane;
use super::proxy::Proxy;

/// The longest that anybody may have to wait for an answer: the search for a server and one exchange with it.
const LONGEST: Duration = Duration::from_secs(10);
const NOW: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

fn key(name: &str) -> KeyValue {
    KeyValue {
        id: Id::derived(&[name]),
        name: name.to_owned(),
        scope: KeyScope::System,
        description: None,
        value: "v".to_owned(),
        secret: false,
        expire_timestamp: None,
    }
}

async fn is_unavailable<T>(what: &str, call: impl Future<Output = Result<T>>) {
    match tokio::time::timeout(LONGEST, call).await {
        Ok(Err(Error::Unavailable(_))) => {}
        Ok(Err(error)) => panic!("{what}: {error}"),
        Ok(Ok(_)) => panic!("{what} was answered"),
        Err(_) => panic!("{what} hangs"),
    }
}

async fn everything_is_unavailable(store: &Store) {
    let (id, first) = (execution("a", NOW).id, Query::all().limit(1));
    let create = Write::CreateExecution(Arc::new(execution("new", NOW)));
    tokio::join!(
        is_unavailable("get", store.executions.get(&id)),
        is_unavailable("find", store.keys.find("k")),
        is_unavailable("list", store.keys.list(&first)),
        is_unavailable("put", store.keys.put(key("b"))),
        is_unavailable("delete", store.keys.delete(&id)),
        is_unavailable("commit", store.batch.commit(vec![create])),
        is_unavailable("sweep", store.executions.unfinished(None, 10, None)),
        is_unavailable("distinct", store.executions.distinct("status")),
        is_unavailable("events", store.workflows.events(&id, 0)),
        is_unavailable("output", store.outputs.read(&id, None)),
    );
}

async fn resumes(store: &Store) {
    let trying = async {
        while store.keys.put(key("after")).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    assert!(tokio::time::timeout(LONGEST * 2, trying).await.is_ok(), "work does not resume");
    assert!(store.keys.get(&key("before").id).await.expect("get").is_some(), "what was acknowledged is there");
}

/// Returns the lane's server behind a wire, with a store on it.
async fn behind_a_proxy() -> Option<(Proxy, Store)> {
    let url = lane::server()?;
    let server = url.trim_start_matches("mongodb://").split('/').next().expect("a host").to_owned();
    let proxy = Proxy::to(server).await;
    let options = Options { url: format!("mongodb://{}/", proxy.address), ..lane::options(&url) };
    let store = open(&options).await.expect("open through the proxy");
    store.keys.put(key("before")).await.expect("put");
    Some((proxy, store))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_was_stopped_is_said_within_seconds_and_work_resumes() {
    let Some((proxy, store)) = behind_a_proxy().await else { return };
    proxy.stop();
    everything_is_unavailable(&store).await;
    proxy.open();
    resumes(&store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_were_cut_are_made_again() {
    let Some((proxy, store)) = behind_a_proxy().await else { return };
    proxy.cut();
    everything_is_unavailable(&store).await;
    proxy.open();
    resumes(&store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_away_or_mute_is_said_at_the_start() {
    let mute = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = mute.local_addr().expect("an address");
    let to = |address| Options { url: format!("mongodb://{address}/"), database: None };
    is_unavailable("a mute server", open(&to(address))).await;
    drop(mute);
    is_unavailable("a server that is away", open(&to(address))).await;
    let nonsense = Options { url: "mongodb://".to_owned(), database: None };
    assert!(open(&nonsense).await.is_err());
}
