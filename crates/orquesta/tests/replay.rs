//! Whatever order things happen in: a replay of the log leads to the same state and the same effects, and what has
//! ended stays ended.

mod dice;

use std::collections::HashSet;
use std::sync::Arc;

use dice::Dice;
use serde_json::{Map, Value, json};
use squall_orquesta::engine::ActionKey;
use squall_orquesta::{Effect, Engine, Event, EventKind, Host, HostError, NoHost, Question, Status, Workflow};

const WORKFLOWS: [&str; 3] = [
    "
vars: [{n: 0}]
tasks:
  a: {action: core.noop, next: [{publish: [{n: <% ctx().n + 1 %>}, {kv: <% st2kv(x) %>}], do: 'b, c'}]}
  b:
    action: core.b n=<% ctx().n %> kv=<% ctx().kv %>
    retry: {count: 2, delay: <% ctx().n %>}
    next: [{when: <% succeeded() %>, do: d}, {when: <% failed() %>, do: noop}]
  c:
    with: {items: 'i in <% range(4) %>', concurrency: 2}
    action: core.c i=<% item(i) %>
    next: [{publish: [{got: <% result() %>}], do: d}]
  d: {join: 1, action: core.d, next: [{when: <% ctx().n < 3 %>, publish: [{n: <% ctx().n + 1 %>}], do: e}]}
  e: {action: core.e}
output: [{got: <% ctx().get(got) %>}, {n: <% ctx().n %>}]
",
    "
tasks:
  a: {action: core.noop, next: [{do: s}]}
  b: {action: core.noop, next: [{do: s}]}
  s: {action: core.s, next: [{when: <% succeeded() %>, do: 't, u'}, {when: <% failed() %>, do: 't, fail'}]}
  t: {action: core.t now=<% now().hour %>, next: [{do: j}]}
  u: {next: [{do: j}]}
  j: {join: all, action: core.j}
",
    "
vars: [{n: 0}]
tasks:
  start: {next: [{do: loop}]}
  loop:
    action: core.loop
    next:
      - when: <% ctx().n < 3 %>
        publish: n=<% ctx().n + 1 %>
        do: loop
      - when: <% ctx().n >= 3 and task_status(loop) = succeeded %>
        do: each
  each:
    with: '{{ [1, 2] }}'
    action: core.each i={{ item() }} kv={{ st2kv('y') }}
",
];

/// Answers every question differently each time, so that a replay that asks again is found out.
#[derive(Default)]
struct Fickle(std::cell::Cell<i64>);

impl Host for Fickle {
    fn answer(&self, question: &Question) -> Result<Value, HostError> {
        self.0.set(self.0.get() + 1);
        match question {
            Question::KeyValue { key, .. } if self.0.get() % 7 == 0 => {
                Err(HostError::new("StackStormDBObjectNotFoundError", format!("no {key}")))
            }
            Question::Now => Ok(json!(self.0.get() * 3_600_000_000)),
            _ => Ok(json!(self.0.get())),
        }
    }
}

fn choose(dice: &mut Dice, awaited: &[ActionKey]) -> EventKind {
    match dice.roll(40) {
        0 => EventKind::PauseRequested,
        1..=3 => EventKind::ResumeRequested,
        4 => EventKind::CancelRequested,
        5 | 6 => EventKind::RerunRequested { tasks: vec![], reset: vec![] },
        _ if awaited.is_empty() => EventKind::ResumeRequested,
        roll => {
            let ActionKey { task_id, route, attempt, item_id } = awaited[dice.roll(awaited.len())].clone();
            let status = match roll {
                7..=9 => Status::Failed,
                10 => Status::Timeout,
                11 => Status::Paused,
                12 => Status::Canceled,
                13 | 14 => Status::Running,
                15 => Status::Pending,
                _ => Status::Succeeded,
            };
            EventKind::ActionChanged { task_id, route, attempt, item_id, status, result: json!({"roll": roll}) }
        }
    }
}

fn tell(seed: u64) {
    let definition = WORKFLOWS[usize::try_from(seed).unwrap_or(0) % WORKFLOWS.len()];
    let workflow = Workflow::compile(definition).expect("a definition");
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let host = Fickle::default();
    let mut live = Engine::new(Arc::clone(&workflow));
    let mut log: Vec<(Event, Vec<Effect>)> = Vec::new();
    let mut awaited: Vec<ActionKey> = Vec::new();
    let mut requested = HashSet::new();
    let mut was_stuck = false;
    let mut kind = EventKind::Started { inputs: Map::new(), context: Map::new() };
    for _ in 0..60 {
        let before = live.snapshot();
        let was = live.status();
        let mut event = Event::from(kind.clone());
        match live.apply(&mut event, &host) {
            Ok(effects) => {
                let reruns = matches!(kind, EventKind::RerunRequested { .. });
                let final_status = matches!(was, Status::Failed | Status::Canceled) || was == Status::Succeeded;
                assert!(reruns || !final_status || live.status() == was, "seed {seed}: {was} is left by {kind:?}");
                for effect in &effects {
                    if let Effect::RequestAction { task_id, route, attempt, item_id, .. } = effect {
                        let (route, attempt, item_id) = (*route, *attempt, *item_id);
                        let key = ActionKey { task_id: task_id.clone(), route, attempt, item_id };
                        assert!(requested.insert(key.clone()), "seed {seed}: {key:?} is requested twice");
                        awaited.push(key);
                    }
                }
                let stuck = live.errors().iter().any(|error| error.to_string().contains("WorkflowStuckError"));
                assert!(reruns || !stuck || was_stuck, "seed {seed}: stuck by {kind:?} in {was}");
                was_stuck |= stuck;
                let waits = live.status().is_completed() || live.status() == Status::Paused;
                assert!(waits || !live.pending().is_empty(), "seed {seed}: {} and nothing awaited", live.status());
                log.push((event, effects));
            }
            Err(_) => assert_eq!(live.snapshot(), before, "seed {seed}: refused {kind:?} and changed"),
        }
        kind = choose(&mut dice, &awaited);
    }
    replay(seed, &workflow, &log, &live);
}

fn replay(seed: u64, workflow: &Arc<Workflow>, log: &[(Event, Vec<Effect>)], live: &Engine) {
    let mut replayed = Engine::new(Arc::clone(workflow));
    for (number, (event, effects)) in log.iter().enumerate() {
        if number % 5 == 4 {
            let snapshot = replayed.snapshot();
            replayed = Engine::restore(Arc::clone(workflow), snapshot).expect("a snapshot");
        }
        let mut event = event.clone();
        let again = replayed.apply(&mut event, &NoHost).expect("an event of the log");
        assert_eq!(&again, effects, "seed {seed}, event {number}: {:?}", event.kind);
    }
    assert_eq!(replayed.snapshot(), live.snapshot(), "seed {seed}");
    assert_eq!(replayed.pending(), live.pending(), "seed {seed}");
}

#[test]
fn a_replay_is_the_workflow_over_again() {
    (1..=45).for_each(tell);
}
