//! Measures what every attack costs: `cargo bench -p squall-orquesta --bench hostile [WORD]`.
//!
//! Each case runs in a process of its own, so that its memory is its own and one that never ended could be stopped. The
//! time is what it spent on a processor, which other work on the machine does not stretch.

mod cases;
#[path = "../clock/processor.rs"]
mod processor;

use std::{
    env, fs,
    io::{self, Read, Write},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// The environment variable that asks for one case.
const ONE: &str = "HOSTILE_CASE";
/// After this long a case counts as endless.
const PATIENCE: Duration = Duration::from_secs(20);

fn main() -> io::Result<()> {
    if let Ok(index) = env::var(ONE) {
        return run(index.parse().unwrap_or_default());
    }
    let word = env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let mut out = io::stdout();
    let (mut slowest, mut largest, mut bad) = (0.0_f64, 0.0_f64, 0);
    writeln!(out, "| case | time | peak memory | refused with |\n|---|---|---|---|")?;
    for (index, case) in cases::all().iter().enumerate() {
        if !format!("{} {}", case.language, case.name).contains(&word) {
            continue;
        }
        let (time, memory, text) = measure(index)?;
        (slowest, largest) = (slowest.max(time), largest.max(memory));
        // Written so that what is no number is bad, too.
        let is_bad = !(time <= 250.0 && memory <= 64.0);
        bad += usize::from(is_bad);
        let (mark, text) = (if is_bad { "**!** " } else { "" }, text.trim_start_matches("refused "));
        let name = format!("{}: {}", case.language, case.name).replace('\n', "\\n").replace('|', "\\|");
        writeln!(out, "| {mark}`{name}` | {time:.1} ms | {memory:.0} MB | {} |", text.replace('|', "\\|"))?;
    }
    writeln!(out, "\nslowest {slowest:.1} ms, largest {largest:.0} MB, {bad} beyond 250 ms or 64 MB, or died")
}

/// Runs one case and prints milliseconds, megabytes and the answer.
fn run(index: usize) -> io::Result<()> {
    let cases = cases::all();
    let Some(case) = cases.get(index) else { return Ok(()) };
    let start = processor::milliseconds();
    let outcome = (case.run)();
    let time = processor::milliseconds() - start;
    let (verdict, text) = match outcome {
        // What is settled early, as `a < b` is by the first item, may be answered.
        Ok(text) => ("nothing: answered", text),
        Err(text) => ("refused", text),
    };
    let text: String = text.replace('\n', "\\n").chars().take(120).collect();
    writeln!(io::stdout(), "{time} {} {verdict} {text}", peak_megabytes())
}

/// Returns the most memory this process has had.
fn peak_megabytes() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kilobytes.unwrap_or(f64::NAN) / 1024.0
}

fn measure(index: usize) -> io::Result<(f64, f64, String)> {
    let mut child = Command::new(env::current_exe()?)
        .env(ONE, index.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let start = Instant::now();
    let status = loop {
        match child.try_wait()? {
            Some(status) => break status,
            None if start.elapsed() > PATIENCE => {
                child.kill()?;
                child.wait()?;
                return Ok((f64::INFINITY, f64::NAN, "NEVER ENDED".to_owned()));
            }
            None => std::thread::sleep(Duration::from_millis(2)),
        }
    };
    let mut text = String::new();
    if let Some(mut out) = child.stdout.take() {
        out.read_to_string(&mut text)?;
    }
    let mut parts = text.trim_end().splitn(3, ' ');
    let mut number = || parts.next().and_then(|part| part.parse::<f64>().ok());
    match (number(), number()) {
        (Some(time), Some(memory)) => Ok((time, memory, parts.next().unwrap_or_default().to_owned())),
        _ => Ok((f64::NAN, f64::NAN, format!("DIED: {status}"))),
    }
}
