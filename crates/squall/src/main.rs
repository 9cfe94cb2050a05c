//! The squall binary; under the name `st2` it is the client alone.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Executions are many small maps that one thread makes and another drops. The system's allocator spends a quarter of the processor
/// time on them and keeps twice the memory afterwards.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    squall::main(std::env::args_os().collect())
}
