//! One event, from pending to processed, in one batch. Counterpart: st2reactor/rules/engine.py.
//!
//! Ids follow from rule and event, and the event is marked as processed last: after a crash at any instant the event is either done or
//! pending, and then doing it again completes what is missing and changes nothing else.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use squall_bus::{Change, Message};
use squall_jinja::Environment;
use squall_model::{Execution, Id, KeyScope, Status, TriggerInstance, TriggerInstanceStatus};
use squall_service::{Context, Datastore, DatastoreError, End, publish_quietly};
use squall_store::{Document, Error as StoreError, Write, Written};
use tracing::{debug, info, warn};

use crate::catalogue::{Catalogue, Listeners};
use crate::criteria::SystemKeys;
use crate::enforcement::{self, Enforced};
use crate::matcher::{self, Matches};
use crate::{observe, trace};

/// How many datastore keys the criteria of one event may read.
const MOST_KEYS: usize = 64;

/// An event that this process works on; given up when dropped.
struct Claim<'a> {
    under_way: &'a Mutex<HashSet<Id>>,
    id: Id,
}

impl<'a> Claim<'a> {
    /// Returns none if somebody works on the event already.
    fn take(under_way: &'a Mutex<HashSet<Id>>, id: Id) -> Option<Self> {
        let is_new = under_way.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
        is_new.then_some(Self { under_way, id })
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

/// Turns events into executions; shared by all that work on them.
pub(crate) struct Engine {
    context: Context,
    pub(crate) catalogue: Catalogue,
    templates: Environment,
    under_way: Mutex<HashSet<Id>>,
}

impl Engine {
    pub(crate) async fn new(context: Context) -> squall_bus::Result<Self> {
        let catalogue = Catalogue::new(context.store.clone(), context.bus.as_ref(), context.settings.embedded).await?;
        Ok(Self { context, catalogue, templates: Environment::default(), under_way: Mutex::default() })
    }

    /// Processes the event unless that was done before, or is being done: a message and a sweep may come upon it at the same moment, and
    /// the later one would see rules that were made after the earlier one was through.
    pub(crate) async fn process(&self, instance: &TriggerInstance) -> Result<(), StoreError> {
        let Some(_claim) = Claim::take(&self.under_way, instance.id) else { return Ok(()) };
        let stored = self.context.store.trigger_instances.get(&instance.id).await?;
        match stored.map(|stored| stored.value.status) {
            Some(TriggerInstanceStatus::Pending | TriggerInstanceStatus::Processing) => {}
            Some(TriggerInstanceStatus::Processed | TriggerInstanceStatus::ProcessingFailed) => return Ok(()),
            None => {
                warn!(trigger_instance_id = %instance.id, "a message names an event that is not stored");
                return Ok(());
            }
        }
        match self.enforce_all(instance).await {
            Err(error) if !error.is_temporary() => self.give_up(instance, &error).await,
            other => other,
        }
    }

    async fn enforce_all(&self, instance: &TriggerInstance) -> Result<(), StoreError> {
        let begun = self.context.now();
        let listeners = self.catalogue.listeners(&instance.trigger).await?;
        let matches = self.matches(&listeners, instance).await?;
        let trace_context = trace::context(instance);
        let mut enforced = Vec::with_capacity(matches.matched.len());
        for rule in &matches.matched {
            let outcome = enforcement::enforce(&self.context, rule, instance, &listeners, &trace_context).await?;
            log(instance, &outcome);
            enforced.push(outcome);
        }
        self.write(instance, &matches, &enforced).await?;
        observe::processed(instance, &enforced, begun, self.context.now());
        Ok(())
    }

    /// Matches, reading the datastore keys that templates turn out to need.
    async fn matches(&self, listeners: &Listeners, instance: &TriggerInstance) -> Result<Matches, StoreError> {
        let keys = Arc::new(SystemKeys::default());
        let now = self.context.now();
        let mut left = MOST_KEYS;
        loop {
            let found = matcher::matches(&listeners.rules, &instance.payload, now, &self.templates, &keys);
            let Some(name) = keys.take_wanted().filter(|_| left > 0) else { return Ok(found) };
            left -= 1;
            let value = match Datastore::new(&self.context).get(KeyScope::System, &name).await {
                Ok(item) => item.map(|item| item.value),
                Err(DatastoreError::Store(error)) => return Err(error),
                Err(error) => {
                    warn!(key = name, %error, "criteria name a key that can't be read");
                    None
                }
            };
            keys.learn(name, value);
        }
    }

    /// Writes all that the event led to, and then tells the scheduler of the executions that are new, and everybody of those that failed.
    async fn write(
        &self,
        instance: &TriggerInstance,
        matches: &Matches,
        enforced: &[Enforced],
    ) -> Result<(), StoreError> {
        let made = self.made(enforced).await?;
        let mut writes: Vec<Write> =
            made.iter().map(|(execution, _)| Write::CreateExecution(Arc::clone(execution))).collect();
        for end in made.iter().filter_map(|(_, end)| end.as_ref()) {
            writes.extend(end.writes()?);
        }
        for enforced in enforced {
            writes.push(Write::Insert(Document::of(&enforced.enforcement)?));
        }
        for (rule, failure) in &matches.failed {
            let record = enforcement::failed_match(&self.context, rule, instance, failure);
            writes.push(Write::Insert(Document::of(&record)?));
        }
        if let Some(trace) = trace::begun(instance, enforced) {
            writes.push(Write::Insert(Document::of(&trace)?));
        }
        writes.push(Write::Put(Document::of(&with_status(instance, TriggerInstanceStatus::Processed))?));
        let written = self.context.store.batch.commit(writes).await?;
        for ((execution, end), written) in made.into_iter().zip(written) {
            match end {
                Some(end) if written == Written::Done => end.publish(&self.context).await,
                Some(_) => {}
                None => self.announce(execution, written).await?,
            }
        }
        Ok(())
    }

    /// Returns the executions that were asked for, with their end if they failed at once.
    async fn made(&self, enforced: &[Enforced]) -> Result<Vec<(Arc<Execution>, Option<End>)>, StoreError> {
        let mut made = Vec::with_capacity(enforced.len());
        for enforced in enforced {
            made.extend(enforced.execution.clone().map(|execution| (execution, None)));
            if let Some(failed) = enforced.unrendered.clone() {
                let end = End::of(&self.context, Arc::clone(&failed)).await?;
                made.push((failed, Some(end)));
            }
        }
        Ok(made)
    }

    async fn announce(&self, made: Arc<Execution>, written: Written) -> Result<(), StoreError> {
        if let Some(execution) = self.unheard(made, written).await? {
            publish_quietly(&self.context, Message::Execution { change: Change::Create, execution }).await;
        }
        Ok(())
    }

    /// Returns the execution as it is stored, if nobody has taken it up. An attempt that was cut off has told nobody of what it stored.
    async fn unheard(&self, made: Arc<Execution>, written: Written) -> Result<Option<Arc<Execution>>, StoreError> {
        if written == Written::Done {
            return Ok(Some(made));
        }
        let stored = self.context.store.executions.get(&made.id).await?;
        Ok(stored.filter(|stored| stored.status == Status::Requested))
    }

    /// Marks an event that no further attempt would help.
    async fn give_up(&self, instance: &TriggerInstance, error: &StoreError) -> Result<(), StoreError> {
        squall_telemetry::metrics().trigger_instance("processing_failed");
        tracing::error!(trigger_instance_id = %instance.id, %error, "the event can't be processed");
        let failed = with_status(instance, TriggerInstanceStatus::ProcessingFailed);
        self.context.store.trigger_instances.put(failed).await
    }
}

fn with_status(instance: &TriggerInstance, status: TriggerInstanceStatus) -> TriggerInstance {
    TriggerInstance { status, ..instance.clone() }
}

fn log(instance: &TriggerInstance, enforced: &Enforced) {
    let rule = &enforced.rule.rule.reference;
    match (&enforced.execution, &enforced.enforcement.failure_reason) {
        (Some(execution), _) => {
            debug!(%rule, execution_id = %execution.id, trigger_instance_id = %instance.id, "rule enforced");
        }
        (None, reason) => {
            let reason = reason.as_deref().unwrap_or_default();
            info!(%rule, trigger_instance_id = %instance.id, reason, "rule enforcement failed");
        }
    }
}
