//! YAML as PyYAML's `SafeLoader` reads it (YAML 1.1: `yes` is true, `0777` is octal, `1:30` is ninety, `<<` merges),
//! over a maintained event parser, with budgets and positions, and written as `safe_dump` writes it.
//! Counterpart: st2common/util/yml.py, orquesta/utils/specs.py.
//!
//! JSON holds less than Python does, so where PyYAML answers something that JSON lacks, this is what it becomes:
//!
//! | YAML | PyYAML | here |
//! |---|---|---|
//! | `2020-01-02`, `2020-01-02 03:04:05Z` | date, datetime | its ISO 8601 text, as StackStorm's JSON encoder writes it |
//! | `.inf`, `.nan` | float | null, as that encoder writes it |
//! | an integer beyond 64 bits | int | the nearest float |
//! | `!!binary` | bytes | its base64 text without white space |
//! | `!!set`, `!!omap`, `!!pairs` | set, list of tuples | mapping to null, list of pairs |
//! | a key that is a number, boolean or null | that object | its JSON text: `true:` is the key `"true"` |

mod budget;
mod compose;
mod construct;
mod document;
mod dump;
mod error;
mod float;
mod implicit;
mod merge;
mod node;
#[cfg(test)]
mod tests;
mod timestamp;

pub use budget::{Budget, DuplicateKeys, Options};
pub use document::{Document, Position, Positions};
pub use dump::{DumpOptions, to_string, to_string_with};
pub use error::Error;
pub use float::python_float;

use serde_json::Value;

/// Reads the single document of a text; an empty text is null.
pub fn parse(text: &str) -> Result<Value, Error> {
    parse_document(text).map(|document| document.value)
}

/// Reads the single document of a text and remembers where everything in it stands.
pub fn parse_document(text: &str) -> Result<Document, Error> {
    parse_document_with(text, &Options::default())
}

/// Reads the single document of a text under the caller's options.
pub fn parse_document_with(text: &str, options: &Options) -> Result<Document, Error> {
    compose::compose(text, options).map(Document::of)
}
