//! Named points at which a process dies: the first, second, third … time that it comes there.

use std::time::{Duration, Instant};

use crate::account::Account;
use crate::fleet::Fleet;
use crate::journal;
use crate::load::{Client, Kind};
use crate::scene::Scene;
use crate::support::waiting::LIMIT;

/// The named points of `crates/squall/src/fault_points.rs`.
pub(super) const POINTS: [&str; 10] = [
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
const VARIABLE: &str = "SQUALL_FAULT_POINT";
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);
/// What comes after the last effect may still meet the point.
const AFTERWARDS: Duration = Duration::from_millis(300);

/// Hands in a piece of work to a platform whose member dies at this point, starts the member again, and waits for the end; also
/// returns whether it died.
pub(super) fn kill_at(
    scene: &Scene,
    fleet: &mut Fleet,
    member: usize,
    point: &str,
    occurrence: usize,
) -> (Account, bool) {
    let client = scene.client(fleet);
    let token = format!("{}-{point}-{occurrence}", fleet.members[member].role);
    fleet.members[member].stop();
    fleet.members[member].set(VARIABLE, Some(&format!("{point}:{occurrence}")));
    fleet.members[member].launch_if_dead();
    let kind = if occurrence.is_multiple_of(3) { Kind::Event } else { Kind::Five };
    let (work, died) = std::thread::scope(|scope| {
        let submitting = scope.spawn(|| client.submit(token.clone(), kind, occurrence.is_multiple_of(2)));
        let died = wait_for_death(fleet, member, &client, &token, kind.effects());
        fleet.members[member].set(VARIABLE, None);
        if !died {
            // Or it would die at its point later, when another's death is waited for.
            fleet.members[member].stop();
        }
        fleet.members[member].launch_if_dead();
        (submitting.join().expect("the work is handed in"), died)
    });
    (Account::settle(&client, &[work], usize::from(died), true), died)
}

/// Waits until the member has died at its point; false when the work ended without that, or not at all.
fn wait_for_death(fleet: &mut Fleet, member: usize, client: &Client, token: &str, effects: usize) -> bool {
    let started = Instant::now();
    while started.elapsed() < LIMIT {
        if !fleet.members[member].is_running() {
            return true;
        }
        let seen = journal::read(&client.journal);
        if seen.iter().filter(|effect| effect.token == token).count() >= effects {
            std::thread::sleep(AFTERWARDS);
            return !fleet.members[member].is_running();
        }
        std::thread::sleep(BETWEEN_LOOKS);
    }
    false
}
