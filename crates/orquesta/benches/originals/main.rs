//! Compares what computes with the Python originals, on the same questions and in one run:
//! `cargo bench -p squall-orquesta --bench originals [WORD]`, where the word chooses rows.
//!
//! Both sides are measured alike: the processor time of one round over all questions, the best of several samples. A round of
//! theirs is what StackStorm does with its libraries loaded and its engines set up. Answers are compared before times are.

mod conducting;
mod definitions;
mod limits;
mod parameters;
#[path = "../clock/processor.rs"]
mod processor;
mod python;
mod table;
mod yaql;

use std::{env, error::Error, io, io::Write};

use python::Originals;
use serde_json::Value;
use table::Row;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    if env::var_os(limits::ONLY_TIMES).is_some() {
        return limits::write_times();
    }
    let word = env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let mut out = io::stdout();
    writeln!(out, "{}", table::HEAD)?;
    for (name, rows) in KINDS {
        if name.contains(&word) {
            for row in rows()? {
                writeln!(out, "{row}")?;
            }
        }
    }
    Ok(())
}

/// Returns what stands on the lines of a file.
fn lines(text: &str) -> Outcome<Vec<Value>> {
    Ok(text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
}

type Rows = fn() -> Outcome<Vec<Row>>;

const KINDS: &[(&str, Rows)] = &[
    ("yaql", || yaql::rows(Originals::get()?)),
    ("parameters", || parameters::rows(Originals::get()?)),
    ("definitions", || definitions::rows(Originals::get()?)),
    ("workflow", || conducting::workflow_rows(Originals::get()?)),
    ("items", || conducting::items_rows(Originals::get()?)),
    ("limits", limits::rows),
];
