//! Which workflow of a file an action runs.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// A workflow, the keys that lead to it, and what it may call.
pub(crate) struct Entry<'a> {
    pub(crate) workflow: &'a Map<String, Value>,
    pub(crate) path: Vec<String>,
    /// The workflows of its workbook.
    pub(crate) book: BTreeSet<String>,
}

/// The last line of a text that stands for a certain workflow of its workbook.
const CHOICE: &str = "# Run the workflow: ";

/// Returns the text that stands for a workflow of a workbook. Its lines keep their numbers.
pub(crate) fn choose(text: &str, workflow: &str) -> String {
    format!("{text}\n{CHOICE}{workflow}")
}

/// Returns the workflow that a text stands for, where it says so.
pub(crate) fn chosen(text: &str) -> Option<&str> {
    text.rsplit('\n').next().and_then(|line| line.strip_prefix(CHOICE))
}

/// Keys of a file that are no workflow's name.
const OTHER_KEYS: [&str; 6] = ["version", "name", "description", "tags", "actions", "workflows"];

/// The chosen workflow, `main` of a workbook, or the only one that there is. The error is a text and the keys that lead to its place.
pub(crate) fn entry<'a>(file: &'a Value, chosen: Option<&str>) -> Result<Entry<'a>, (String, Vec<String>)> {
    let nothing = || ("the file holds no Mistral workflow".to_owned(), Vec::new());
    let file = file.as_object().ok_or_else(nothing)?;
    let (names, before) = match file.get("workflows") {
        Some(workflows) => (workflows.as_object().ok_or_else(nothing)?, vec!["workflows".to_owned()]),
        None => (file, Vec::new()),
    };
    let is_name = |name: &str| !before.is_empty() || !OTHER_KEYS.contains(&name);
    let mut workflows = names.iter().filter(|(name, workflow)| is_name(name) && workflow.is_object());
    let book = workflows.clone().map(|(name, _)| name.clone()).collect();
    if let Some(chosen) = chosen {
        let title = file.get("name").and_then(Value::as_str).unwrap_or_default();
        let short = chosen.strip_prefix(title).and_then(|rest| rest.strip_prefix('.')).unwrap_or(chosen);
        let mut known = workflows.filter(|(name, _)| *name == chosen || *name == short);
        let Some((name, Value::Object(workflow))) = known.next() else {
            return Err((format!("there is no workflow `{chosen}` in the file"), before));
        };
        return Ok(Entry { workflow, path: [before, vec![name.clone()]].concat(), book });
    }
    let (name, workflow) = match (names.get_key_value("main"), workflows.next(), workflows.next()) {
        (Some(main), _, _) if main.1.is_object() => main,
        (_, Some(only), None) => only,
        (_, None, _) => return Err(nothing()),
        _ => return Err(("a workbook of several workflows has to name one of them `main`".to_owned(), before)),
    };
    let path = [before, vec![name.clone()]].concat();
    Ok(Entry { workflow: workflow.as_object().ok_or_else(nothing)?, path, book })
}

/// The names of the workflows of a workbook.
pub(crate) fn names(file: &Value) -> Vec<String> {
    let workflows = file.get("workflows").and_then(Value::as_object);
    workflows.into_iter().flatten().filter(|(_, workflow)| workflow.is_object()).map(|(name, _)| name.clone()).collect()
}
