//! The secrets of an installation: the datastore key, the key of service tokens, the first administrator's password.
//! Each is a file of its own that only its owner may read. Processes that start together on a shared directory agree on one content.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::{fs, io};

use anyhow::{Context as _, Result, bail};
use squall_model::Secret;
use squall_service::crypto::DatastoreKey;
use squall_service::{Entropy, SystemEntropy};

const ADMIN: &str = "st2admin";
const DATASTORE_KEY: &str = "datastore-key.json";
const SERVICE_TOKEN_KEY: &str = "service-token-key";
const INITIAL_ADMIN: &str = "initial-admin-password";

/// Reads the datastore key, making one at the first start.
pub(crate) fn datastore_key(keys_dir: &Path) -> Result<DatastoreKey> {
    let path = keys_dir.join(DATASTORE_KEY);
    let text = read_or_create(&path, || DatastoreKey::generate(&SystemEntropy).to_json())?;
    DatastoreKey::from_json(&text).with_context(|| path.display().to_string())
}

/// Reads the key that signs the tokens of actions and sensors, making one at the first start.
pub(crate) fn service_token_key(keys_dir: &Path) -> Result<Secret> {
    read_or_create(&keys_dir.join(SERVICE_TOKEN_KEY), || SystemEntropy.hex(32)).map(Secret::new)
}

/// Copies the keys of an installation to another directory; keys that are there and differ are not overwritten.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| to.display().to_string())?;
    for name in [DATASTORE_KEY, SERVICE_TOKEN_KEY, INITIAL_ADMIN] {
        let Ok(text) = fs::read_to_string(from.join(name)) else { continue };
        let there = read_or_create(&to.join(name), || text.clone())?;
        if there != text {
            bail!("{} belongs to another installation; what is encrypted could not be read", to.join(name).display());
        }
    }
    Ok(())
}

/// The first administrator: who, and where the password is written.
pub(crate) struct InitialAdmin {
    pub(crate) user: String,
    pub(crate) password: Secret,
    pub(crate) file: PathBuf,
}

/// Makes up the first administrator's password and writes it to a file, or reads the one that is there.
pub(crate) fn initial_admin(keys_dir: &Path) -> Result<InitialAdmin> {
    let file = keys_dir.join(INITIAL_ADMIN);
    let text = read_or_create(&file, || format!("{ADMIN}:{}\n", SystemEntropy.hex(12)))?;
    let (user, password) =
        text.trim().split_once(':').with_context(|| format!("{}: not user:password", file.display()))?;
    Ok(InitialAdmin { user: user.to_owned(), password: Secret::new(password), file })
}

fn read_or_create(path: &Path, make: impl FnOnce() -> String) -> Result<String> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => create(path, make()),
        Err(error) => Err(error).with_context(|| path.display().to_string()),
    }
}

/// Writes the file whole or not at all. Of several processes that do this at once one wins; the others take its content.
fn create(path: &Path, text: String) -> Result<String> {
    let draft = path.with_extension(format!("{}.new", SystemEntropy.hex(8)));
    let made = place(path, &draft, &text);
    // Linked or not, the draft's own name has served.
    let _gone = fs::remove_file(&draft);
    match made {
        Ok(()) => Ok(text),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            fs::read_to_string(path).with_context(|| path.display().to_string())
        }
        Err(error) => Err(error).with_context(|| path.display().to_string()),
    }
}

fn place(path: &Path, draft: &Path, text: &str) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::hard_link(draft, path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn processes_that_start_together_agree_on_one_key() {
        let directory = tempfile::tempdir().unwrap();
        let keys: Vec<Secret> = std::thread::scope(|scope| {
            let starts: Vec<_> = (0..8).map(|_| scope.spawn(|| service_token_key(directory.path()).unwrap())).collect();
            starts.into_iter().map(|start| start.join().unwrap()).collect()
        });
        assert!(keys.iter().all(|key| key == &keys[0]));
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "no draft is left");
    }

    #[test]
    fn secrets_are_made_once_and_are_their_owners_alone() {
        let directory = tempfile::tempdir().unwrap();
        let first = initial_admin(directory.path()).unwrap();
        let again = initial_admin(directory.path()).unwrap();
        assert_eq!(first.password, again.password);
        assert_eq!(fs::metadata(&first.file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_to_string(&first.file).unwrap().lines().count(), 1);
    }
}
