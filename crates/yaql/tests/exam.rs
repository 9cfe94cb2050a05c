//! Compares with recorded answers of the original that live outside this repository; loud when they are not there.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the exam says what it counted and what it could not read"
)]

mod support;

use std::collections::BTreeSet;
use std::path::PathBuf;

use support::{answer, known_differences, records};

fn exam_file(name: &str) -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors");
    let path = folder.join(name);
    if !path.exists() {
        eprintln!("SKIPPED: no recorded answers at {}", path.display());
        return None;
    }
    Some(path)
}

/// Runs a file of records; every mismatch must be a known difference.
fn examine(name: &str) {
    let Some(path) = exam_file(name) else { return };
    let known: BTreeSet<String> = known_differences(name);
    let (mut passed, mut asked, mut news) = (0, 0, Vec::new());
    let mut seen = BTreeSet::new();
    for record in records(&path) {
        asked += 1;
        match answer(&record) {
            Ok(()) => passed += 1,
            Err(_) if known.contains(&record.expression()) => {
                seen.insert(record.expression());
            }
            Err(message) => news.push(format!("{}\n    {message}", record.expression())),
        }
    }
    println!("{name}: {passed} of {asked}, {} known differences", seen.len());
    let healed: Vec<&String> = known.difference(&seen).collect();
    assert!(news.is_empty(), "{name}: {passed} of {asked}; new differences:\n{}", news.join("\n"));
    assert!(healed.is_empty(), "{name}: no longer different, remove from the list: {healed:?}");
}

#[test]
fn parse_trees() {
    examine("yaql_parse.jsonl");
}

#[test]
fn values() {
    examine("yaql_evaluate.jsonl");
}
