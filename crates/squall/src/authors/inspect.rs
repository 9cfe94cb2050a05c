//! `squall workflow inspect FILE`: what is wrong with a definition, each mistake with its line.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use serde_json::{Map, Value, json};
use squall_client::Palette;
use squall_orquesta::expressions::{Language, known_names};
use squall_orquesta::{DefinitionError, Inspection, UnknownName, Workflow, unknown_names};

use super::place;
use super::snippet::{Mistake, Place, Severity};

pub(crate) fn run(path: &Path, as_json: bool) -> Result<ExitCode> {
    let text = super::read(path)?;
    let workflow = match Workflow::compile(&text) {
        Ok(workflow) => workflow,
        Err(error) if as_json => {
            super::print(&format!("{}\n", json!([{"type": "content", "message": error.to_string()}])))?;
            return Ok(ExitCode::from(super::TO_MEND));
        }
        Err(error) => return unreadable(path, &text, &error),
    };
    let found = workflow.inspect(&given());
    let unknown = unknown_names(&workflow);
    if as_json {
        super::print(&format!("{:#}\n", listed(&found, &unknown, &workflow, &text)?))?;
    } else {
        let palette = super::palette(&std::io::stdout());
        super::print(&shown(path, &text, &workflow, &found, palette))?;
        let warnings = unknown.iter().map(|unknown| warning(path, unknown, &workflow, &text).show(&text, palette));
        super::print(&warnings.collect::<String>())?;
        if found.is_empty() {
            super::print("No errors found in workflow definition.\n")?;
        }
    }
    Ok(if found.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(super::TO_MEND) })
}

/// StackStorm's list of mistakes, and after it what it does not look for.
fn listed(found: &[Inspection], unknown: &[UnknownName], workflow: &Workflow, text: &str) -> Result<Value> {
    let mut list = found.iter().map(serde_json::to_value).collect::<Result<Vec<Value>, _>>()?;
    list.extend(unknown.iter().map(|unknown| {
        let place = place::of_name(unknown, workflow, text).map(|place| (place.line, place.column)).unzip();
        json!({
            "type": "warning", "language": unknown.language, "expression": unknown.expression,
            "message": message(unknown), "spec_path": unknown.spec_path, "line": place.0, "column": place.1,
        })
    }));
    Ok(Value::from(list))
}

fn warning(path: &Path, unknown: &UnknownName, workflow: &Workflow, text: &str) -> Mistake {
    let meant = super::meant(&unknown.name, &known_names(unknown.language));
    Mistake { severity: Severity::Warning, ..Mistake::error(path, message(unknown)) }
        .at(place::of_name(unknown, workflow, text))
        .hint(meant.map(|meant| format!("did you mean `{meant}`?")))
}

fn message(unknown: &UnknownName) -> String {
    let what = match unknown.language {
        Language::Yaql => "function",
        Language::Jinja => "filter or test",
    };
    format!("There is no {what} \"{}\": this fails when it is evaluated.", unknown.name)
}

/// What every workflow is given besides its inputs.
fn given() -> Map<String, Value> {
    ["st2", "parent"].into_iter().map(|name| (name.to_owned(), Value::Null)).collect()
}

/// Every mistake with its snippet, in the order of the file.
pub(super) fn shown(path: &Path, text: &str, workflow: &Workflow, found: &[Inspection], palette: Palette) -> String {
    let mut mistakes: Vec<Mistake> = found
        .iter()
        .map(|entry| {
            let place = place::of(entry, workflow, text);
            Mistake::error(path, &entry.message).at(place).hint(place::hint(entry, workflow))
        })
        .collect();
    mistakes.sort_by_key(|mistake| mistake.place.map(|place| (place.line, place.column)));
    mistakes.iter().map(|mistake| mistake.show(text, palette)).collect()
}

/// Tells of a text that is no definition at all.
pub(super) fn unreadable(path: &Path, text: &str, error: &DefinitionError) -> Result<ExitCode> {
    let place = error.position().map(|(line, column)| Place { line, column, length: 1 });
    let mistake = Mistake::error(path, error.to_string()).at(place);
    super::print(&mistake.show(text, super::palette(&std::io::stdout())))?;
    Ok(ExitCode::from(super::TO_MEND))
}
