//! Where in a text the expressions are. An expression never spans a line break.

use std::ops::Range;

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    Jinja,
    Yaql,
}

impl Language {
    pub const ALL: [Self; 2] = [Self::Jinja, Self::Yaql];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Jinja => "jinja",
            Self::Yaql => "yaql",
        }
    }

    /// The places of this language's expressions, delimiters included.
    pub fn spans(self, text: &str) -> Vec<Range<usize>> {
        match self {
            Self::Jinja => spans(text, "{{", "}}"),
            Self::Yaql => spans(text, "<%", "%>"),
        }
    }

    /// Whether the language takes the text as its own.
    pub fn is_in(self, text: &str) -> bool {
        !self.spans(text).is_empty() || self == Self::Jinja && has_blocks(text)
    }

    /// The inside of an expression. Upstream strips delimiter *characters*, so that `{{- x }}` is `- x`.
    pub fn strip(self, expression: &str) -> &str {
        let delimiters: &[char] = match self {
            Self::Jinja => &['{', '}'],
            Self::Yaql => &['<', '%', '>'],
        };
        expression.trim_matches(delimiters).trim()
    }

    /// The language that a text is evaluated with: Jinja is asked first.
    pub fn of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.is_in(text))
    }
}

/// Whether there are `{% %}` blocks, which make the whole text a template.
pub(super) fn has_blocks(text: &str) -> bool {
    !spans(text, "{%", "%}").is_empty()
}

/// `{% raw %}…{% endraw %}`, spelled exactly so.
pub(super) fn raw_blocks(text: &str) -> Vec<Range<usize>> {
    spans(text, "{% raw %}", "{% endraw %}")
}

/// Every shortest `open…close` on one line, from left to right.
fn spans(text: &str, open: &str, close: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let mut position = 0;
        while let Some(start) = line[position..].find(open).map(|start| position + start) {
            let inside = start + open.len();
            let Some(length) = line[inside..].find(close) else { break };
            position = inside + length + close.len();
            found.push(offset + start..offset + position);
        }
        offset += line.len();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(language: Language, text: &str, expected: &[&str]) {
        let found: Vec<&str> = language.spans(text).into_iter().map(|span| &text[span]).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn the_shortest_expressions_are_found_from_left_to_right() {
        check(Language::Yaql, "a <% 1 %> b <% 2 %>", &["<% 1 %>", "<% 2 %>"]);
        check(Language::Yaql, "<% '%>' %>", &["<% '%>"]);
        check(Language::Yaql, "<% <% 1 %>", &["<% <% 1 %>"]);
        check(Language::Jinja, "{{ {'a': {'b': 1}} }}", &["{{ {'a': {'b': 1}}"]);
        check(Language::Jinja, "{{ a }} {{", &["{{ a }}"]);
    }

    #[test]
    fn a_line_break_ends_the_search() {
        check(Language::Yaql, "<% 1\n %> <% 2 %>", &["<% 2 %>"]);
        check(Language::Yaql, "<%\n%>", &[]);
    }

    #[test]
    fn jinja_is_asked_first() {
        assert_eq!(Language::of("{{ 7 }}<% 1 %>"), Some(Language::Jinja));
        assert_eq!(Language::of("{% if x %}<% 1 %>"), Some(Language::Jinja));
        assert_eq!(Language::of("<% 1 %>"), Some(Language::Yaql));
        assert_eq!(Language::of("plain {# comment #}"), None);
    }

    #[test]
    fn delimiters_are_stripped_as_characters() {
        assert_eq!(Language::Yaql.strip("<% ctx().x %>"), "ctx().x");
        assert_eq!(Language::Jinja.strip("{{- x }}"), "- x");
    }
}
