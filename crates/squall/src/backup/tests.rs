//! What a restore refuses, and that it is what was backed up.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use squall_model::Id;
use squall_store_sqlite::Options;

use super::*;

fn open(directory: &Path) -> squall_store_sqlite::Opened {
    let path = Some(directory.join(DATABASE));
    squall_store_sqlite::open(&Options { path, max_pages: None }).unwrap()
}

async fn installation(directory: &Path) -> squall_store_sqlite::Opened {
    let opened = open(directory);
    let user = squall_model::User {
        id: Id::derived(&["u"]),
        name: "somebody".to_owned(),
        password_hash: None,
        is_admin: true,
        is_service: false,
        nicknames: squall_model::Map::new(),
    };
    opened.store.users.put(user).await.unwrap();
    fs::write(directory.join("datastore-key.json"), "key").unwrap();
    fs::set_permissions(directory.join("datastore-key.json"), fs::Permissions::from_mode(0o600)).unwrap();
    fs::create_dir_all(directory.join("packs/own/actions")).unwrap();
    fs::write(directory.join("packs/own/actions/a.sh"), "#!/bin/sh\n").unwrap();
    fs::set_permissions(directory.join("packs/own/actions/a.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    opened
}

fn write(data_dir: &Path, file: &Path) -> Result<ExitCode> {
    write_backup(&BackupArgs { file: file.to_owned(), data_dir: data_dir.to_owned() })
}

fn read(file: &Path, data_dir: &Path, force: bool) -> Result<ExitCode> {
    read_backup(&RestoreArgs { file: file.to_owned(), data_dir: data_dir.to_owned(), force })
}

fn refusal(outcome: Result<ExitCode>) -> String {
    format!("{:#}", outcome.unwrap_err())
}

#[tokio::test]
async fn what_comes_back_is_what_was_there_with_keys_for_their_owner_alone() {
    let here = tempfile::tempdir().unwrap();
    let [from, to, file] = ["from", "to", "b.tar"].map(|name| here.path().join(name));
    fs::create_dir(&from).unwrap();
    // The server is still running: the lock is held.
    let running = installation(&from).await;
    write(&from, &file).unwrap();
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(refusal(write(&from, &file)).contains("exists already"));
    drop(running);

    read(&file, &to, false).unwrap();
    let restored = open(&to);
    assert_eq!(restored.store.users.list(&squall_store::Query::all()).await.unwrap().items[0].name, "somebody");
    let mode = |name: &str| fs::metadata(to.join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("datastore-key.json"), mode("packs/own/actions/a.sh")), (0o600, 0o755));
    let left: Vec<_> = fs::read_dir(&to).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with(".restore")), "{left:?}");
}

#[tokio::test]
async fn a_restore_refuses_a_used_directory_a_running_server_and_a_damaged_file() {
    let here = tempfile::tempdir().unwrap();
    let [from, to, file] = ["from", "to", "b.tar"].map(|name| here.path().join(name));
    fs::create_dir(&from).unwrap();
    let running = installation(&from).await;
    write(&from, &file).unwrap();
    assert!(refusal(read(&file, &from, true)).contains("another process"), "the server still runs");
    drop(running);
    assert!(refusal(read(&file, &from, false)).contains("--force"));
    read(&file, &from, true).unwrap();

    let whole = fs::read(&file).unwrap();
    let middle = whole.len() / 2;
    let mut changed = whole.clone();
    changed[middle] ^= 1;
    for (what, bytes) in [("a changed byte", changed.as_slice()), ("half of it", &whole[..middle]), ("nothing", &[])] {
        fs::write(&file, bytes).unwrap();
        let reason = refusal(read(&file, &to, false));
        assert!(reason.contains("damaged") || reason.contains("cut"), "{what}: {reason}");
        assert!(!to.join(DATABASE).exists(), "{what} must leave nothing behind");
    }
}
