//! Our reading and writing against PyYAML's, recorded by record.py from texts and values that we wrote.

use std::fmt::Write as _;

use serde_json::Value;
use squall_yaml::{DumpOptions, parse, to_string_with};

/// Texts on which we differ on purpose; each line says why after a tab. The list may only shrink.
const KNOWN: &str = include_str!("known_differences.txt");

fn rows(recorded: &str) -> impl Iterator<Item = Value> + '_ {
    recorded.lines().map(|line| serde_json::from_str(line).expect("a recorded line is JSON"))
}

#[test]
fn reads_what_pyyaml_reads() {
    let known: Vec<String> = KNOWN
        .lines()
        .map(|line| serde_json::from_str(line.split('\t').next().unwrap_or_default()).expect("a JSON string"))
        .collect();
    let (mut failures, mut met) = (String::new(), 0);
    for row in rows(include_str!("load.jsonl")) {
        let text = row["text"].as_str().expect("a text");
        let ours = parse(text);
        let agrees = match (&ours, row.get("ok")) {
            (Ok(value), Some(expected)) => value == expected,
            (Err(_), None) => true,
            _ => false,
        };
        if known.iter().any(|known| known == text) {
            met += 1;
            assert!(!agrees, "{text:?} agrees now: take it off the list");
        } else if !agrees {
            writeln!(failures, "{text:?}: ours {ours:?}, recorded {row}").expect("a string takes text");
        }
    }
    assert_eq!(met, known.len(), "a known difference is not in the recording");
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn writes_what_safe_dump_writes() {
    let mut failures = String::new();
    for row in rows(include_str!("dump.jsonl")) {
        let given = &row["options"];
        let options = DumpOptions {
            indent: given["indent"].as_u64().unwrap_or(2) as usize,
            allow_unicode: given["allow_unicode"].as_bool().unwrap_or(true),
            sort_keys: given["sort_keys"].as_bool().unwrap_or(true),
        };
        let ours = to_string_with(&row["value"], &options);
        if ours != row["ok"].as_str().expect("a text") {
            writeln!(failures, "{} {}\n  ours {ours:?}\n  py   {}", row["value"], given, row["ok"])
                .expect("a string takes text");
        }
        assert_eq!(parse(&ours).as_ref(), Ok(&row["value"]), "what is written reads back: {ours:?}");
    }
    assert!(failures.is_empty(), "{failures}");
}
