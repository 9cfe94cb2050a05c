//! The course of a schedule: what clients ask for and when, which processes stand still or stop, as the seed has it.

use std::sync::Arc;
use std::time::Duration;

use squall_model::{Id, Status};

use crate::client::{self, Call, Verb};
use crate::pack;
use crate::process;
use crate::sim::{Life, Sim, WORLD};

/// Sets the world going.
pub(crate) fn begin(sim: &Arc<Sim>) {
    for _ in 0..sim.plan.processes {
        process::start(sim);
    }
    let calls = sim.dice(|dice| dice.between(1, 4));
    for _ in 0..calls {
        let call = draw_call(sim);
        later(sim, call);
    }
    let disturbances = sim.dice(|dice| dice.one_of(&[0, 0, 1, 2]));
    for _ in 0..disturbances {
        disturb_later(sim);
    }
    for _ in 0..sim.plan.pauses {
        let own = Arc::clone(sim);
        sim.spawn(WORLD, "pause", Box::pin(async move { stand_still(&own).await }));
    }
    if sim.dice(|dice| dice.chance(150)) {
        let own = Arc::clone(sim);
        sim.spawn(WORLD, "stop", Box::pin(async move { stop_one(&own).await }));
    }
    let own = Arc::clone(sim);
    sim.spawn(WORLD, "caretaker", Box::pin(async move { resume_what_rests(&own).await }));
}

fn draw_call(sim: &Sim) -> Call {
    sim.dice(|dice| match dice.below(10) {
        0..=2 => {
            let delay = if dice.chance(250) { Some(dice.between(1, 9_000)) } else { None };
            Call::Run {
                action: format!("sim.{}", dice.one_of(pack::ACTIONS)),
                mode: dice.one_of(&["good", "good", "bad"]),
                delay,
            }
        }
        3..=7 => Call::Run { action: format!("sim.{}", dice.one_of(pack::WORKFLOWS)), mode: "good", delay: None },
        _ => Call::Dispatch { kind: dice.one_of(&["plain", "flow"]) },
    })
}

/// A moment of the troubled time, rather early than late.
fn moment(sim: &Sim) -> Duration {
    let whole = sim.plan.trouble.as_millis() as u64;
    let most = sim.dice(|dice| dice.one_of(&[10, 2_000, whole / 2, whole]));
    Duration::from_millis(sim.dice(|dice| dice.between(0, most)))
}

fn later(sim: &Arc<Sim>, call: Call) {
    sim.outcomes.lock().open_calls += 1;
    let (own, moment) = (Arc::clone(sim), moment(sim));
    sim.spawn(
        WORLD,
        "client",
        Box::pin(async move {
            own.sleep(moment).await;
            client::call(Arc::clone(&own), call).await;
        }),
    );
}

/// At some moment, somebody cancels or pauses something that is there.
fn disturb_later(sim: &Arc<Sim>) {
    sim.outcomes.lock().open_calls += 1;
    let (own, moment) = (Arc::clone(sim), moment(sim));
    sim.spawn(
        WORLD,
        "client",
        Box::pin(async move {
            own.sleep(moment).await;
            let Some((execution, verb)) = pick(&own) else {
                own.outcomes.lock().open_calls -= 1;
                return;
            };
            client::call(Arc::clone(&own), Call::Move { execution, verb }).await;
            if verb == Verb::Pause && own.dice(|dice| dice.chance(500)) {
                toggle(&own, execution).await;
            }
        }),
    );
}

/// Somebody who can't decide resumes and pauses the workflow a few times.
async fn toggle(sim: &Arc<Sim>, execution: Id) {
    let times = sim.dice(|dice| dice.between(1, 6));
    for number in 0..times {
        sim.sleep(Duration::from_millis(sim.dice(|dice| dice.between(0, 600)))).await;
        let verb = if number.is_multiple_of(2) { Verb::Resume } else { Verb::Pause };
        sim.outcomes.lock().open_calls += 1;
        client::call(Arc::clone(sim), Call::Move { execution, verb }).await;
    }
}

fn pick(sim: &Sim) -> Option<(Id, Verb)> {
    let verb = sim.dice(|dice| dice.one_of(&[Verb::Cancel, Verb::Cancel, Verb::Pause]));
    let found: Vec<Id> = {
        let store = sim.store.lock();
        let all = store.executions.values().map(|stored| &stored.execution);
        let open = all.filter(|execution| !execution.status.is_completed());
        open.filter(|execution| verb == Verb::Cancel || (execution.is_workflow() && execution.parent.is_none()))
            .map(|execution| execution.id)
            .collect()
    };
    if found.is_empty() {
        return None;
    }
    Some((found[sim.below(found.len() as u64) as usize], verb))
}

/// A process does nothing for a while, and goes on as if nothing had been.
async fn stand_still(sim: &Arc<Sim>) {
    sim.sleep(moment(sim)).await;
    let (process, seconds) = sim.dice(|dice| (dice.next(), dice.between(1, 30)));
    let chosen = {
        let mut processes = sim.processes.lock();
        let alive: Vec<usize> = (1..processes.len()).filter(|number| processes[*number].life == Life::Runs).collect();
        let chosen = alive.get(process as usize % alive.len().max(1)).copied();
        if let Some(number) = chosen {
            processes[number].life = Life::Stands;
        }
        chosen
    };
    let Some(number) = chosen else { return };
    sim.tell(format_args!("p{number} stands still for {seconds} s"));
    sim.sleep(Duration::from_secs(seconds)).await;
    let mut processes = sim.processes.lock();
    if processes[number].life == Life::Stands {
        processes[number].life = Life::Runs;
        drop(processes);
        sim.tell(format_args!("p{number} goes on"));
    }
}

/// Somebody stops a process properly.
async fn stop_one(sim: &Arc<Sim>) {
    sim.sleep(moment(sim)).await;
    let context = {
        let processes = sim.processes.lock();
        processes.iter().rev().find(|process| process.life == Life::Runs).and_then(|process| process.context.clone())
    };
    if let Some(context) = context {
        sim.tell(format_args!("p{} is told to stop", context.runner_info.pid));
        context.tasks.stop();
    }
}

/// Whoever paused a workflow resumes it in the end.
async fn resume_what_rests(sim: &Arc<Sim>) {
    sim.sleep(sim.plan.trouble).await;
    loop {
        let resting: Vec<Id> = {
            let store = sim.store.lock();
            let all = store.executions.values().map(|stored| &stored.execution);
            all.filter(|execution| execution.status == Status::Paused && execution.parent.is_none())
                .map(|execution| execution.id)
                .collect()
        };
        for execution in resting {
            later_now(sim, execution);
        }
        sim.sleep(Duration::from_secs(25)).await;
    }
}

fn later_now(sim: &Arc<Sim>, execution: Id) {
    sim.outcomes.lock().open_calls += 1;
    let own = Arc::clone(sim);
    let call = Call::Move { execution, verb: Verb::Resume };
    sim.spawn(WORLD, "client", Box::pin(async move { client::call(own, call).await }));
}
