//! What the kernel knows of this process; read only when somebody asks.

use std::fmt::Write;
use std::fs;

/// Appends memory, files and processor time of this process, under the names that every Prometheus client uses.
pub(crate) fn append(text: &mut String) {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes = |name: &str| -> Option<u64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim_matches([':', ' ', '\t', 'k', 'B']).parse().ok()
    };
    let mut gauge = |name: &str, help: &str, value: Option<u64>| {
        let Some(value) = value else { return };
        // Writing to a text can't fail.
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}");
    };
    let bytes = |name: &str| kilobytes(name).map(|found| found * 1024);
    gauge("process_resident_memory_bytes", "Memory in use.", bytes("VmRSS"));
    gauge("process_resident_memory_peak_bytes", "The most memory that was in use.", bytes("VmHWM"));
    gauge("process_threads", "Threads.", kilobytes("Threads"));
    gauge("process_open_fds", "Open files and sockets.", open_files());
    gauge("process_max_fds", "The most files and sockets that may be open.", most_files());
}

fn open_files() -> Option<u64> {
    let entries = fs::read_dir("/proc/self/fd").ok()?;
    // The directory that is being read is one of them.
    Some((entries.count() as u64).saturating_sub(1))
}

fn most_files() -> Option<u64> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}
