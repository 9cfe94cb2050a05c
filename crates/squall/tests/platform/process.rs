//! `squall serve` and `squall demo` as processes: signals, and readers that go away.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::waiting::eventually;

struct Process(Child);

impl Process {
    fn start(command: &mut Command) -> Self {
        command.env_remove("RUST_LOG").stdin(Stdio::null());
        Self(command.spawn().expect("the binary starts"))
    }

    fn tell(&self, signal: Signal) {
        let id = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw).expect("a process has an id");
        kill_process(id, signal).expect("the process runs");
    }

    fn end(&mut self) -> ExitStatus {
        eventually("the process to end", || self.0.try_wait().ok().flatten().ok_or("it is running"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ended = self.0.kill();
        let _status = self.0.wait();
    }
}

/// Returns the arguments of a server on free ports.
fn server(arguments: &mut Command, directory: &tempfile::TempDir) {
    arguments.args(["serve", "--auth", "none", "--data-dir"]).arg(directory.path().join("data"));
    for port in ["--api-port", "--auth-port", "--stream-port", "--combined-port"] {
        arguments.args([port, "0"]);
    }
    arguments.stdout(Stdio::null()).stderr(Stdio::piped());
}

fn wait_until_ready(process: &mut Process) -> BufReader<ChildStderr> {
    let mut log = BufReader::new(process.0.stderr.take().expect("stderr is piped"));
    let mut line = String::new();
    while !line.contains("ready") {
        line.clear();
        assert!(log.read_line(&mut line).is_ok_and(|read| read > 0), "the server ended before it was ready");
    }
    log
}

#[test]
fn a_server_outlives_the_reader_of_its_log() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut command = Command::new(env!("CARGO_BIN_EXE_squall"));
    server(&mut command, &directory);
    let mut process = Process::start(&mut command);
    drop(wait_until_ready(&mut process));
    // The farewell of the log is written to a pipe that nobody reads.
    process.tell(Signal::TERM);
    assert_eq!(process.end().code(), Some(0));
}

#[test]
fn a_server_that_is_told_to_stop_in_the_instant_it_is_ready_or_before_stops_in_order() {
    for while_starting in [false, true] {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut command = Command::new(env!("CARGO_BIN_EXE_squall"));
        server(&mut command, &directory);
        let mut process = Process::start(&mut command);
        // The directory is made before anything else, and after the signals were taken.
        let begun = || if directory.path().join("data").exists() { Ok(()) } else { Err("not yet") };
        let _log = if while_starting {
            eventually("the data directory", begun);
            None
        } else {
            Some(wait_until_ready(&mut process))
        };
        process.tell(Signal::TERM);
        assert_eq!(process.end().code(), Some(0));
    }
}

#[test]
fn a_server_stops_in_order_when_its_terminal_goes_away() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut command = Command::new(env!("CARGO_BIN_EXE_squall"));
    server(&mut command, &directory);
    let mut process = Process::start(&mut command);
    let _log = wait_until_ready(&mut process);
    process.tell(Signal::HUP);
    assert_eq!(process.end().code(), Some(0));
}

#[test]
fn a_server_that_was_told_to_outlive_its_terminal_does() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut command = Command::new("nohup");
    command.arg(env!("CARGO_BIN_EXE_squall"));
    server(&mut command, &directory);
    let mut process = Process::start(&mut command);
    let mut log = wait_until_ready(&mut process);
    process.tell(Signal::HUP);
    process.tell(Signal::TERM);
    assert_eq!(process.end().code(), Some(0));
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut log, &mut rest).expect("the log is text");
    // A hangup that was heard would have made SIGTERM the second signal, which ends at once with 130.
    assert!(!rest.contains("stopped at once"), "{rest}");
}

#[test]
fn a_demo_whose_output_nobody_reads_any_more_ends_instead_of_playing_on() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_squall"));
    command.arg("demo").stdout(Stdio::piped()).stderr(Stdio::null());
    let mut process = Process::start(&mut command);
    let mut first = String::new();
    let mut output = BufReader::new(process.0.stdout.take().expect("stdout is piped"));
    output.read_line(&mut first).expect("a line");
    assert!(first.starts_with("squall http://127.0.0.1:"), "{first}");
    drop(output);
    assert_eq!(process.end().code(), Some(141));
}
