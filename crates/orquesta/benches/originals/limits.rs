//! What the limits of the languages cost: this program against the same one built without them.
//!
//! The other one is built with `--cfg squall_without_limits` into a target directory of its own, and is asked by way of an
//! environment variable. The two take turns, and the best of each counts.

use std::env;
use std::io::{self, Write};
use std::path::Path;
use std::process::Command;

use serde_json::{Map, Value, json};
use squall_jinja::{Context, Environment};

use crate::parameters::Questions;
use crate::table::{Row, best};
use crate::{Outcome, lines, yaql};

/// Asks for the times alone, as JSON.
pub(crate) const ONLY_TIMES: &str = "ORIGINALS_ONLY_TIMES";
const TURNS: usize = 3;

const TEMPLATES: &str = include_str!("../../../jinja/tests/templates.jsonl");
const EXPRESSIONS: &str = include_str!("../../../jinja/tests/expressions.jsonl");
const CONTEXT: &str = include_str!("../../../jinja/tests/context.json");

/// Returns what was asked where the original has an answer: what fails does not get as far as a limit.
fn answered(recorded: &str, text: &str) -> Outcome<Vec<Value>> {
    let lines = lines(recorded)?.into_iter().filter(|line| line.get("ok").is_some());
    Ok(lines.map(|line| line[text].clone()).collect())
}

fn times() -> Outcome<Map<String, Value>> {
    let context: Map<String, Value> = serde_json::from_str(CONTEXT)?;
    let context: Context = context.into_iter().collect();
    let environment = Environment::default();
    let (templates, expressions) = (answered(TEMPLATES, "text")?, answered(EXPRESSIONS, "text")?);
    let (questions, parameters) = (yaql::questions()?, Questions::read()?);
    let mut times = Map::new();
    let mut take = |name: &str, count: usize, round: &mut dyn FnMut()| {
        times.insert(name.to_owned(), json!(best(round) / count as f64));
    };
    take("a YAQL expression of the vectors, parsed and evaluated", questions.len(), &mut || {
        yaql::round(&questions);
    });
    take("a Jinja expression of the vectors", expressions.len(), &mut || {
        expressions.iter().filter_map(Value::as_str).for_each(|text| drop(environment.evaluate(text, &context)));
    });
    take("a Jinja template of the vectors", templates.len(), &mut || {
        templates.iter().filter_map(Value::as_str).for_each(|text| drop(environment.render(text, &context)));
    });
    take("the parameters of all actions", 1, &mut || {
        parameters.actions(&environment);
    });
    Ok(times)
}

pub(crate) fn write_times() -> Outcome<()> {
    Ok(writeln!(io::stdout(), "{}", Value::Object(times()?))?)
}

/// Asks a program of this kind for its times.
fn ask(command: &mut Command) -> Outcome<Map<String, Value>> {
    let output = command.env(ONLY_TIMES, "1").output()?;
    if !output.status.success() {
        return Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn without_limits() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .args(["bench", "--quiet", "--package", "squall-orquesta", "--bench", "originals"])
        .env("RUSTFLAGS", "--cfg squall_without_limits")
        .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("without-limits"));
    cargo
}

pub(crate) fn rows() -> Outcome<Vec<Row>> {
    let mut bests: Vec<(String, [f64; 2])> = Vec::new();
    for _ in 0..TURNS {
        let (free, limited) = (ask(&mut without_limits())?, ask(&mut Command::new(env::current_exe()?))?);
        for (name, limited) in limited {
            let turn = [&limited, &free[&name]].map(|seconds| seconds.as_f64().unwrap_or(f64::NAN));
            match bests.iter_mut().find(|(known, _)| *known == name) {
                Some((_, best)) => *best = [best[0].min(turn[0]), best[1].min(turn[1])],
                None => bests.push((name, turn)),
            }
        }
    }
    let row = |(what, [limited, free]): (String, [f64; 2])| {
        let what = format!("{what}, with limits; beside it without: {:+.1} %", (limited / free - 1.0) * 100.0);
        Row { what, aim: "< 3 %", ours: limited, original: Some(free) }
    };
    Ok(bests.into_iter().map(row).collect())
}
