//! Inspecting and composing the workflow definitions of the packs in this repository.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value, json};
use squall_orquesta::{DefinitionError, Options, Workflow};

use crate::Outcome;
use crate::python::{Originals, seconds};
use crate::table::{Row, best};

const PACKS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../packs");

fn texts() -> Outcome<Vec<String>> {
    let mut files: Vec<PathBuf> = Vec::new();
    for pack in ["examples", "autoscale"] {
        for entry in fs::read_dir(Path::new(PACKS).join(pack).join("actions/workflows"))? {
            files.push(entry?.path());
        }
    }
    files.sort();
    files.iter().map(|file| Ok(fs::read_to_string(file)?)).collect()
}

/// Returns how many mistakes an inspection finds, as StackStorm asks for it; composing is part of compiling.
fn mistakes(workflow: Result<Arc<Workflow>, DefinitionError>) -> Option<usize> {
    let given = Map::from_iter([("st2".to_owned(), json!({})), ("parent".to_owned(), json!({}))]);
    Some(workflow.ok()?.inspect(&given).len())
}

pub(crate) fn rows(originals: Originals) -> Outcome<Vec<Row>> {
    let texts = texts()?;
    let parsed = texts.iter().map(|text| Ok(squall_yaml::parse(text)?)).collect::<Outcome<Vec<Value>>>()?;
    let from_values = || -> Vec<Option<usize>> {
        parsed.iter().map(|value| mistakes(Workflow::from_value(value.clone(), Options::default()))).collect()
    };
    let from_texts = || -> Vec<Option<usize>> { texts.iter().map(|text| mistakes(Workflow::compile(text))).collect() };
    let each = texts.len() as f64;
    let mut rows = Vec::new();
    for (what, aim, asked, ours) in [
        ("inspecting and composing a workflow definition", "≥ 50", json!(parsed), &from_values as &dyn Fn() -> _),
        ("the same from its text, with reading the YAML", "", json!(texts), &from_texts),
    ] {
        let theirs = originals.ask(&json!({"job": "definitions", "definitions": asked}))?;
        let found = ours();
        if json!(found) != theirs["mistakes"] {
            return Err(format!("mistakes found: {found:?} here, {} there", theirs["mistakes"]).into());
        }
        let spent = best(|| {
            ours();
        });
        let what = format!("{what} ({each})");
        rows.push(Row { what, aim, ours: spent / each, original: Some(seconds(&theirs)? / each) });
    }
    Ok(rows)
}
