//! Rows on what comes through the broker.

use std::time::Duration;

use super::distributed::with_fleet;
use crate::account::Account;
use crate::adversary::{Adversary, Habit};
use crate::fleet::Fleet;
use crate::lanes::Cables;
use crate::scene::Scene;
use crate::support::waiting::eventually;

const BETWEEN_LOOKS: Duration = Duration::from_millis(200);

/// Everything that is said to the queues of work comes again, late, out of turn, and to those whom it does not concern.
pub(crate) fn repeats(scene: &mut Scene) -> Account {
    with_fleet(scene, "b3", |scene, fleet, cables| {
        let adversary = set_loose(scene, fleet, cables, Habit::Repeats);
        let mut account = scene.play(fleet, false, |_, _| std::thread::sleep(BETWEEN_LOOKS));
        let (sent, dead) = adversary.stop();
        account.faults = sent;
        account.lost.extend((dead.count() > 0).then(|| format!("{} messages were given up", dead.count())));
        account
    })
}

/// What nobody can read is set aside with a reason, each message on its own; the rest goes on.
pub(crate) fn poison(scene: &mut Scene) -> Account {
    with_fleet(scene, "p1", |scene, fleet, cables| {
        let adversary = set_loose(scene, fleet, cables, Habit::Poisons);
        let mut account = scene.play(fleet, false, |_, _| std::thread::sleep(BETWEEN_LOOKS));
        let (sent, dead) = adversary.stop();
        account.faults = sent;
        eventually("every message that nobody can read to be set aside", || match dead.count() {
            count if count == sent => Ok(()),
            count => Err(format!("{count} of {sent}")),
        });
        account
    })
}

fn set_loose(scene: &mut Scene, fleet: &Fleet, cables: &Cables, habit: Habit) -> Adversary {
    Adversary::start(&cables.broker_url, &fleet.prefix, habit, scene.dice.fork())
}
