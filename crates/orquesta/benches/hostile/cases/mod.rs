//! Templates, expressions, documents, patterns and workflows that would run for ever or fill the memory if they were let.
//! The benchmark measures each of them; `tests/bombs.rs` asserts what they are refused with.

mod jinja;
mod workflow;
mod yaml;
mod yaql;

/// A name, and what makes a source that is long.
type Source = (&'static str, fn() -> String);

/// One attack.
pub(crate) struct Case {
    pub(crate) language: &'static str,
    /// What is done, or the source itself where it is short.
    pub(crate) name: String,
    /// Runs it; an error is the text of the refusal.
    pub(crate) run: Box<dyn Fn() -> Result<String, String>>,
}

impl Case {
    fn new(
        language: &'static str,
        name: impl Into<String>,
        run: impl Fn() -> Result<String, String> + 'static,
    ) -> Self {
        Self { language, name: name.into(), run: Box::new(run) }
    }
}

pub(crate) fn all() -> Vec<Case> {
    let mut cases = jinja::cases();
    cases.extend(yaql::cases());
    cases.extend(yaml::cases());
    cases.extend(workflow::cases());
    cases
}

/// Returns the beginning of a source, for a table.
fn short(source: &str) -> String {
    let start: String = source.chars().take(90).collect();
    if start.len() < source.len() { format!("{start}…") } else { start }
}
