//! `cargo xtask`: long runs for developers.

use std::process::{Command, ExitCode};

const USAGE: &str = "usage: cargo xtask faults [--minutes N] [--seed N] [--rows K1,K3]\n\
                     \n\
                     Plays the fault matrix in a release build. Rows that need RabbitMQ and MongoDB start the lanes of tests/lanes.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.split_first() {
        Some((command, rest)) if command == "faults" && !rest.iter().any(|word| word == "--help") => faults(rest),
        Some((command, _)) if command == "faults" || command == "--help" => {
            say(USAGE);
            ExitCode::SUCCESS
        }
        _ => {
            say(USAGE);
            ExitCode::from(2)
        }
    }
}

/// Runs the matrix between the lanes.
fn faults(arguments: &[String]) -> ExitCode {
    let mut command = Command::new("tests/lanes/mongodb");
    command
        .args([
            "run",
            "tests/lanes/rabbitmq",
            "run",
            "cargo",
            "test",
            "--release",
            "-p",
            "squall",
            "--test",
            "matrix",
            "--",
        ])
        .args(arguments);
    command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    match command.status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(status) => ExitCode::from(u8::try_from(status.code().unwrap_or(1)).unwrap_or(1)),
        Err(error) => {
            say(&format!("tests/lanes/mongodb could not be started: {error}"));
            ExitCode::from(1)
        }
    }
}

#[expect(clippy::print_stderr, reason = "the answer of the command")]
fn say(text: &str) {
    eprintln!("{text}");
}
