//! The server is killed at random moments of a group's whole life, and the life ends as if it never had been.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use squall::demo::lifecycle::{Group, LifeCycle, Observer, Platform};
use squall::demo::setup::write_configs;

use crate::killer::{Killer, Killings};
use crate::progress::Progress;
use crate::support::dice::{fresh_seed, number_from_environment};
use crate::support::processes::{Server, Simulator, actions_calling, log_of};
use crate::{aftermath, journal};

const KILLS: u64 = 12;

#[tokio::test(flavor = "multi_thread")]
async fn a_life_cycle_survives_kills_at_any_moment() {
    let seed = number_from_environment("SQUALL_FAULTS_SEED").unwrap_or_else(fresh_seed);
    let kills = number_from_environment("SQUALL_FAULTS_KILLS").unwrap_or(KILLS) as usize;
    let directory = tempfile::tempdir().expect("a temporary directory");
    let progress = Arc::new(Progress::new());
    let outcome = play(directory.path(), kills, seed, &progress).await;
    println!("SQUALL_FAULTS_SEED={seed} SQUALL_FAULTS_KILLS={kills}\n{}", progress.story());
    if let Err(error) = outcome {
        let kept = directory.keep();
        panic!("{error:#}\nkept: {}\nlog of the servers:\n{}", kept.display(), log_of(&kept));
    }
}

async fn play(directory: &Path, kills: usize, seed: u64, progress: &Arc<Progress>) -> Result<()> {
    let simulator = Simulator::start(directory);
    write_configs(&directory.join("data/configs"), &simulator.url)?;
    let server = Server::start(directory);
    let (api, data_dir) = (server.api, server.data_dir());
    let password_file = data_dir.join("initial-admin-password");
    let platform =
        Platform::connect(&format!("http://{api}"), &format!("http://{}", server.auth), &password_file).await?;
    // Every kill may cost the step that it hits.
    let limit = Duration::from_secs(120 + 10 * kills as u64);
    let group = Group { limit, ..Group::demo() };
    let observer = Arc::clone(progress) as Arc<dyn Observer>;
    let life = LifeCycle::new(platform.clone(), simulator.url.clone(), group, observer);

    let killer = Killer::start(server, kills, seed, Arc::clone(progress));
    let lived = life.play().await;
    let mut killings = tokio::task::spawn_blocking(|| killer.finish()).await?;
    progress.note(&format!("{} kills, by phase {:?}", killings.count(), killings.by_phase));
    lived.with_context(|| killings.trouble.clone().unwrap_or_else(|| "the life cycle".to_owned()))?;
    killed_often_enough(&killings, kills)?;

    aftermath::silence_the_governor(&platform).await?;
    aftermath::everything_finishes(&platform).await?;
    let status = killings.server.stop();
    ensure!(status.success(), "the server stopped with {status}");
    let trouble = aftermath::database_trouble(&data_dir)?;
    ensure!(trouble.is_empty(), "the database: {trouble:?}");
    let endings = aftermath::endings(&data_dir)?;
    // Every action of the life cycle may run again, so that a kill must not show in how anything ended.
    ensure!(endings.keys().all(|ending| ending.ends_with(" succeeded")), "not everything succeeded: {endings:#?}");
    progress.note(&format!("{} executions succeeded", endings.values().sum::<i64>()));
    let strays = actions_calling(api);
    ensure!(strays.is_empty(), "processes of actions outlived the server: {strays:?}");
    nothing_was_made_twice(&simulator, progress)
}

fn killed_often_enough(killings: &Killings, kills: usize) -> Result<()> {
    if let Some(trouble) = &killings.trouble {
        bail!("{trouble}");
    }
    ensure!(killings.count() >= kills, "{} kills instead of {kills}", killings.count());
    Ok(())
}

fn nothing_was_made_twice(simulator: &Simulator, progress: &Progress) -> Result<()> {
    let lines = journal::read(&simulator.journal);
    let counts = journal::count_made(&lines);
    progress.note(&format!("{} requests in the journal; made: {counts:?}", lines.len()));
    for kind in ["machine with token", "record", "member", "zone", "load balancer", "Chef node"] {
        ensure!(counts.contains_key(kind), "the journal knows of no {kind}: {counts:?}");
    }
    let doubled = journal::made_twice(&lines);
    ensure!(doubled.is_empty(), "made twice: {doubled:#?}");
    Ok(())
}
