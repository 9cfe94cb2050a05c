//! Compares with recorded answers of the original that live outside this repository; loud when they are not there.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the exam says what it counted and what it could not read"
)]

#[path = "support/orquesta.rs"]
mod orquesta;
mod support;
#[path = "support/tree.rs"]
mod tree;

use std::collections::BTreeSet;
use std::path::PathBuf;

use support::{Record, answer, known_differences, records};

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
fn examine(name: &str, check: fn(&Record) -> Option<Result<(), String>>) {
    let Some(path) = exam_file(name) else { return };
    let known: BTreeSet<String> = known_differences(name);
    let (mut passed, mut asked, mut news) = (0, 0, Vec::new());
    let mut seen = BTreeSet::new();
    for record in records(&path) {
        let Some(result) = check(&record) else { continue };
        asked += 1;
        match result {
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
    examine("yaql_parse.jsonl", |record| Some(tree::check_tree(record)));
}

#[test]
fn values() {
    examine("yaql_evaluate.jsonl", |record| Some(answer(record)));
}

#[test]
fn orquesta_expressions() {
    examine("orq_evaluate.jsonl", |record| {
        let text = record.json["expr"].as_str()?;
        let inner = text.strip_prefix("<%")?.strip_suffix("%>")?;
        let is_single = !inner.contains("<%")
            && !inner.contains("%>")
            && !inner.contains("{{")
            && !inner.contains("{%")
            && !text.contains('\n');
        let is_local = ["ctx(", "result(", "item("].iter().all(|name| !inner.contains(name)) || inner.contains("ctx(");
        (is_single && is_local).then(|| orquesta::orquesta_answer(record, inner)).flatten()
    });
}
