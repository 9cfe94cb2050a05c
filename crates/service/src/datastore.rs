//! The datastore: named values, per system or user, with expiry, encryption and compare-and-set.
//! Counterpart: st2common/services/keyvalues.py.

use std::time::Duration;

use squall_model::{Id, KeyScope, KeyValue};
use squall_store::{Condition, Error as StoreError, Query, Versioned};

use crate::Context;
use crate::crypto::CryptoError;

#[derive(Debug, thiserror::Error)]
pub enum DatastoreError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    #[error("Crypto key not found, unable to encrypt / decrypt value.")]
    NoKey,
    /// The value is not the one that the caller expected.
    #[error("the value of the key changed meanwhile")]
    Changed { current: Option<String> },
}

/// What to store under a key.
#[derive(Debug, Clone)]
pub struct SetKey {
    pub scope: KeyScope,
    /// As stored: `user:name` for a user's key.
    pub name: String,
    pub value: String,
    /// Encrypt the value.
    pub secret: bool,
    /// The value is ciphertext already; it must decrypt.
    pub encrypted: bool,
    pub ttl: Option<Duration>,
    pub description: Option<String>,
    /// Store only if the (decrypted) value is this one; `Some(None)` means that there must be none.
    pub expected: Option<Option<String>>,
}

/// The datastore as services use it.
#[derive(Clone)]
pub struct Datastore {
    context: Context,
}

impl Datastore {
    pub fn new(context: &Context) -> Self {
        Self { context: context.clone() }
    }

    /// Returns the item; expired ones are gone, whether or not a sweep has removed them.
    pub async fn get(&self, scope: KeyScope, name: &str) -> Result<Option<KeyValue>, DatastoreError> {
        Ok(self.find(scope, name).await?.map(|found| found.value))
    }

    /// Returns the value in clear.
    pub async fn value(&self, scope: KeyScope, name: &str) -> Result<Option<String>, DatastoreError> {
        self.get(scope, name).await?.map(|item| self.clear(&item)).transpose()
    }

    /// Returns the value of an item in clear.
    pub fn clear(&self, item: &KeyValue) -> Result<String, DatastoreError> {
        if !item.secret {
            return Ok(item.value.clone());
        }
        let key = self.context.datastore_key.as_ref().ok_or(DatastoreError::NoKey)?;
        Ok(key.decrypt(&item.value)?)
    }

    /// Stores a value and returns the item before and after.
    pub async fn set(&self, set: SetKey) -> Result<(Option<KeyValue>, KeyValue), DatastoreError> {
        let value = self.stored_value(&set)?;
        loop {
            let before = self.find(set.scope, &set.name).await?;
            self.check_expected(&set, before.as_ref())?;
            let item = KeyValue {
                id: before.as_ref().map_or_else(
                    || Id::derived(&["key", &KeyValue::uid(set.scope, &set.name)]),
                    |found| found.value.id,
                ),
                name: set.name.clone(),
                scope: set.scope,
                description: set.description.clone(),
                value: value.clone(),
                secret: set.secret || set.encrypted,
                expire_timestamp: set.ttl.map(|ttl| self.context.now().after(ttl)),
            };
            let stored = match &before {
                Some(found) => self.context.store.keys.replace(item.clone(), found.revision).await?,
                None => self.insert(&item).await?,
            };
            if stored {
                return Ok((before.map(|found| found.value), item));
            }
        }
    }

    /// Removes a key; the item that was there.
    pub async fn delete(&self, scope: KeyScope, name: &str) -> Result<Option<KeyValue>, DatastoreError> {
        let Some(found) = self.find(scope, name).await? else { return Ok(None) };
        self.context.store.keys.delete(&found.value.id).await?;
        Ok(Some(found.value))
    }

    /// Lists the items of a scope whose stored name starts with `prefix`, expired ones left out.
    pub async fn list(&self, scope: Option<KeyScope>, prefix: &str) -> Result<Vec<KeyValue>, DatastoreError> {
        let mut query = Query::all().ascending("name");
        if let Some(scope) = scope {
            query = query.equals("scope", scope.as_str());
        }
        if !prefix.is_empty() {
            query = query.filter("name", Condition::StartsWith(prefix.to_owned()));
        }
        let now = self.context.now();
        let items = self.context.store.keys.list(&query).await?.items;
        Ok(items.into_iter().filter(|item| !item.is_expired(now)).collect())
    }

    async fn find(&self, scope: KeyScope, name: &str) -> Result<Option<Versioned<KeyValue>>, DatastoreError> {
        let found = self.context.store.keys.find(&KeyValue::uid(scope, name)).await?;
        match found {
            Some(found) if found.value.is_expired(self.context.now()) => {
                self.context.store.keys.delete(&found.value.id).await?;
                Ok(None)
            }
            other => Ok(other),
        }
    }

    /// Stores a new item; false when somebody was quicker.
    async fn insert(&self, item: &KeyValue) -> Result<bool, DatastoreError> {
        match self.context.store.keys.insert(item.clone()).await {
            Ok(()) => Ok(true),
            Err(StoreError::Conflict { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn stored_value(&self, set: &SetKey) -> Result<String, DatastoreError> {
        if !set.secret && !set.encrypted {
            return Ok(set.value.clone());
        }
        let key = self.context.datastore_key.as_ref().ok_or(DatastoreError::NoKey)?;
        if set.encrypted {
            key.decrypt(&set.value)?;
            return Ok(set.value.clone());
        }
        Ok(key.encrypt(&set.value, self.context.entropy.as_ref())?)
    }

    fn check_expected(&self, set: &SetKey, before: Option<&Versioned<KeyValue>>) -> Result<(), DatastoreError> {
        let Some(expected) = &set.expected else { return Ok(()) };
        let current = before.map(|found| self.clear(&found.value)).transpose()?;
        if &current == expected { Ok(()) } else { Err(DatastoreError::Changed { current }) }
    }
}
