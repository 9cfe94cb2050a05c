//! What the figures were taken on, and what a process costs, as Linux tells it.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result};

use crate::statistics::median;

/// Ticks a second in `/proc/PID/stat`, the same on every Linux that this runs on.
const TICKS_A_SECOND: f64 = 100.0;
const SYNCS: usize = 200;

/// Returns a description of the machine, one line a fact.
pub(crate) fn describe(directory: &Path) -> Result<Vec<String>> {
    let cores = std::thread::available_parallelism()?;
    let model = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown processor".to_owned());
    let memory = field("/proc/meminfo", "MemTotal").unwrap_or_default();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let load = fs::read_to_string("/proc/loadavg")?;
    Ok(vec![
        format!("processor: {model}, {cores} cores, shared by server and client"),
        format!("memory: {memory}; Linux {}", kernel.trim()),
        format!("disk: 4 KiB appended and synced in {:.2} ms (median)", sync_milliseconds(directory)?),
        format!("load average before the run: {}", load.split(' ').take(3).collect::<Vec<_>>().join(" ")),
    ])
}

/// Measures what every durable write costs at least.
pub(crate) fn sync_milliseconds(directory: &Path) -> Result<f64> {
    let mut file = fs::File::create(directory.join("sync"))?;
    let mut taken = Vec::with_capacity(SYNCS);
    for _ in 0..SYNCS {
        let started = Instant::now();
        file.write_all(&[0; 4096])?;
        file.sync_data()?;
        taken.push(started.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(median(&taken))
}

/// Returns the processes that descend from this one, and itself.
fn family(process: u32) -> Vec<u32> {
    let mut found = vec![process];
    let mut next = 0;
    while let Some(parent) = found.get(next).copied() {
        let children = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
        found.extend(children.split_whitespace().filter_map(|text| text.parse::<u32>().ok()));
        next += 1;
    }
    found
}

/// Returns the resident memory of the process and its children in MiB.
pub(crate) fn resident_mebibytes(process: u32) -> f64 {
    let kibibytes = |process: &u32| {
        let text = field(&format!("/proc/{process}/status"), "VmRSS")?;
        text.split(' ').next()?.parse::<f64>().ok()
    };
    family(process).iter().filter_map(kibibytes).sum::<f64>() / 1024.0
}

/// Returns the processor time that the process and its children have used, in seconds.
pub(crate) fn processor_seconds(process: u32) -> Result<f64> {
    let mut ticks = 0.0;
    for process in family(process) {
        let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
        let after_name = stat.rsplit(')').next().context("no name in stat")?;
        let fields: Vec<&str> = after_name.split_whitespace().collect();
        for number in [11, 12] {
            ticks += fields.get(number).context("stat is short")?.parse::<f64>()?;
        }
    }
    Ok(ticks / TICKS_A_SECOND)
}

fn field(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
