//! StackStorm's own command line client from PyPI, unmodified, in a virtual environment below the target directory.
//!
//! It is set up once and shared by all tests; where that fails the test fails too, because a client that was never asked proves
//! nothing.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The release, and with it (it pins them exactly) everything below it. One set serves Python 3.8 to 3.12; `setuptools` because
/// newer interpreters come without it and `jsonschema` 3.2 asks for it.
const REQUIREMENTS: &[&str] = &["st2client==3.9.0", "setuptools<81"];

/// Returns the path of `st2`.
pub(crate) fn st2() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| set_up().unwrap_or_else(|reason| panic!("{}", explain(&reason))))
}

fn explain(reason: &str) -> String {
    format!(
        "\n\nATTENTION: the tests need StackStorm's client and could not set it up.\n\
         Needed: python3 (3.8 to 3.12) with venv and pip, and once the network or a pip cache for {REQUIREMENTS:?}.\n{reason}\n"
    )
}

fn set_up() -> Result<PathBuf, String> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let environment = target.join("st2client-venv");
    let program = environment.join("bin/st2");
    let done = environment.join("squall-requirements");
    let wanted = REQUIREMENTS.join("\n");
    std::fs::create_dir_all(target).map_err(|error| error.to_string())?;
    let lock = File::create(target.join("st2client-venv.lock")).map_err(|error| error.to_string())?;
    // Other test processes wait here until the first one is done.
    lock.lock().map_err(|error| error.to_string())?;
    if std::fs::read_to_string(&done).is_ok_and(|found| found == wanted) {
        return Ok(program);
    }
    let path = environment.to_string_lossy().into_owned();
    run(Command::new("python3").args(["-m", "venv", "--clear", &path]))?;
    let mut install = Command::new(environment.join("bin/python"));
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(REQUIREMENTS);
    run(&mut install)?;
    std::fs::write(&done, wanted).map_err(|error| error.to_string())?;
    Ok(program)
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let [stdout, stderr] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    Err(format!("{command:?} ended with {}\n{stdout}{stderr}", output.status))
}
