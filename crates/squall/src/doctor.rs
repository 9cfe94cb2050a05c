//! `squall doctor --data-dir DIR`: looks into a data directory whose server does not run.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Result, bail};
use squall_bus::InProcessBus;
use squall_client::OutputArgs;
use squall_model::{Id, RunnerInfo, Secret};
use squall_service::{
    Clock, Context, ContextParts, Entropy, ServiceTokens, Settings, SystemClock, SystemEntropy, Tasks, doctor,
};

use crate::{backends, platform};

/// Examines the store as a start would find it: every owner is dead, and what rests waits for a server.
pub(crate) async fn run(data_dir: &Path, output: &OutputArgs) -> Result<ExitCode> {
    let database = data_dir.join("squall.db");
    if !database.is_file() {
        bail!("{} has no squall.db; is it a data directory?", data_dir.display());
    }
    // Opening takes the lock, so that this can't be done beside a running server.
    let opened = backends::open_embedded(&database)?;
    let context = Context::new(ContextParts {
        store: opened.store.clone(),
        bus: Arc::new(InProcessBus::default()),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        datastore_key: None,
        // Nobody is given a token here.
        service_tokens: ServiceTokens::new(Secret::new(SystemEntropy.hex(16))),
        tasks: Tasks::default(),
        process: Id::new(SystemClock.now(), SystemEntropy.next_u64()),
        runner_info: RunnerInfo { hostname: platform::hostname(), pid: std::process::id() },
        settings: Settings { data_dir: data_dir.to_owned(), ..Settings::default() },
    });
    let report = doctor::examine(&context).await;
    let shown = serde_json::to_value(&report)?;
    if output.json {
        print(&format!("{shown:#}"));
    } else {
        print(&squall_client::doctor_text(&shown, 160));
        if report.findings.iter().any(|finding| finding.repair.is_some()) {
            print("what can be repaired is, by the first sweep of the next start: squall serve");
        }
    }
    Ok(if report.healthy { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

#[expect(clippy::print_stdout, reason = "the answer of the command")]
fn print(text: &str) {
    println!("{text}");
}
