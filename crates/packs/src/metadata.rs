//! One metadata file: YAML to a model value, or diagnostics.

use std::fs;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::Value;
use squall_model::Map;
use squall_yaml::Document;

use crate::diagnostic::{Diagnostic, nearest};
use crate::fields::Fields;

/// The largest metadata file that is read.
const MOST_BYTES: u64 = 4 * 1024 * 1024;

/// A metadata file that is an object, with the places of its parts.
pub(crate) struct MetadataFile {
    pub(crate) path: PathBuf,
    /// Relative to the pack.
    pub(crate) shown: String,
    pub(crate) fields: Map,
    document: Document,
}

impl MetadataFile {
    /// Reads a file; what is wrong with it as a whole is the diagnostic.
    pub(crate) fn read(pack_directory: &Path, path: &Path) -> Result<Self, Diagnostic> {
        let text = read_text(path)?;
        let document = squall_yaml::parse_document(&text)
            .map_err(|error| Diagnostic::error(path, error.message.clone()).at(Some((error.line, error.column))))?;
        let Value::Object(fields) = document.value.clone() else {
            return Err(Diagnostic::error(path, "the file must hold a mapping").at(Some((1, 1))));
        };
        let shown = path.strip_prefix(pack_directory).unwrap_or(path).display().to_string();
        Ok(Self { path: path.to_owned(), shown, fields, document })
    }

    /// Returns where a part of the file is (`["parameters", "cmd"]`).
    pub(crate) fn place(&self, path: &[&str]) -> Option<(usize, usize)> {
        let position = self.document.positions.key_at(path).or_else(|| self.document.positions.value_at(path))?;
        Some((position.line, position.column))
    }

    pub(crate) fn error(&self, path: &[&str], message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(&self.path, message).at(self.place(path))
    }

    pub(crate) fn warning(&self, path: &[&str], message: impl Into<String>) -> Diagnostic {
        Diagnostic::warning(&self.path, message).at(self.place(path))
    }

    /// Checks the keys against those that the kind knows.
    pub(crate) fn check_fields(&self, kind: &Fields, found: &mut Vec<Diagnostic>) {
        for key in self.fields.keys().filter(|key| !kind.known.contains(&key.as_str())) {
            let hint = nearest(key, kind.known).map(|near| format!("did you mean `{near}`?"));
            found.push(self.error(&[key], format!("unknown key `{key}`")).hint(hint));
        }
        for key in kind.required.iter().filter(|key| !self.fields.contains_key(**key)) {
            found.push(self.error(&[], format!("the key `{key}` is missing")));
        }
    }

    /// Makes a model value of (changed) fields.
    pub(crate) fn parse<T: DeserializeOwned>(&self, fields: Map, found: &mut Vec<Diagnostic>) -> Option<T> {
        match serde_json::from_value(Value::Object(fields)) {
            Ok(value) => Some(value),
            Err(error) => {
                found.push(self.error(&[], error.to_string()));
                None
            }
        }
    }
}

/// Reads a text file of a bounded size.
pub(crate) fn read_text(path: &Path) -> Result<String, Diagnostic> {
    let unreadable = |error: std::io::Error| Diagnostic::error(path, format!("can't be read: {error}"));
    if fs::metadata(path).map_err(unreadable)?.len() > MOST_BYTES {
        return Err(Diagnostic::error(path, format!("is larger than {MOST_BYTES} bytes")));
    }
    fs::read_to_string(path).map_err(unreadable)
}
