//! The originals from PyPI, in a virtual environment below the target directory that is set up once.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::Outcome;

/// What is measured, and what it needs that its own requirements are too old to name.
const REQUIREMENTS: &[&str] = &["yaql==3.2.0", "jinja2==3.1.6", "setuptools<81"];
/// What pip installs as Orquesta; the variable names another one: a directory with its source, say.
const ORQUESTA: &str = "orquesta==1.2.0";
const ORQUESTA_FROM: &str = "ORQUESTA";
const DRIVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/originals/driver.py");

pub(crate) struct Originals {
    python: PathBuf,
}

impl Originals {
    pub(crate) fn get() -> Outcome<Self> {
        let orquesta = std::env::var(ORQUESTA_FROM).unwrap_or_else(|_| ORQUESTA.to_owned());
        let mut wanted = REQUIREMENTS.to_vec();
        wanted.push(&orquesta);
        let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join("originals-venv");
        let (python, done) = (environment.join("bin/python"), environment.join("squall-requirements"));
        if fs::read_to_string(&done).is_ok_and(|installed| installed == wanted.join("\n")) {
            return Ok(Self { python });
        }
        finish(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))?;
        let quietly = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        finish(Command::new(&python).args(quietly).args(&wanted))?;
        fs::write(&done, wanted.join("\n"))?;
        Ok(Self { python })
    }

    /// Asks the driver, which is a process of its own for every job.
    pub(crate) fn ask(&self, job: &Value) -> Outcome<Value> {
        let mut child = Command::new(&self.python)
            .arg(DRIVER)
            .env("PYTHONHASHSEED", "0")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(job.to_string().as_bytes())?;
        }
        let output = child.wait_with_output()?;
        if !output.status.success() {
            return Err(format!("the driver ended with {}", output.status).into());
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }
}

fn finish(command: &mut Command) -> Outcome<()> {
    let status = command.stdout(Stdio::null()).status()?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} ended with {status}").into()) }
}

/// Returns the seconds of an answer of the driver.
pub(crate) fn seconds(answer: &Value) -> Outcome<f64> {
    answer["seconds"].as_f64().ok_or_else(|| format!("no time in {answer}").into())
}
