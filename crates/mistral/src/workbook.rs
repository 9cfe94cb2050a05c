//! Which workflow of a file an action runs.

use serde_json::{Map, Value};

/// A workflow and the keys that lead to it.
pub(crate) struct Entry<'a> {
    pub(crate) workflow: &'a Map<String, Value>,
    pub(crate) path: Vec<String>,
}

/// Keys of a file that are no workflow's name.
const OTHER_KEYS: [&str; 6] = ["version", "name", "description", "tags", "actions", "workflows"];

/// `main` of a workbook, or the only workflow that there is. The error is a text and the keys that lead to its place.
pub(crate) fn entry(file: &Value) -> Result<Entry<'_>, (String, Vec<String>)> {
    let nothing = || ("the file holds no Mistral workflow".to_owned(), Vec::new());
    let file = file.as_object().ok_or_else(nothing)?;
    let (names, before) = match file.get("workflows") {
        Some(workflows) => (workflows.as_object().ok_or_else(nothing)?, vec!["workflows".to_owned()]),
        None => (file, Vec::new()),
    };
    let is_name = |name: &str| !before.is_empty() || !OTHER_KEYS.contains(&name);
    let mut workflows = names.iter().filter(|(name, workflow)| is_name(name) && workflow.is_object());
    let (name, workflow) = match (names.get_key_value("main"), workflows.next(), workflows.next()) {
        (Some(main), _, _) if main.1.is_object() => main,
        (_, Some(only), None) => only,
        (_, None, _) => return Err(nothing()),
        _ => return Err(("a workbook of several workflows has to name one of them `main`".to_owned(), before)),
    };
    let path = [before, vec![name.clone()]].concat();
    Ok(Entry { workflow: workflow.as_object().ok_or_else(nothing)?, path })
}
