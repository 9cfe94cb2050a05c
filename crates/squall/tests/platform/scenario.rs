//! A scenario: commands in order, each with what must come of it, read from `tests/cli/*.yaml`. See `tests/README.md`.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::support::test_data;

#[derive(Debug)]
pub(crate) struct Scenario {
    pub(crate) auth: bool,
    pub(crate) steps: Vec<Step>,
}

/// One thing done, with `${name}` still in its texts.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) doing: Doing,
    pub(crate) expected: Expected,
    /// The command is repeated until it does what is expected.
    pub(crate) until: bool,
    /// The number of the recorded command with the same outcome.
    pub(crate) recorded: Option<u64>,
}

#[derive(Debug)]
pub(crate) enum Doing {
    /// A command of the client.
    Command(Vec<String>),
    /// A file is created, relative to the working directory.
    Touch(String),
    /// A body is posted to a path of the API.
    Post { path: String, body: Value, status: u16 },
}

#[derive(Debug)]
pub(crate) struct Expected {
    pub(crate) exit: i32,
    /// Texts that standard output contains, and does not contain.
    pub(crate) prints: Vec<String>,
    pub(crate) omits: Vec<String>,
    /// What the printed JSON or YAML must have in it; an item of a list of these suffices.
    pub(crate) json: Option<Value>,
    pub(crate) yaml: Option<Value>,
    /// Names for values of the printed JSON, by their dotted paths.
    pub(crate) save: BTreeMap<String, String>,
    /// Names for words that are printed, by what comes before them.
    pub(crate) find: BTreeMap<String, String>,
}

const KEYS: &[&str] = &[
    "st2", "find", "touch", "post", "body", "status", "until", "recorded", "exit", "prints", "omits", "json", "yaml",
    "save",
];

impl Scenario {
    pub(crate) fn read(name: &str) -> Self {
        let path = test_data().join("cli").join(format!("{name}.yaml"));
        let scenario = parse_file(&path);
        let steps = scenario["steps"].as_array().unwrap_or_else(|| panic!("{}: no steps", path.display()));
        Self { auth: scenario["auth"] == true, steps: steps.iter().map(step).collect() }
    }
}

fn parse_file(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    squall_yaml::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn step(step: &Value) -> Step {
    for key in step.as_object().expect("a step is a mapping").keys() {
        assert!(KEYS.contains(&key.as_str()), "`{key}` is not a key of a step: {step}");
    }
    Step {
        doing: doing(step),
        expected: Expected {
            exit: step["exit"].as_i64().and_then(|exit| i32::try_from(exit).ok()).unwrap_or(0),
            prints: texts(&step["prints"]),
            omits: texts(&step["omits"]),
            json: step.get("json").cloned(),
            yaml: step.get("yaml").cloned(),
            save: named(&step["save"]),
            find: named(&step["find"]),
        },
        until: step["until"] == true,
        recorded: step["recorded"].as_u64(),
    }
}

fn doing(step: &Value) -> Doing {
    if let Some(file) = step["touch"].as_str() {
        return Doing::Touch(file.to_owned());
    }
    if let Some(path) = step["post"].as_str() {
        let status =
            step["status"].as_u64().and_then(|status| u16::try_from(status).ok()).expect("a status for a post");
        return Doing::Post { path: path.to_owned(), body: step["body"].clone(), status };
    }
    let words = match &step["st2"] {
        Value::String(line) => split(line),
        Value::Array(words) => words.iter().map(text).collect(),
        _ => panic!("a step has `st2`, `touch` or `post`: {step}"),
    };
    Doing::Command(words)
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(items) => items.iter().map(text).collect(),
        one => vec![text(one)],
    }
}

fn named(value: &Value) -> BTreeMap<String, String> {
    value.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), text(value))).collect()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Splits a line at blanks, as a shell does with single and double quotes.
fn split(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for character in line.chars() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, ' ') => words.extend(word.take()),
            _ => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    words
}

/// Returns where `found` does not have what `wanted` says; objects may have more, and one item of a list suffices.
pub(crate) fn difference(wanted: &Value, found: &Value) -> Option<String> {
    match (wanted, found) {
        (Value::Object(wanted), Value::Object(found)) => wanted.iter().find_map(|(key, value)| match found.get(key) {
            Some(found) => difference(value, found).map(|why| format!("{key}.{why}")),
            None => Some(format!("{key}: missing")),
        }),
        (Value::Object(_), Value::Array(items)) => {
            let none = items.iter().all(|item| difference(wanted, item).is_some());
            none.then(|| format!("no item of {} has {wanted}", items.len()))
        }
        _ => (wanted != found).then(|| format!("wanted {wanted}, found {found}")),
    }
}
