//! The service: one sleep until the next slot, woken early when triggers or rules change.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use serde_json::json;
use squall_bus::{Exchange, Heard, Listener, Message};
use squall_model::{Id, Map, Rule, TimerState, Timestamp, Trigger, TriggerInstance, TriggerInstanceStatus};
use squall_service::{Context, Service, ServiceError, publish_quietly};
use squall_store::{Condition, Document, Error as StoreError, Query, Write, Written};
use squall_telemetry::metrics;
use tracing::{debug, info, warn};

use super::clockwork::{Clockwork, Turn};
use super::schedule::{CRON, DATE, INTERVAL};
use super::{MisfirePolicy, Schedule};

/// How long to rest after the store could not answer.
const REST: Duration = Duration::from_millis(250);
/// How often to look for changes that nobody announced. In one process no announcement is lost unnoticed.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// Fires the timer triggers that enabled rules use.
pub struct Timers;

#[async_trait::async_trait]
impl Service for Timers {
    fn name(&self) -> &'static str {
        "timersengine"
    }

    async fn run(self: Box<Self>, context: Context) -> Result<(), ServiceError> {
        let changes = context.bus.listen(&[Exchange::Trigger, Exchange::Catalogue]).await?;
        let mut running = Running { timers: BTreeMap::new(), changes, context };
        running.run().await;
        Ok(())
    }
}

struct Running {
    context: Context,
    timers: BTreeMap<Id, Clockwork>,
    changes: Box<dyn Listener>,
}

/// Why the service woke up.
enum Woken {
    Due,
    Changed,
    Closed,
}

impl Running {
    async fn run(&mut self) {
        let mut is_stale = true;
        while !self.context.tasks.is_stopping() {
            if let Err(error) = self.work(is_stale).await {
                warn!(%error, "timers could not be read or fired; trying again");
                self.context.clock.sleep(REST).await;
                continue;
            }
            match self.wait().await {
                Woken::Due => is_stale = false,
                Woken::Changed => is_stale = true,
                Woken::Closed => return,
            }
        }
    }

    async fn work(&mut self, is_stale: bool) -> Result<(), StoreError> {
        if is_stale {
            self.read_timers().await?;
        }
        self.fire_due().await
    }

    /// Waits for the next slot, a change, or the end.
    async fn wait(&mut self) -> Woken {
        let next = self.timers.values().filter_map(Clockwork::next).min();
        let mut shutdown = self.context.tasks.shutdown();
        let clock = &self.context.clock;
        let due = async {
            match next {
                Some(moment) => clock.sleep_until(moment).await,
                None => std::future::pending().await,
            }
        };
        let again = async {
            if self.context.settings.embedded { std::future::pending().await } else { clock.sleep(LOOK_AGAIN).await }
        };
        tokio::select! {
            biased;
            () = shutdown.wait() => Woken::Closed,
            heard = change(self.changes.as_mut()) => if heard { Woken::Changed } else { Woken::Closed },
            () = due => Woken::Due,
            () = again => Woken::Changed,
        }
    }

    /// Reads which timers are wanted; those that are there already keep their place.
    async fn read_timers(&mut self) -> Result<(), StoreError> {
        let wanted = wanted(&self.context).await?;
        self.drop_unwanted(&wanted).await?;
        for (id, (trigger, policy)) in wanted {
            match self.timers.get_mut(&id) {
                Some(timer) => timer.policy = policy,
                None => {
                    if let Some(timer) = start(&self.context, trigger, policy).await? {
                        self.timers.insert(id, timer);
                    }
                }
            }
        }
        Ok(())
    }

    /// Forgets timers that no rule uses: should one use them again, they begin anew.
    async fn drop_unwanted(&mut self, wanted: &BTreeMap<Id, (Trigger, MisfirePolicy)>) -> Result<(), StoreError> {
        self.timers.retain(|id, _| wanted.contains_key(id));
        let states = self.context.store.timer_states.list(&Query::all()).await?.items;
        let kept: Vec<Id> = wanted.keys().map(state_id).collect();
        for state in states.into_iter().filter(|state| !kept.contains(&state.id)) {
            self.context.store.timer_states.delete(&state.id).await?;
            info!(trigger = %state.trigger, "timer stopped: no enabled rule uses it");
        }
        Ok(())
    }

    async fn fire_due(&mut self) -> Result<(), StoreError> {
        let now = self.context.now();
        for timer in self.timers.values_mut() {
            if let Some(turn) = timer.turn(now) {
                let state = fire(&self.context, timer, &turn, now).await?;
                timer.move_to(state);
            }
        }
        Ok(())
    }
}

/// Waits until something about triggers or rules changed, and swallows what was announced together with it; false when the bus is
/// closed.
async fn change(changes: &mut dyn Listener) -> bool {
    loop {
        match changes.next().await {
            None => return false,
            Some(heard) if concerns_timers(&heard) => break,
            Some(_) => {}
        }
    }
    while let Some(Some(_)) = changes.next().now_or_never() {}
    true
}

