use super::*;
use crate::{Exit, Spawn};

/// An owner that cannot be alive: this process' number with another start time.
fn former_owner(directory: &Path) -> PathBuf {
    let this = ProcessIdentity::of_this_process().unwrap();
    let path = directory.join(owner_name(ProcessIdentity { start_time: this.start_time + 1, ..this }));
    fs::create_dir_all(&path).unwrap();
    path
}

fn sleeping(execution_id: &str, script: &str) -> crate::Child {
    let mut spawn = Spawn::new("sh");
    spawn.args = vec!["-c".into(), script.into()];
    spawn.environment.insert(EXECUTION_VARIABLE.to_owned(), execution_id.to_owned());
    spawn.start().unwrap()
}

#[tokio::test]
async fn the_group_of_a_dead_owner_is_killed() {
    let directory = tempfile::tempdir().unwrap();
    let former = former_owner(directory.path());
    let registry = Registry::open(directory.path()).unwrap();
    let mut stray = sleeping("e1", "sleep 1000");
    fs::write(former.join("e1"), format!("{} {}", stray.identity().pid, stray.identity().start_time)).unwrap();

    assert_eq!(registry.reap_strays().unwrap(), ["e1"]);
    assert_eq!(stray.wait().await.unwrap(), Exit::Signal(9));
    assert!(!former.exists());
    assert!(registry.reap_strays().unwrap().is_empty());
}

#[tokio::test]
async fn a_process_that_only_has_the_same_number_is_spared() {
    let directory = tempfile::tempdir().unwrap();
    let former = former_owner(directory.path());
    let registry = Registry::open(directory.path()).unwrap();
    let mut stranger = sleeping("another", "read line; exit 5");
    fs::write(former.join("e1"), format!("{} {}", stranger.identity().pid, stranger.identity().start_time + 1))
        .unwrap();

    assert!(registry.reap_strays().unwrap().is_empty());
    assert_eq!(stranger.wait().await.unwrap(), Exit::Code(5));
}

#[tokio::test]
async fn a_group_that_outlived_its_leader_is_recognised_by_its_environment() {
    let directory = tempfile::tempdir().unwrap();
    let former = former_owner(directory.path());
    let registry = Registry::open(directory.path()).unwrap();
    let mut stray = sleeping("e1", "sleep 1000 & exit 0");
    let leader = stray.identity();
    stray.wait().await.unwrap();
    fs::write(former.join("e1"), format!("{} {}", leader.pid, leader.start_time)).unwrap();

    assert_eq!(registry.reap_strays().unwrap(), ["e1"]);
    assert_eq!(stray.next_output().await, None, "the orphan held the output open until it was killed");
}

#[tokio::test]
async fn a_process_whose_server_died_before_it_noted_the_number_is_killed() {
    let directory = tempfile::tempdir().unwrap();
    let former = former_owner(directory.path());
    let registry = Registry::open(directory.path()).unwrap();
    let mut stray = sleeping("unnoted", "sleep 1000");
    fs::write(former.join("unnoted"), "").unwrap();
    fs::write(former.join("never-started"), "").unwrap();

    assert_eq!(registry.reap_strays().unwrap(), ["unnoted"]);
    assert_eq!(stray.wait().await.unwrap(), Exit::Signal(9));
}

#[test]
fn records_of_this_process_are_left_alone_and_go_with_their_guard() {
    let directory = tempfile::tempdir().unwrap();
    let registry = Registry::open(directory.path()).unwrap();
    let record = registry.announce("e1").unwrap();
    record.identify(ProcessIdentity { pid: 1, start_time: 1 }).unwrap();
    assert!(registry.reap_strays().unwrap().is_empty());
    let path = record.path.clone();
    assert!(path.exists());
    drop(record);
    assert!(!path.exists());
}

#[test]
fn an_execution_id_cannot_leave_the_directory() {
    let directory = tempfile::tempdir().unwrap();
    let registry = Registry::open(directory.path()).unwrap();
    for name in ["", "../x", "a/b", "."] {
        assert!(registry.announce(name).is_err(), "{name:?}");
    }
}
