//! The very first start, killed again and again before it is done: what it leaves half made, the next one completes.

use std::time::Duration;

use squall::demo::lifecycle::Platform;

use crate::aftermath;
use crate::support::dice::{Dice, fresh_seed, number_from_environment};
use crate::support::processes::{Server, log_of};

const KILLS: usize = 8;
/// About as long as a first start takes on a slow machine.
const LONGEST: Duration = Duration::from_millis(1500);

#[tokio::test(flavor = "multi_thread")]
async fn a_first_start_that_is_killed_is_completed_by_the_next() {
    let seed = number_from_environment("SQUALL_FAULTS_SEED").unwrap_or_else(fresh_seed);
    println!("SQUALL_FAULTS_SEED={seed}");
    let undisturbed = tempfile::tempdir().expect("a temporary directory");
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut dice = Dice::of(seed);
    let mut server = Server::launch(directory.path());
    for _ in 0..KILLS {
        tokio::time::sleep(dice.pause(Duration::ZERO, LONGEST)).await;
        let killed = server.kill_and_restart();
        killed.unwrap_or_else(|trouble| panic!("{trouble}\n{}", log_of(directory.path())));
    }
    server.wait_until_it_answers();
    let registered = registered(&server).await;
    assert_eq!(registered, self::registered(&Server::start(undisturbed.path())).await);
    assert!(registered.iter().all(|count| *count > 0), "{registered:?}");
    assert!(server.stop().success());
    assert_eq!(aftermath::verdict(&server.data_dir()).expect("the database"), "ok");
    let log = log_of(directory.path());
    assert!(!log.contains("ERROR"), "{log}");
}

/// Logs in with the password that was written down, and counts what is registered.
async fn registered(server: &Server) -> Vec<usize> {
    let [api, auth] = [server.api, server.auth].map(|address| format!("http://{address}"));
    let password_file = server.data_dir().join("initial-admin-password");
    let platform = Platform::connect(&api, &auth, &password_file).await.expect("the administrator logs in");
    let mut counts = Vec::new();
    for kind in ["packs", "actions", "rules", "triggertypes", "triggers", "runnertypes", "sensortypes"] {
        let list = platform.get(&format!("/{kind}?limit=-1")).await.expect("a list").body;
        counts.push(list.as_array().unwrap_or_else(|| panic!("no list of {kind}: {list}")).len());
    }
    counts
}
