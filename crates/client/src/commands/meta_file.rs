//! Files with resources: JSON or YAML, by their extension.

use std::path::Path;

use serde_json::Value;

use crate::commands::CommandError;
use crate::io::Io;

/// The document in a file.
pub(crate) fn load(io: &Io, file: &str) -> Result<Value, CommandError> {
    let path = io.resolve_path(file);
    if !path.is_file() {
        return Err(CommandError::Failed(format!("File \"{file}\" does not exist.")));
    }
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let text = read(&path, file)?;
    match extension {
        "json" => serde_json::from_str(&text)
            .map_err(|error| CommandError::Failed(format!("file \"{file}\" is no JSON: {error}"))),
        "yaml" | "yml" => squall_yaml::parse(&text)
            .map_err(|error| CommandError::Failed(format!("file \"{file}\" is no YAML: {error}"))),
        _ => Err(CommandError::Failed(format!(
            "Unsupported meta type .{extension}, file {file}. Allowed: ['.json', '.yaml', '.yml']"
        ))),
    }
}

/// The text of a file.
pub(crate) fn read(path: &Path, name: &str) -> Result<String, CommandError> {
    std::fs::read_to_string(path).map_err(|error| CommandError::Failed(format!("cannot read file \"{name}\": {error}")))
}
