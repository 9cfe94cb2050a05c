//! Rows on one process per role, over a broker and a shared database.

use std::time::Duration;

use rustix::process::Signal;

use crate::account::Account;
use crate::fleet::Fleet;
use crate::lanes::Cables;
use crate::proxy::Cable;
use crate::scene::Scene;
use crate::support::dice::Dice;

/// Two of what does the work, one of the rest.
const PROCESSES: [(&str, usize); 7] =
    [("api", 1), ("rules", 2), ("scheduler", 2), ("workflow", 2), ("actionrunner", 2), ("timers", 1), ("notifier", 1)];
const SHORT: Duration = Duration::from_millis(200);
const LONG: Duration = Duration::from_secs(3);

/// Starts a platform and gives it to `play`.
fn with_fleet(scene: &mut Scene, name: &str, play: impl FnOnce(&mut Scene, &mut Fleet, &Cables) -> Account) -> Account {
    let lanes = scene.lanes.clone().expect("the row is played only with its lanes");
    let name = format!("squall_{name}_{}", std::process::id());
    let cables = lanes.connect(&name);
    let mut fleet = Fleet::distributed(scene.directory.path(), &PROCESSES, &cables.store_url, &cables.bus_url, &name);
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
