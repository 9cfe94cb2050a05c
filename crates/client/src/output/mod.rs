//! What people and scripts read: tables, documents, execution results. Every layout is the original client's.

pub(crate) mod attributes;
pub(crate) mod color;
pub(crate) mod date;
pub(crate) mod execution_result;
pub(crate) mod json;
pub(crate) mod multi_column_table;
pub(crate) mod property_table;
pub(crate) mod python;
pub(crate) mod table;
pub(crate) mod text;
pub(crate) mod transform;
pub(crate) mod wrap;
pub(crate) mod yaml;

pub use self::color::Palette;
pub(crate) use self::transform::{Transform, Transforms};

use serde_json::Value;

/// Which of the three forms the user asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Tables and plain text.
    Table,
    /// `-j`
    Json,
    /// `-y`
    Yaml,
}

/// Everything about output that does not depend on the command.
#[derive(Debug, Clone)]
pub struct OutputSettings {
    pub format: Format,
    /// Whether colours are used.
    pub palette: Palette,
    /// Columns of the terminal.
    pub width: usize,
    /// IANA name of the time zone in which times are shown.
    pub timezone: String,
    /// Whether a hint about a missing output schema is left out.
    pub silence_schema_output: bool,
}

impl OutputSettings {
    /// The document form of a value, or nothing when tables were asked for.
    pub(crate) fn document(&self, value: &Value) -> Option<String> {
        match self.format {
            Format::Table => None,
            Format::Json => Some(json::sorted(value)),
            Format::Yaml => Some(yaml::dump(value, yaml::Layout { indent: 4, width: 80, unicode: false })),
        }
    }
}
