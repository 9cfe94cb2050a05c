//! The datastore as templates see it: `st2kv.system.NAME`, `st2kv.user.NAME`, and `system.NAME` of old rules.

use squall_jinja::{HostError, Lookup};
use squall_model::KeyScope;
use tokio::runtime::Handle;

use crate::{Context, Datastore, DatastoreError};

/// Which of the two names in templates it stands behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Root {
    St2kv,
    System,
}

/// Looks up values with the rights of one user. To be used from a thread that may wait.
pub(crate) struct KeyLookup {
    pub(crate) context: Context,
    pub(crate) user: String,
    pub(crate) root: Root,
}

impl KeyLookup {
    /// Returns scope and stored name of a path; none for a path that stops before the name.
    fn locate(&self, path: &str) -> Option<(KeyScope, String)> {
        if self.root == Root::System {
            return Some((KeyScope::System, path.to_owned()));
        }
        match path.split_once('.')? {
            ("system", name) => Some((KeyScope::System, name.to_owned())),
            ("user", name) => Some((KeyScope::User, format!("{}:{name}", self.user))),
            _ => None,
        }
    }
}

impl Lookup for KeyLookup {
    fn get(&self, path: &str) -> Result<Option<String>, HostError> {
        let Some((scope, name)) = self.locate(path) else { return Ok(None) };
        let found = Handle::current().block_on(Datastore::new(&self.context).get(scope, &name));
        Ok(found.map_err(|error| refused(&error))?.map(|item| item.value))
    }

    fn decrypt(&self, ciphertext: &str) -> Result<String, HostError> {
        let Some(key) = &self.context.datastore_key else { return Err(refused(&DatastoreError::NoKey)) };
        key.decrypt(ciphertext).map_err(|error| HostError::new("ValueError", error.to_string()))
    }
}

fn refused(error: &DatastoreError) -> HostError {
    HostError::new("ValueError", error.to_string())
}
