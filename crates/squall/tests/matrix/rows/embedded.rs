//! Rows on one process with an embedded store.

use std::time::{Duration, Instant};

use crate::account::{Account, integrity};
use crate::fleet::Fleet;
use crate::load::Kind;
use crate::scene::Scene;

/// The named points of `crates/squall/src/fault_points.rs`.
const POINTS: [&str; 10] = [
    "commit.before",
    "commit.after",
    "publish.before",
    "publish.after",
    "ack.before",
    "ack.after",
    "spawn.before",
    "spawn.after",
    "result.before",
    "result.after",
];

/// Kills the server again and again at random moments.
pub(crate) fn kills(scene: &mut Scene) -> Account {
    let mut fleet = Fleet::embedded(scene.directory.path());
    fleet.start();
    let account = scene.play(&mut fleet, true, |fleet, dice| {
        std::thread::sleep(dice.pause(Duration::from_millis(200), Duration::from_secs(3)));
        fleet.members[0].kill_and_restart();
    });
    fleet.members[0].stop();
    let verdict = integrity(&scene.directory.path().join("all"));
    assert_eq!(verdict, "ok", "the database after {} kills", account.faults);
    account
}

/// Kills the server at the first, second, third … time that it comes to each point, until it comes there no more.
pub(crate) fn points(scene: &mut Scene) -> Account {
    let mut total = Account::default();
    let mut fleet = Fleet::embedded(scene.directory.path());
    fleet.start();
    let client = scene.client(&fleet);
    let started = Instant::now();
    let mut points = POINTS.to_vec();
    'occurrences: for occurrence in 1_usize.. {
        for point in points.clone() {
            if started.elapsed() > scene.budget {
                println!("      K2e: as far as occurrence {occurrence} of {point} in the time given");
                break 'occurrences;
            }
            let member = &mut fleet.members[0];
            member.stop();
            member.set("SQUALL_FAULT_POINT", Some(&format!("{point}:{occurrence}")));
            fleet.start();
            let token = format!("{point}-{occurrence}");
            let (work, died) = std::thread::scope(|scope| {
                let submitting = scope.spawn(|| client.submit(token.clone(), Kind::Five, occurrence.is_multiple_of(2)));
                let died = wait_for_death(&mut fleet, &client, &token);
                if died {
                    fleet.members[0].set("SQUALL_FAULT_POINT", None);
                    fleet.start();
                }
                (submitting.join().expect("the work is handed in"), died)
            });
            fleet.members[0].set("SQUALL_FAULT_POINT", None);
            if !died {
                points.retain(|other| *other != point);
            }
            total.add(Account::settle(&client, &[work], usize::from(died), true));
            if !total.holds() {
                eprintln!("{}", fleet.logs());
                return total;
            }
        }
        if points.is_empty() {
            println!("      K2e: killed at every occurrence of every point: {occurrence} rounds");
            break;
        }
    }
    total
}

/// Waits until the server has died at its point; false when the work ended without that.
fn wait_for_death(fleet: &mut Fleet, client: &crate::load::Client, token: &str) -> bool {
    loop {
        if !fleet.members[0].is_running() {
            return true;
        }
        let effects = crate::journal::read(&client.journal);
        let is_over = effects.iter().filter(|effect| effect.token == token).count() >= 5;
        if is_over {
            // What comes after the last effect may still meet the point.
            std::thread::sleep(Duration::from_millis(300));
            return !fleet.members[0].is_running();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}
