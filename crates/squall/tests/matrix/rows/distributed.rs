//! Rows on one process per role, over a broker and a shared database.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::account::Account;
use crate::fleet::Fleet;
use crate::lanes::Cables;
use crate::proxy::Cable;
use crate::rows::points::{POINTS, kill_at};
use crate::scene::Scene;
use crate::support::dice::Dice;
use crate::support::http::Request;
use crate::support::waiting::eventually;

/// Two of what does the work, one of the rest.
const PROCESSES: [(&str, usize); 7] =
    [("api", 1), ("rules", 2), ("scheduler", 2), ("workflow", 2), ("actionrunner", 2), ("timers", 1), ("notifier", 1)];
pub(super) const ONE_OF_EACH: [(&str, usize); 7] =
    [("api", 1), ("rules", 1), ("scheduler", 1), ("workflow", 1), ("actionrunner", 1), ("timers", 1), ("notifier", 1)];
const SHORT: Duration = Duration::from_millis(200);
const LONG: Duration = Duration::from_secs(3);

/// Starts a platform and gives it to `play`.
pub(super) fn with_fleet(
    scene: &mut Scene,
    name: &str,
    play: impl FnOnce(&mut Scene, &mut Fleet, &Cables) -> Account,
) -> Account {
    with_fleet_of(scene, name, &PROCESSES, play)
}

pub(super) fn with_fleet_of(
    scene: &mut Scene,
    name: &str,
    processes: &[(&str, usize)],
    play: impl FnOnce(&mut Scene, &mut Fleet, &Cables) -> Account,
) -> Account {
    let lanes = scene.lanes.clone().expect("the row is played only with its lanes");
    let name = format!("squall_{name}_{}", std::process::id());
    let cables = lanes.connect(&name);
    let mut fleet = Fleet::distributed(scene.directory.path(), processes, &cables.store_url, &cables.bus_url, &name);
    fleet.start();
    play(scene, &mut fleet, &cables)
}

/// Kills one process at a time, whichever chance chooses.
pub(crate) fn kills(scene: &mut Scene) -> Account {
    with_fleet(scene, "k1", |scene, fleet, _| {
        scene.play(fleet, true, |fleet, dice| {
            std::thread::sleep(dice.pause(SHORT, LONG));
            let victim = dice.below(fleet.members.len());
            fleet.members[victim].kill_and_restart();
        })
    })
}

/// Stops a runner or an engine for longer than its lease, and lets it go on: what it believes to own is somebody else's by then.
pub(crate) fn zombies(scene: &mut Scene) -> Account {
    with_fleet(scene, "k5", |scene, fleet, _| {
        scene.play(fleet, true, |fleet, dice| {
            let mut victims = fleet.of_role("workflow");
            victims.extend(fleet.of_role("actionrunner"));
            let victim = &fleet.members[victims[dice.below(victims.len())]];
            victim.signal(Signal::STOP);
            std::thread::sleep(dice.pause(Duration::from_secs(7), Duration::from_secs(10)));
            victim.signal(Signal::CONT);
            std::thread::sleep(SHORT);
        })
    })
}

/// Kills the broker and starts it again.
pub(crate) fn broker_kills(scene: &mut Scene) -> Account {
    with_fleet(scene, "b1", |scene, fleet, cables| {
        scene.play(fleet, false, |_, dice| {
            std::thread::sleep(dice.pause(SHORT, LONG));
            cables.broker.kill();
            std::thread::sleep(dice.pause(SHORT, LONG));
            cables.broker.start_again();
        })
    })
}

/// Cuts, blocks and slows down the cable to the broker.
pub(crate) fn broker_cable(scene: &mut Scene) -> Account {
    with_fleet(scene, "b2", |scene, fleet, cables| {
        scene.play(fleet, false, |_, dice| {
            std::thread::sleep(dice.pause(SHORT, LONG));
            cables.bus.set(trouble(dice, Duration::from_millis(500)));
            std::thread::sleep(dice.pause(SHORT, LONG));
            cables.bus.set(Cable::Whole);
        })
    })
}

/// Lets the broker believe that it has no memory left: it blocks those who publish.
pub(crate) fn broker_alarm(scene: &mut Scene) -> Account {
    with_fleet(scene, "b4", |scene, fleet, cables| {
        scene.play(fleet, false, |_, dice| {
            cables.broker.control(&["set_vm_memory_high_watermark", "0.000001"]);
            std::thread::sleep(dice.pause(SHORT, LONG));
            cables.broker.control(&["set_vm_memory_high_watermark", "0.4"]);
            std::thread::sleep(dice.pause(SHORT, LONG));
        })
    })
}

/// Cuts, blocks and slows down the cable to the database.
pub(crate) fn database_cable(scene: &mut Scene) -> Account {
    with_fleet(scene, "d1", |scene, fleet, cables| {
        scene.play(fleet, false, |_, dice| {
            std::thread::sleep(dice.pause(SHORT, LONG));
            cables.store.set(trouble(dice, Duration::from_millis(300)));
            std::thread::sleep(dice.pause(SHORT, Duration::from_secs(5)));
            cables.store.set(Cable::Whole);
        })
    })
}

