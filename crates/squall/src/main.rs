//! The squall binary; under the name `st2` it is the client alone.

use std::process::ExitCode;

fn main() -> ExitCode {
    squall::main(std::env::args_os().collect())
}
