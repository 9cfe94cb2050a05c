//! Names of tables and columns.

/// Returns the table of a kind of document.
pub(crate) fn table(kind: &str) -> String {
    format!("doc_{kind}")
}

/// Returns the generated column of an indexed path.
pub(crate) fn generated_column(path: &str) -> String {
    format!("ix_{}", path.replace('.', "_"))
}

/// Returns the path in SQLite's notation, every part quoted.
pub(crate) fn json_path(path: &str) -> String {
    let mut quoted = "$".to_owned();
    for part in path.split('.') {
        quoted.push_str(".\"");
        quoted.push_str(&part.replace('"', ""));
        quoted.push('"');
    }
    quoted
}
