//! A file of a pack: its first byte says which, the rest is what is written in it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use serde_json::Map;
use squall_jinja::{Context, Environment, Limits};
use squall_packs::{PackContent, read_pack};
use squall_parameters::{Schemas, check_request, render_final, render_live};
use squall_yaml::{DuplicateKeys, Options};
use tempfile::TempDir;

/// Files by the last digit of the first byte, which is a digit in what people write.
const FILES: [&str; 10] = [
    "pack.yaml",
    "actions/action.yaml",
    "rules/rule.yaml",
    "sensors/sensor.yaml",
    "aliases/alias.yaml",
    "policies/policy.yaml",
    "triggers/trigger.yaml",
    "config.schema.yaml",
    "actions/flow.yaml",
    "actions/chain.yaml",
];

/// Actions whose workflow or chain is the file in question.
const ENTRY_POINTS: [(&str, &str); 2] = [("flow.yaml", "orquesta"), ("chain.yaml", "action-chain")];

static RUNNERS: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let names = ["action-chain", "noop", "orquesta", "python-script", "local-shell-cmd", "run-local-script"];
    let own = names.into_iter().map(|name| (name.to_owned(), name.to_owned()));
    own.chain([("mistral-v2".to_owned(), "orquesta".to_owned())]).collect()
});
static ENVIRONMENT: LazyLock<Environment> =
    LazyLock::new(|| Environment::stackstorm(Limits { cached_templates: 16, ..Limits::default() }));

pub(crate) fn take(bytes: &[u8]) {
    let Some((first, text)) = bytes.split_first() else { return };
    let file = FILES[usize::from(first.wrapping_sub(b'0')) % FILES.len()];
    if let Ok(text) = std::str::from_utf8(text) {
        take_yaml(text);
    }
    let directory = TempDir::new().expect("a temporary directory");
    write_pack(directory.path(), file, text).expect("the directory is writable");
    let reading = read_pack(directory.path(), &RUNNERS);
    let lines = bytes.iter().filter(|byte| **byte == b'\n' || **byte == b'\r').count() + 2;
    for diagnostic in reading.diagnostics.iter().filter(|found| found.file.ends_with(file)) {
        let line = diagnostic.line.unwrap_or_default();
        assert!(line <= lines || !bytes.is_ascii(), "a place beyond the end: {diagnostic}");
    }
    if let Some(content) = reading.content {
        render_defaults(&content);
    }
}

fn write_pack(directory: &Path, file: &str, text: &[u8]) -> std::io::Result<()> {
    for folder in ["actions", "rules", "sensors", "aliases", "policies", "triggers"] {
        fs::create_dir(directory.join(folder))?;
    }
    fs::write(directory.join("pack.yaml"), "ref: fuzzed\nname: fuzzed\nversion: 1.0.0\nauthor: us\n")?;
    for (entry_point, runner) in ENTRY_POINTS.iter().filter(|(name, _)| file.ends_with(name)) {
        let action = format!("name: entry\nrunner_type: {runner}\nentry_point: {entry_point}\n");
        fs::write(directory.join("actions/entry.yaml"), action)?;
    }
    fs::write(directory.join(file), text)
}

/// Reads a document, and what is written of its value again.
fn take_yaml(text: &str) {
    let strict = Options { duplicate_keys: DuplicateKeys::Reject, ..Options::default() };
    let Ok(document) = squall_yaml::parse_document(text) else {
        assert!(squall_yaml::parse_document_with(text, &strict).is_err(), "only the stricter reading takes it");
        return;
    };
    squall_yaml::parse_document_with(text, &strict).ok();
    let written = squall_yaml::to_string(&document.value);
    match squall_yaml::parse(&written) {
        // Keys are sorted when they are written.
        Ok(again) => assert!(again == document.value, "written as {written:?}, which is {again}"),
        Err(error) => assert!(error.message.contains("more than"), "written as {written:?}: {error}"),
    }
}

/// What a request without parameters makes of the actions' defaults.
fn render_defaults(content: &PackContent) {
    for action in &content.actions {
        let runner = Map::new();
        let schemas = Schemas { runner: &runner, action: &action.parameters, title: &action.name, description: None };
        let context = Context::new();
        let Ok(live) = render_live(&ENVIRONMENT, schemas, &Map::new(), &context) else { continue };
        check_request(schemas, &live).ok();
        render_final(&ENVIRONMENT, schemas, &live, &context).ok();
    }
}
