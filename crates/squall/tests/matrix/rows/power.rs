//! The row on power loss: what the disk had not confirmed may be gone.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::account::{Account, integrity};
use crate::fleet::Fleet;
use crate::load::{Kind, Work};
use crate::power::{self, DATABASE, Files, Recorder};
use crate::scene::Scene;
use crate::support::dice::Dice;

/// How many moments of each life are looked at besides its end.
const CUTS_A_LIFE: usize = 25;

/// From one start of the server to the loss of its power.
struct Life {
    before: Files,
    record: PathBuf,
}

/// Takes the power away again and again and lets the server start on what is left; afterwards, looks at what it would have found had the
/// power gone at other moments of the same lives.
pub(crate) fn losses(scene: &mut Scene) -> Account {
    let directory = scene.directory.path().canonicalize().expect("a directory");
    let Some(recorder) = Recorder::build(&directory) else {
        return Account::not_played("no C compiler for Linux");
    };
    let data = directory.join("all");
    let mut fleet = Fleet::embedded(&directory);
    fleet.start();
    fleet.members[0].stop();
    let mut lives = vec![begin(&recorder, &mut fleet, &data, 0)];
    let (mut account, work) = scene.play_for(&mut fleet, true, |fleet, dice| {
        std::thread::sleep(dice.pause(Duration::from_millis(300), Duration::from_secs(3)));
        fleet.members[0].kill();
        let life = lives.last().expect("there was a life before this one");
        let mut files = life.before.clone();
        power::read(&life.record).iter().for_each(|entry| files.apply(entry));
        files.lose_power(dice, &data);
        lives.push(begin(&recorder, fleet, &data, lives.len()));
    });
    fleet.members[0].stop();
    let place = directory.join("cut");
    std::fs::create_dir(&place).expect("a directory");
    let cuts: usize = lives.iter().map(|life| look_at_cuts(life, &work, &place, &mut scene.dice, &mut account)).sum();
    account.remarks.push(format!("{cuts} moments of {} lives looked at", lives.len()));
    account
}

/// Starts the server on what is in `data`, which is all on the disk now.
fn begin(recorder: &Recorder, fleet: &mut Fleet, data: &Path, number: usize) -> Life {
    let record = data.with_file_name(format!("life-{number}"));
    let before = Files::of(data);
    recorder.attach(&mut fleet.members[0], data, &record);
    fleet.members[0].launch_if_dead();
    Life { before, record }
}

/// Returns how many moments it looked at; adds what was lost there to the account.
fn look_at_cuts(life: &Life, work: &[Work], place: &Path, dice: &mut Dice, account: &mut Account) -> usize {
    let entries = power::read(&life.record);
    assert!(!entries.is_empty(), "nothing was recorded in {}", life.record.display());
    let mut cuts: Vec<usize> = (0..CUTS_A_LIFE).map(|_| dice.below(entries.len())).collect();
    cuts.sort_unstable();
    let mut files = life.before.clone();
    for (index, entry) in entries.iter().enumerate() {
        files.apply(entry);
        for _ in cuts.iter().filter(|cut| **cut == index) {
            files.lose_power(dice, place);
            let acknowledged = work.iter().filter(|one| one.acknowledged.is_some_and(|at| at <= entry.at));
            let cut = format!("entry {index} of {}", life.record.display());
            account.lost.extend(missing(place, acknowledged).into_iter().map(|what| format!("{cut}: {what}")));
        }
    }
    cuts.len()
}

/// Returns what a start in this directory would not find of the work, or the damage that it would find.
fn missing<'w>(place: &Path, acknowledged: impl Iterator<Item = &'w Work>) -> Vec<String> {
    let verdict = integrity(place);
    if verdict != "ok" {
        return vec![verdict];
    }
    let database = rusqlite::Connection::open(place.join(DATABASE)).expect("the database");
    let is_there = |work: &Work| match (work.kind, &work.execution) {
        (Kind::Event, _) => exists(
            &database,
            "SELECT count(*) FROM doc_trigger_instance WHERE json_extract(body, '$.payload.body.token') = ?1",
            &work.token,
        ),
        (_, Some(id)) => exists(&database, "SELECT count(*) FROM execution WHERE hex(id) = upper(?1)", id),
        (_, None) => true,
    };
    acknowledged.filter(|work| !is_there(work)).map(|work| format!("{} {:?} is gone", work.token, work.kind)).collect()
}

fn exists(database: &rusqlite::Connection, question: &str, about: &str) -> bool {
    let count: i64 = database.query_row(question, [about], |row| row.get(0)).expect("an answer");
    count > 0
}
