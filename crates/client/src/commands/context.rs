//! What every command is given: the API, where to write, and how output looks.

use std::io::Write;

use serde_json::Value;

use super::CommandError;
use crate::api::Api;
use crate::io::Io;
use crate::output::multi_column_table::{self, Columns};
use crate::output::property_table::{self, Properties};
use crate::output::{Format, OutputSettings, attributes};
use crate::resource::Resource;

pub(crate) struct Context<'io> {
    pub(crate) api: Api,
    pub(crate) io: &'io mut Io,
    pub(crate) output: OutputSettings,
}

impl Context<'_> {
    /// Writes a line to standard output.
    pub(crate) fn print(&mut self, text: &str) -> Result<(), CommandError> {
        writeln!(self.io.stdout, "{text}")?;
        Ok(())
    }

    /// Writes to standard output at once, without a line feed.
    pub(crate) fn write(&mut self, text: &str) -> Result<(), CommandError> {
        self.io.stdout.write_all(text.as_bytes())?;
        self.io.stdout.flush()?;
        Ok(())
    }

    /// Tells the user something that is not part of the output.
    pub(crate) fn note(&mut self, text: &str) -> Result<(), CommandError> {
        writeln!(self.io.stderr, "{text}")?;
        self.io.stderr.flush()?;
        Ok(())
    }

    /// A line that the user types, without its end.
    pub(crate) fn read_line(&mut self) -> Result<String, CommandError> {
        let mut line = String::new();
        if self.io.stdin.read_line(&mut line)? == 0 {
            return Err(CommandError::Failed("EOF when reading a line".to_owned()));
        }
        Ok(line.trim_end_matches(['\r', '\n']).to_owned())
    }

    /// Whether the user asked for JSON or YAML.
    pub(crate) fn is_structured(&self) -> bool {
        self.output.format != Format::Table
    }

    /// Shows one resource as a table of properties, or as a document.
    pub(crate) fn show(&mut self, subject: &Resource, properties: Properties<'_>) -> Result<(), CommandError> {
        let document = self.output.document(&attributes::select(subject.as_map(), properties.attributes));
        let text = document.unwrap_or_else(|| property_table::render(subject, properties, &self.output));
        self.print(&text)
    }

    /// Shows a list as a table, or as a document.
    pub(crate) fn show_list(&mut self, entries: &[Resource], columns: Columns<'_>) -> Result<(), CommandError> {
        let documents = entries.iter().map(|entry| attributes::select(entry.as_map(), columns.attributes)).collect();
        let document = self.output.document(&Value::Array(documents));
        let text = document.unwrap_or_else(|| multi_column_table::render(entries, columns, &self.output));
        self.print(&text)
    }

    /// As [`Self::show_list`], with the original's words for an empty list.
    pub(crate) fn show_matches(&mut self, entries: &[Resource], columns: Columns<'_>) -> Result<(), CommandError> {
        if entries.is_empty() { self.print(NO_MATCHES) } else { self.show_list(entries, columns) }
    }
}

pub(crate) const NO_MATCHES: &str = "No matching items found";
