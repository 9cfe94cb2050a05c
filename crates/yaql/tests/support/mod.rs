//! Reading recorded answers and comparing ours with them.

mod same;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value as Json, json};

pub(crate) struct Record {
    pub(crate) json: Json,
}

impl Record {
    pub(crate) fn expression(&self) -> String {
        self.json["expr"].as_str().map_or_else(|| self.json["expr"].to_string(), str::to_owned)
    }
}

pub(crate) fn records(path: &Path) -> impl Iterator<Item = Record> {
    let text = fs::read_to_string(path).expect("the file of records is readable");
    let parse = |line: &str| Record { json: serde_json::from_str(line).expect("a record is JSON") };
    text.lines().map(parse).collect::<Vec<_>>().into_iter()
}

/// The committed list of expressions that are answered otherwise on purpose or not yet, `file<TAB>expression<TAB>reason`.
pub(crate) fn known_differences(file: &str) -> BTreeSet<String> {
    include_str!("../known_differences.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let mut columns = line.splitn(3, '\t');
            let (name, expression, reason) = (columns.next()?, columns.next()?, columns.next()?);
            assert!(!reason.trim().is_empty(), "a known difference needs a reason: {line}");
            (name == file).then(|| expression.replace("\\n", "\n"))
        })
        .collect()
}

/// Asks our oracle the question of a record.
pub(crate) fn answer(record: &Record) -> Result<(), String> {
    let mut question = record.json.clone();
    if question.get("op").is_none() {
        question["op"] = Json::from("yaql");
    }
    let verdict = compare(&record.json, &squall_yaql::oracle::answer(&question));
    if verdict.is_ok() {
        return verdict;
    }
    // A set has no order, and Python's is that of its hashes: once more with sets that can be told from lists.
    question["options"] = json!({ "yaql.limitIterators": question["options"]["yaql.limitIterators"] });
    compare(&record.json, &squall_yaql::oracle::answer(&question))
}

fn compare(wanted: &Json, ours: &Json) -> Result<(), String> {
    match (wanted.get("err"), ours.get("err")) {
        (None, None) => {
            let (ours, wanted) = (same::normalized(&ours["ok"]), same::normalized(&wanted["ok"]));
            if same::same(&ours, &wanted) { Ok(()) } else { Err(format!("gave {ours}, not {wanted}")) }
        }
        (Some(wanted), Some(ours)) => {
            let message = without_addresses(wanted["message"].as_str().unwrap_or_default());
            let position = wanted.get("position");
            let same = wanted["class"] == ours["class"]
                && ours["message"] == message.as_str()
                && position.is_none_or(|position| ours["position"] == *position);
            if same { Ok(()) } else { Err(format!("failed with {ours}, not {wanted}")) }
        }
        _ => Err(format!("gave {ours}, not {wanted}")),
    }
}

/// Python's `<X object at 0x7f…>` as `<X object>`.
fn without_addresses(text: &str) -> String {
    let mut parts = text.split(" at 0x");
    let mut cleaned = parts.next().unwrap_or_default().to_owned();
    parts.for_each(|part| cleaned.push_str(part.trim_start_matches(|digit: char| digit.is_ascii_hexdigit())));
    cleaned
}
