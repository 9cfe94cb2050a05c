//! POSIX paths. Counterpart: st2common/expressions/functions/path.py.

use serde_json::{Map, Value};

use super::{Arguments, FilterError};

pub(super) fn basename(positional: &[Value], keywords: &Map<String, Value>) -> Result<Value, FilterError> {
    let arguments = Arguments::bind("basename", &["path"], 1, positional, keywords)?;
    let path = arguments.text(0)?;
    Ok(Value::String(path.rsplit('/').next().unwrap_or_default().to_owned()))
}

pub(super) fn dirname(positional: &[Value], keywords: &Map<String, Value>) -> Result<Value, FilterError> {
    let arguments = Arguments::bind("dirname", &["path"], 1, positional, keywords)?;
    let path = arguments.text(0)?;
    let head = path.rfind('/').map_or("", |slash| &path[..=slash]);
    let trimmed = head.trim_end_matches('/');
    // A head of slashes alone is kept.
    Ok(Value::String(if trimmed.is_empty() { head } else { trimmed }.to_owned()))
}
