//! The secrets of an installation: the datastore key, the key of service tokens, the first administrator's password.
//! Each is a file of its own below the data directory that only its owner may read.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::{fs, io};

use anyhow::{Context as _, Result};
use squall_model::Secret;
use squall_service::crypto::DatastoreKey;
use squall_service::{Entropy, SystemEntropy};

const ADMIN: &str = "st2admin";

/// Reads the datastore key, making one at the first start.
pub(crate) fn datastore_key(data_dir: &Path) -> Result<DatastoreKey> {
    let path = data_dir.join("datastore-key.json");
    let text = read_or_create(&path, || DatastoreKey::generate(&SystemEntropy).to_json())?;
    DatastoreKey::from_json(&text).with_context(|| path.display().to_string())
}

/// Reads the key that signs the tokens of actions and sensors, making one at the first start.
pub(crate) fn service_token_key(data_dir: &Path) -> Result<Secret> {
    read_or_create(&data_dir.join("service-token-key"), || SystemEntropy.hex(32)).map(Secret::new)
}

/// The first administrator: who, and where the password is written.
pub(crate) struct InitialAdmin {
    pub(crate) user: String,
    pub(crate) password: Secret,
    pub(crate) file: PathBuf,
}

/// Makes up the first administrator's password and writes it to a file, or reads the one that is there.
pub(crate) fn initial_admin(data_dir: &Path) -> Result<InitialAdmin> {
    let file = data_dir.join("initial-admin-password");
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

/// Writes the file whole or not at all.
fn create(path: &Path, text: String) -> Result<String> {
    let draft = path.with_extension("new");
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&draft, path).with_context(|| path.display().to_string())?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

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
