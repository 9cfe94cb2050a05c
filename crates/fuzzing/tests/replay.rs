//! What the fuzzers kept is taken again, on any compiler: inputs that reach far, and every finding of old.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use squall_fuzzing::ENTRIES;

/// As much as the threads of the platform have.
const STACK: usize = 2 << 20;

fn corpus(name: &str) -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(name);
    let entries = fs::read_dir(&directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort_unstable();
    files
}

fn replay(name: &str) {
    let (_, entry) = ENTRIES.iter().find(|(known, _)| *known == name).expect("an entry of this name");
    let files = corpus(name);
    assert!(files.len() > 50, "the corpus of {name} has only {} inputs", files.len());
    let mut bad = Vec::new();
    for file in files {
        let input = fs::read(&file).expect("the corpus is readable");
        let taken = thread::Builder::new().stack_size(STACK).spawn(move || entry(&input)).expect("a thread").join();
        if taken.is_err() {
            bad.push(file.display().to_string());
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

#[test]
fn templates_of_the_corpus_are_taken() {
    replay("jinja");
}

#[test]
fn files_of_packs_of_the_corpus_are_taken() {
    replay("pack");
}

#[test]
fn workflows_of_the_corpus_are_taken() {
    replay("workflow");
}

#[test]
fn expressions_of_the_corpus_are_taken() {
    replay("yaql");
}

#[test]
fn every_entry_has_a_fuzz_target() {
    let targets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/fuzz_targets");
    for (name, _) in ENTRIES {
        let program = fs::read_to_string(targets.join(format!("{name}.rs"))).unwrap_or_default();
        assert!(program.contains(&format!("begin(\"{name}\")")), "there is no target {name}");
    }
}
