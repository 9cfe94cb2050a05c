//! What inputs cost: `cargo run --release -p squall-fuzzing --example measure -- NAME FILE…` prints milliseconds of the processor for
//! each, and at last the most memory that the process has had.

use std::env;
use std::fs;
use std::io::{self, Write};

fn main() -> io::Result<()> {
    let mut arguments = env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let entry = squall_fuzzing::entry(&name)
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, format!("there is no entry `{name}`")))?;
    let mut out = io::stdout();
    for file in arguments {
        let input = fs::read(&file)?;
        let before = processor_milliseconds();
        entry(&input);
        writeln!(out, "{:9.1} ms  {file}", processor_milliseconds() - before)?;
    }
    writeln!(out, "{:9.1} MB at most", peak_megabytes())
}

/// How long this thread has run; the kernel's account is in nanoseconds.
fn processor_milliseconds() -> f64 {
    let account = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    account.split(' ').next().and_then(|spent| spent.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1e6
}

/// The most memory that this process has had.
fn peak_megabytes() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kilobytes.unwrap_or(f64::NAN) / 1024.0
}
