//! The squall binary as a library, so that its end-to-end tests can use what it uses: configuration → adapters → roles, and the
//! life cycle that the demo plays.

mod args;
mod assets;
mod authors;
mod backends;
mod backup;
mod cloudsim;
mod config;
pub mod demo;
mod doctor;
mod fault_points;
mod health;
mod logging;
mod platform;
mod roles;
mod secrets;
mod serve;
mod telemetry;
mod transfer;

use std::ffi::OsString;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use squall_client::{ClientCommand, DoctorArgs, Io, WorkflowCommand, WorkflowInspectArgs};

use crate::args::{Command, SquallArgs};

/// Does what the command line says.
pub fn main(arguments: Vec<OsString>) -> ExitCode {
    squall_runners::install_tls_provider();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(&format!("could not start: {error}"));
            return ExitCode::from(1);
        }
    };
    let code = runtime.block_on(run(arguments));
    // What still runs in the background is of no use any more; a blocking read must not hold the process.
    runtime.shutdown_background();
    code
}

async fn run(arguments: Vec<OsString>) -> ExitCode {
    let name = arguments.first().and_then(|program| Path::new(program).file_name());
    if name.is_some_and(|name| name == "st2") {
        return squall_client::run_command_line(arguments, &mut Io::from_process()).await.into();
    }
    let parsed = match SquallArgs::try_parse_from(squall_client::rewrite_arguments(arguments)) {
        Ok(parsed) => parsed,
        Err(error) => {
            // There is nowhere left to say that even this could not be said.
            let _unheard = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let outcome = match parsed.command {
        Command::Serve(serve) => serve::run(serve).await,
        Command::Demo(demo) => demo::run(demo).await,
        Command::Health(arguments) => health::run(arguments).await,
        Command::Backup(arguments) => backup::backup(arguments).await,
        Command::Restore(arguments) => backup::restore(arguments).await,
        Command::Move(arguments) => transfer::run(arguments).await,
        Command::Cloudsim(cloudsim) => cloudsim::run(cloudsim).await,
        Command::Client(ClientCommand::Doctor(DoctorArgs { data_dir: Some(directory), common, .. })) => {
            doctor::run(&directory, &common.output).await
        }
        Command::Client(ClientCommand::Expr(arguments)) => return authors::finish(authors::expr(&arguments)),
        Command::Client(ClientCommand::Workflow(WorkflowCommand::Graph(arguments))) => {
            return authors::finish(authors::graph(&arguments));
        }
        Command::Client(ClientCommand::Workflow(WorkflowCommand::Rehearse(arguments))) => {
            return authors::finish(authors::rehearse(&arguments));
        }
        Command::Client(ClientCommand::Workflow(WorkflowCommand::Inspect(WorkflowInspectArgs {
            path: Some(path),
            common,
            ..
        }))) => return authors::finish(authors::inspect(&path, common.output.json)),
        Command::Client(command) => {
            return squall_client::execute(command, parsed.global, &mut Io::from_process()).await.into();
        }
    };
    outcome.unwrap_or_else(|error| {
        complain(&format!("{error:#}"));
        ExitCode::from(1)
    })
}

/// The last word of a command that failed.
fn complain(text: &str) {
    // Where nobody listens any more, the exit code says it.
    let _unheard = writeln!(std::io::stderr(), "squall: {text}");
}
