//! Which variables of the context an expression mentions, found the way the original finds them: by their looks.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::detect::Language;

/// `ctx(…)…` with whatever hangs on to it.
static REFERENCE: LazyLock<Regex> = LazyLock::new(|| {
    let reference = r#"[\]\[a-zA-Z0-9_'"\.()]*"#;
    Regex::new(&format!(r#"\bctx\(['"]?{reference}['"]?\)\.?{reference}"#)).expect("a literal pattern")
});

static NAMES: LazyLock<[Regex; 4]> = LazyLock::new(|| {
    [
        r"\bctx\(\)\.([a-zA-Z0-9_-]+)",
        r"\bctx\(([a-zA-Z0-9_-]+)\)",
        r"\bctx\('([a-zA-Z0-9_-]+)'\)",
        r#"\bctx\("([a-zA-Z0-9_-]+)"\)"#,
    ]
    .map(|pattern| Regex::new(pattern).expect("a literal pattern"))
});

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct VariableReference {
    pub name: String,
    pub language: Language,
    /// The whole text that the reference stands in.
    pub expression: String,
}

/// Every variable mentioned anywhere in a value, sorted by name.
pub fn referenced_variables(value: &Value) -> Vec<VariableReference> {
    let mut found = BTreeSet::new();
    collect(value, &mut found);
    found.into_iter().collect()
}

fn collect(value: &Value, found: &mut BTreeSet<VariableReference>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                collect_text(key, found);
                collect(value, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::String(text) => collect_text(text, found),
        _ => {}
    }
}

fn collect_text(text: &str, found: &mut BTreeSet<VariableReference>) {
    for language in Language::ALL {
        for span in language.spans(text) {
            for reference in REFERENCE.find_iter(language.strip(&text[span])) {
                for name in names(reference.as_str()) {
                    found.insert(VariableReference { name: name.to_owned(), language, expression: text.to_owned() });
                }
            }
        }
    }
}

/// Every reference to the context in one language, as written, sorted.
pub(crate) fn written_references(text: &str, language: Language) -> BTreeSet<&str> {
    let spans = language.spans(text).into_iter();
    spans.flat_map(|span| REFERENCE.find_iter(language.strip(&text[span])).map(|found| found.as_str())).collect()
}

/// The first variable of each way to write one.
fn names(reference: &str) -> impl Iterator<Item = &str> {
    let [attribute, calls @ ..] = &*NAMES;
    let attribute = attribute.captures_iter(reference).find_map(|captures| {
        let name = captures.get(1)?;
        without_method_call(name.as_str(), &reference[name.end()..])
    });
    let calls = calls.iter().filter_map(move |call| Some(call.captures(reference)?.get(1)?.as_str()));
    attribute.into_iter().chain(calls)
}

/// `ctx().x(` is a method, not a variable. The original's pattern then gives way up to an earlier word boundary, and so
/// do we: `ctx().a-b(` mentions `a`.
fn without_method_call<'a>(name: &'a str, rest: &str) -> Option<&'a str> {
    let is_word = |character: char| character.is_ascii_alphanumeric() || character == '_';
    (1..=name.len()).rev().map(|length| &name[..length]).find(|shorter| {
        let next = name[shorter.len()..].chars().next().or_else(|| rest.chars().next());
        let last_is_word = shorter.chars().next_back().is_some_and(is_word);
        let boundary = last_is_word != next.is_some_and(is_word);
        boundary && next != Some('(')
    })
}
