//! The shorthand `pack.action a=1 b="x" c=<% ctx().y %>` of `action` and `publish` (upstream `utils/parameters.py`).
//!
//! The whole text is searched for `name=value`; whatever does not look like that is skipped without a word.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

static PARAMETER: LazyLock<Regex> = LazyLock::new(|| {
    let values = [
        r"\[.*\]\s*",
        r#""[^"]*"\s*"#,
        r"'[^']*'\s*",
        r"-?\d*\.\d+",
        r"-?\d+",
        r"(?i:true)",
        r"(?i:false)",
        r"null",
        r"\{\{.*?\}\}",
        r"<%.*?%>",
    ];
    Regex::new(&format!(r"(\w+)=({})", values.join("|"))).expect("a literal pattern")
});

static QUOTED: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#""[^"]*"|'[^']*'"#).expect("a literal pattern"));

/// The parameters of a text, in the order written. A name may repeat.
pub fn parse_inline_parameters(text: &str) -> Vec<(String, Value)> {
    if !text.contains('=') {
        return Vec::new();
    }
    PARAMETER
        .captures_iter(text)
        .map(|found| {
            let (_, [name, value]) = found.extract();
            (name.to_owned(), parse_value(value.trim()))
        })
        .collect()
}

/// A quoted value stays text unless it is a JSON object; anything else is JSON where it can be.
fn parse_value(written: &str) -> Value {
    let text = without_end_quotes(without_end_quotes(written, '"'), '\'');
    let is_object = text.starts_with('{') && text.ends_with('}');
    let stays_text = !text.is_empty() && QUOTED.is_match(written) && !is_object;
    if stays_text {
        return Value::from(text);
    }
    let boolean = text.to_lowercase();
    let json = if boolean == "true" || boolean == "false" { boolean.as_str() } else { text };
    serde_json::from_str(json).unwrap_or_else(|_| Value::from(text))
}

fn without_end_quotes(text: &str, quote: char) -> &str {
    let text = text.strip_prefix(quote).unwrap_or(text);
    text.strip_suffix(quote).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(text: &str, expected: &[(&str, Value)]) {
        let expected: Vec<_> = expected.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        assert_eq!(parse_inline_parameters(text), expected, "{text}");
    }

    #[test]
    fn values_keep_the_type_they_are_written_with() {
        check(
            "a=1 b=-2.5, c=true; d=null",
            &[("a", json!(1)), ("b", json!(-2.5)), ("c", json!(true)), ("d", json!(null))],
        );
        check(r#"a="1" b='true'"#, &[("a", json!("1")), ("b", json!("true"))]);
        check("a=[1, [2]] ", &[("a", json!([1, [2]]))]);
        check(r#"a='{"x": 1}'"#, &[("a", json!({"x": 1}))]);
        check("a=TRUE", &[("a", json!(true))]);
        check(r#"a="""#, &[("a", json!(""))]);
    }

    #[test]
    fn expressions_stay_text() {
        check("a=<% ctx().x %> b={{ ctx('y') }}", &[("a", json!("<% ctx().x %>")), ("b", json!("{{ ctx('y') }}"))]);
    }

    #[test]
    fn what_is_no_parameter_is_skipped() {
        check("core.local cmd=date", &[]);
        check("url=http://host?y=1", &[("y", json!(1))]);
        check("a=1b", &[("a", json!(1))]);
        check("x.y=1", &[("y", json!(1))]);
        check("", &[]);
    }
}
