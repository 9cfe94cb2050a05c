//! Rows on who is slow: a runner with a long queue, a listener that never reads.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::Duration;

use super::distributed::{ONE_OF_EACH, with_fleet_of};
use crate::account::Account;
use crate::fleet::Fleet;
use crate::load::{Kind, Work};
use crate::scene::Scene;

/// How much a process may grow by while ten thousand actions wait.
const GROWTH: usize = 64 << 20;
const LONGEST_QUEUE: usize = 10_000;
/// Actions a second that are handed in and worked off again, as a measure of the time that a queue takes.
const PACE: usize = 15;
const DEAF: usize = 50;

/// Hands in work while nobody runs actions, then starts one runner.
pub(crate) fn backlog(scene: &mut Scene) -> Account {
    with_fleet_of(scene, "s1", &ONE_OF_EACH, |scene, fleet, _| {
        let runner = fleet.of_role("actionrunner")[0];
        let client = scene.client(fleet);
        let first = [client.submit("first".to_owned(), Kind::Event, true)];
        let mut account = Account::settle(&client, &first, 0, false);
        fleet.members[runner].stop();
        let before = resident(fleet);
        let count = (scene.budget.as_secs() as usize * PACE).min(LONGEST_QUEUE);
        let work: Vec<Work> = (0..count).map(|number| client.submit(format!("w{number}"), Kind::Event, true)).collect();
        let grown = growth(&before, &resident(fleet));
        fleet.members[runner].launch_if_dead();
        account.add(Account::settle_within(&client, &work, 1, false, scene.budget * 3 + Duration::from_secs(60)));
        account.judge_growth(&grown, GROWTH, &format!("with {count} actions in the queue"));
        account
    })
}

/// Connects to the stream of events again and again and never reads.
pub(crate) fn deaf_listeners(scene: &mut Scene) -> Account {
    let mut fleet = Fleet::embedded(scene.directory.path());
    fleet.start();
    let before = resident(&fleet);
    let mut deaf = Vec::new();
    let mut account = scene.play(&mut fleet, false, |fleet, dice| {
        std::thread::sleep(dice.pause(Duration::from_millis(10), Duration::from_millis(200)));
        if deaf.len() < DEAF {
            let mut connection = TcpStream::connect(fleet.stream).expect("the stream listens");
            connection.write_all(b"GET /v1/stream HTTP/1.1\r\nHost: stream\r\n\r\n").expect("a request is sent");
            deaf.push(connection);
        }
    });
    account.faults = deaf.len();
    account.judge_growth(&growth(&before, &resident(&fleet)), GROWTH, &format!("with {} deaf listeners", deaf.len()));
    account
}

fn resident(fleet: &Fleet) -> Vec<(String, usize)> {
    let running = fleet.members.iter().filter(|member| member.is_launched());
    running.map(|member| (member.role.clone(), member.resident())).collect()
}

fn growth(before: &[(String, usize)], after: &[(String, usize)]) -> Vec<(String, usize)> {
    let pairs = before.iter().zip(after);
    pairs.map(|((role, before), (_, after))| (role.clone(), after.saturating_sub(*before))).collect()
}
