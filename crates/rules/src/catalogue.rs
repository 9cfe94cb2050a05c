//! The rules of each trigger, in memory, ready to be matched.
//!
//! Changes are announced on the bus. They are taken in before every look-up, not by a task beside it, so that an event that enters
//! after a rule was acknowledged meets that rule. A sweep forgets everything, in case an announcement was lost.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::FutureExt;
use serde_json::{Value, json};
use squall_bus::{Bus, Exchange, Heard, Listener, Message};
use squall_model::{Rule, Trigger};
use squall_store::{Query, Result, Store};

use crate::criteria::{self, Criterion};

/// A rule with its criteria read.
pub(crate) struct LoadedRule {
    pub(crate) rule: Rule,
    pub(crate) criteria: Vec<Criterion>,
    /// The rule as executions show it.
    pub(crate) document: Value,
}

impl LoadedRule {
    pub(crate) fn of(rule: Rule) -> Self {
        let document = json!(rule);
        Self { criteria: criteria::read(&rule.criteria), document, rule }
    }

    pub(crate) fn is_backstop(&self) -> bool {
        self.rule.kind.reference == "backstop"
    }
}

/// What the engine needs to know of a trigger.
#[derive(Default)]
pub(crate) struct Listeners {
    pub(crate) rules: Vec<Arc<LoadedRule>>,
    /// The trigger and its type as executions show them.
    pub(crate) trigger: Option<Value>,
    pub(crate) trigger_type: Option<Value>,
}

pub(crate) struct Catalogue {
    store: Store,
    /// Among several processes an event may be quicker than the announcement of a rule that was acknowledged before it, so each
    /// event's rules are read from the store.
    may_remember: bool,
    loaded: Mutex<Loaded>,
    changes: tokio::sync::Mutex<Box<dyn Listener>>,
}

#[derive(Default)]
struct Loaded {
    by_trigger: HashMap<String, Arc<Listeners>>,
    /// Counts what was forgotten: what was read from the store before that must not be kept after it.
    generation: u64,
}

impl Loaded {
    fn forget(&mut self, trigger: &str) {
        self.by_trigger.remove(trigger);
        self.generation += 1;
    }

    fn forget_all(&mut self) {
        self.by_trigger.clear();
        self.generation += 1;
    }
}

impl Catalogue {
    pub(crate) async fn new(store: Store, bus: &dyn Bus, may_remember: bool) -> squall_bus::Result<Self> {
        let changes = bus.listen(&[Exchange::Trigger, Exchange::Catalogue]).await?;
        Ok(Self { store, may_remember, loaded: Mutex::default(), changes: tokio::sync::Mutex::new(changes) })
    }

    /// Returns the rules of the trigger.
    pub(crate) async fn listeners(&self, trigger: &str) -> Result<Arc<Listeners>> {
        self.take_in_changes().await;
        if !self.may_remember {
            return Ok(Arc::new(self.load(trigger).await?));
        }
        let generation = {
            let loaded = self.lock();
            if let Some(known) = loaded.by_trigger.get(trigger) {
                return Ok(Arc::clone(known));
            }
            loaded.generation
        };
        let listeners = Arc::new(self.load(trigger).await?);
        let mut loaded = self.lock();
        if loaded.generation == generation {
            loaded.by_trigger.insert(trigger.to_owned(), Arc::clone(&listeners));
        }
        Ok(listeners)
    }

    pub(crate) fn forget_all(&self) {
        self.lock().forget_all();
    }

    async fn take_in_changes(&self) {
        let mut changes = self.changes.lock().await;
        while let Some(Some(heard)) = changes.next().now_or_never() {
            match heard {
                Heard::Message(Message::Triggers { trigger, .. }) => self.lock().forget(&trigger),
                Heard::Message(Message::Catalogue { kind: "rule" | "trigger" | "trigger_type", .. }) => {
                    self.forget_all();
                }
                Heard::Message(_) => {}
                Heard::Missed(_) => self.forget_all(),
            }
        }
    }

    async fn load(&self, reference: &str) -> Result<Listeners> {
        let query = Query::all().equals("trigger.ref", reference).equals("enabled", true).ascending("ref");
        let rules = self.store.rules.list(&query).await?.items;
        if rules.is_empty() {
            return Ok(Listeners::default());
        }
        let trigger: Option<Trigger> = self.store.triggers.find(reference).await?.map(|found| found.value);
        let trigger_type = match &trigger {
            Some(trigger) => self.store.trigger_types.find(&trigger.kind).await?,
            None => None,
        };
        Ok(Listeners {
            rules: rules.into_iter().map(|rule| Arc::new(LoadedRule::of(rule))).collect(),
            trigger: trigger.map(|trigger| json!(trigger)),
            trigger_type: trigger_type.map(|found| json!(found.value)),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Loaded> {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
