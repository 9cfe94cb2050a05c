//! Small text repairs that the original client applies before it shows a value.

use std::borrow::Cow;

use serde_json::Value;

use super::python;

/// Turns the escapes that actions leave in their output back into what they stand for.
pub(crate) fn unescape(text: &str) -> String {
    text.replace("\\n", "\n").replace("\\r", "\r").replace("\\\"", "\"")
}

/// A cell's text: unescaped, without carriage returns.
pub(crate) fn cell(value: &Value) -> String {
    match value {
        Value::String(text) => displayable(text).into_owned(),
        other => python::text(other),
    }
}

/// The same repairs on a string.
pub(crate) fn displayable(text: &str) -> Cow<'_, str> {
    if text.contains(['\\', '\r']) {
        Cow::Owned(unescape(text).replace("\\r", "").replace('\r', ""))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unescapes_and_drops_carriage_returns() {
        assert_eq!(displayable("a\\nb\\\"c\\\"\r\n"), "a\nb\"c\"\n");
    }
}