fn concerns_timers(heard: &Heard) -> bool {
    matches!(
        heard,
        Heard::Missed(_)
            | Heard::Message(Message::Triggers { .. } | Message::Catalogue { kind: "rule" | "trigger", .. })
    )
}

/// Returns the timer triggers that enabled rules use.
async fn wanted(context: &Context) -> Result<BTreeMap<Id, (Trigger, MisfirePolicy)>, StoreError> {
    let kinds = Condition::In(vec![json!(INTERVAL), json!(DATE), json!(CRON)]);
    let query = Query::all().filter("trigger.type", kinds.clone()).equals("enabled", true);
    let rules = context.store.rules.list(&query).await?.items;
    if rules.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut users: HashMap<&str, Vec<&Rule>> = HashMap::new();
    for rule in &rules {
        users.entry(&rule.trigger.reference).or_default().push(rule);
    }
    let triggers = context.store.triggers.list(&Query::all().filter("type", kinds)).await?.items;
    let used = triggers.into_iter().filter_map(|trigger| {
        let policy = MisfirePolicy::of(users.get(trigger.reference.as_str())?.iter().copied());
        Some((trigger.id, (trigger, policy)))
    });
    Ok(used.collect())
}

fn state_id(trigger: &Id) -> Id {
    trigger.child("timer")
}

/// Puts a timer to work where it was left, or from now on; `None` when its parameters make no sense.
async fn start(context: &Context, trigger: Trigger, policy: MisfirePolicy) -> Result<Option<Clockwork>, StoreError> {
    let state = state_of(context, &trigger).await?;
    let zone = &context.settings.local_timezone;
    match Schedule::read(&trigger.kind, &trigger.parameters, state.since, zone) {
        Ok(schedule) => {
            let timer = Clockwork::new(trigger, policy, schedule, state);
            match timer.next() {
                Some(next) => info!(trigger = %timer.trigger.reference, %next, "timer started"),
                None => info!(trigger = %timer.trigger.reference, "timer has no slot left"),
            }
            Ok(Some(timer))
        }
        Err(error) => {
            warn!(trigger = %trigger.reference, %error, "the timer can't be scheduled");
            Ok(None)
        }
    }
}

/// Returns how far the timer has come; the first who asks for a new timer sets its beginning.
async fn state_of(context: &Context, trigger: &Trigger) -> Result<TimerState, StoreError> {
    let id = state_id(&trigger.id);
    let fresh = TimerState { id, trigger: trigger.reference.clone(), since: context.now(), last_slot: None };
    let written = context.store.batch.commit(vec![Write::Insert(Document::of(&fresh)?)]).await?;
    if written.first() == Some(&Written::Done) {
        return Ok(fresh);
    }
    let stored = context.store.timer_states.get(&id).await?;
    Ok(stored.map_or(fresh, |found| found.value))
}

/// Stores the events of the slots together with how far the timer has come, and then nudges the rules engine.
async fn fire(context: &Context, timer: &Clockwork, turn: &Turn, now: Timestamp) -> Result<TimerState, StoreError> {
    if turn.missed > 0 {
        let (trigger, policy) = (&timer.trigger.reference, timer.policy);
        warn!(%trigger, missed = turn.missed, fired = turn.slots.len(), ?policy, "slots of a timer were missed");
    }
    let events: Vec<TriggerInstance> = turn.slots.iter().map(|slot| event(timer, *slot, now)).collect();
    let mut writes =
        events.iter().map(|event| Ok(Write::Insert(Document::of(event)?))).collect::<Result<Vec<_>, StoreError>>()?;
    metrics().timer_slots(events.len() as u64, turn.missed as u64);
    let state = timer.state_after(turn);
    writes.push(Write::Put(Document::of(&state)?));
    let written = context.store.batch.commit(writes).await?;
    for (event, _) in events.into_iter().zip(written).filter(|(_, written)| *written == Written::Done) {
        debug!(trigger = %event.trigger, trigger_instance_id = %event.id, "timer fired");
        publish_quietly(context, Message::TriggerInstance(Arc::new(event))).await;
    }
    Ok(state)
}

/// Returns the event of a slot: always with the same id, so that it enters once, whoever fires it.
fn event(timer: &Clockwork, slot: Timestamp, now: Timestamp) -> TriggerInstance {
    let trigger = &timer.trigger;
    let type_name = trigger.kind.split_once('.').map_or(trigger.kind.as_str(), |(_, name)| name);
    let tag = json!(format!("{type_name}-{}", trigger.name));
    TriggerInstance {
        id: Id::derived(&["timer-slot", &trigger.id.to_string(), &slot.to_string()]),
        trigger: trigger.reference.clone(),
        payload: json!({"executed_at": now.to_python_text(), "schedule": null}),
        occurrence_time: now,
        status: TriggerInstanceStatus::Pending,
        trace_context: Map::from_iter([("trace_tag".to_owned(), tag)]),
    }
}