/// Slows down every answer of the database for seconds.
pub(crate) fn slow_database(scene: &mut Scene) -> Account {
    with_fleet(scene, "d2", |scene, fleet, cables| {
        scene.play(fleet, false, |_, dice| {
            std::thread::sleep(dice.pause(SHORT, LONG));
            cables.store.set(Cable::Slow(Duration::from_secs(2)));
            std::thread::sleep(dice.pause(LONG, Duration::from_secs(8)));
            cables.store.set(Cable::Whole);
        })
    })
}

/// Kills the database and starts it again, whatever was being written.
pub(crate) fn database_kills(scene: &mut Scene) -> Account {
    with_fleet(scene, "d3", |scene, fleet, cables| {
        scene.play(fleet, false, |_, dice| {
            std::thread::sleep(dice.pause(SHORT, LONG));
            cables.database.kill();
            std::thread::sleep(dice.pause(SHORT, LONG));
            cables.database.start_again();
        })
    })
}

/// Lets four engines work on items that all end at the same time, and asks each workflow twice for the same thing.
pub(crate) fn conflicts(scene: &mut Scene) -> Account {
    let mut processes = PROCESSES;
    for (role, count) in &mut processes {
        if matches!(*role, "workflow" | "scheduler" | "actionrunner") {
            *count = 4;
        }
    }
    with_fleet_of(scene, "d4", &processes, |scene, fleet, _| {
        scene.play(fleet, false, |fleet, dice| {
            std::thread::sleep(dice.pause(Duration::ZERO, SHORT));
            let running = Request::get("/v1/executions?status=running&runner=orquesta&limit=3&include_attributes=id");
            let Ok(answer) = running.try_send(fleet.api) else { return };
            let ids: Vec<String> = answer.json().as_array().into_iter().flatten().filter_map(id_of).collect();
            std::thread::scope(|scope| {
                for id in ids.iter().chain(&ids) {
                    scope.spawn(|| change(fleet, id, "paused"));
                }
            });
            ids.iter().for_each(|id| resume(fleet, id));
        })
    })
}

fn id_of(execution: &serde_json::Value) -> Option<String> {
    execution["id"].as_str().map(str::to_owned)
}

/// Asks until the workflow has left its pause.
fn resume(fleet: &Fleet, id: &str) {
    eventually("a workflow to leave its pause", || {
        change(fleet, id, "resuming");
        let answer = Request::get(&format!("/v1/executions/{id}")).try_send(fleet.api).map_err(|e| e.to_string())?;
        match answer.json()["status"].as_str() {
            Some("pausing" | "paused") | None => Err(answer.text),
            Some(_) => Ok(()),
        }
    });
}

/// Asks for a status; a refusal is an answer as well.
fn change(fleet: &Fleet, id: &str, status: &str) {
    let request = Request::put(&format!("/v1/executions/{id}"), &serde_json::json!({"status": status}));
    let _answer = request.try_send(fleet.api);
}

/// Kills the process of each role at the first, second, third … time that it comes to each point.
pub(crate) fn points(scene: &mut Scene) -> Account {
    let roles = ["api", "rules", "scheduler", "workflow", "actionrunner", "notifier"];
    let mut cases: Vec<(&str, &str)> = roles.iter().flat_map(|role| POINTS.map(|point| (*role, point))).collect();
    // A short run begins elsewhere each time.
    let first = scene.dice.below(cases.len());
    cases.rotate_left(first);
    with_fleet_of(scene, "k2", &ONE_OF_EACH, |scene, fleet, _| {
        let (started, mut total, mut occurrence) = (Instant::now(), Account::default(), 1);
        while !cases.is_empty() {
            for (role, point) in std::mem::take(&mut cases) {
                if started.elapsed() > scene.budget {
                    total
                        .remarks
                        .push(format!("as far as occurrence {occurrence} of {point} in {role} in the time given"));
                    return total;
                }
                let member = fleet.of_role(role)[0];
                let (account, died) = kill_at(scene, fleet, member, point, occurrence);
                if died {
                    cases.push((role, point));
                }
                total.add(account);
                if !total.holds() {
                    eprintln!("{role} at occurrence {occurrence} of {point}\n{}", fleet.logs());
                    return total;
                }
            }
            occurrence += 1;
        }
        total.remarks.push(format!("killed at every occurrence of every point: {occurrence} rounds"));
        total
    })
}

fn trouble(dice: &mut Dice, slow: Duration) -> Cable {
    [Cable::Cut, Cable::Blocked, Cable::Slow(slow)][dice.below(3)]
}

/// Restarts one process after the other as an upgrade does: nothing may be abandoned.
pub(crate) fn rolling_restart(scene: &mut Scene) -> Account {
    with_fleet(scene, "u1", |scene, fleet, _| {
        let mut next = 0;
        scene.play(fleet, false, |fleet, dice| {
            std::thread::sleep(dice.pause(SHORT, Duration::from_secs(1)));
            let count = fleet.members.len();
            let member = &mut fleet.members[next % count];
            member.stop();
            member.launch_if_dead();
            next += 1;
        })
    })
}
