//! Which quotes a scalar needs and how it is folded: the rules of PyYAML's analyzer, resolver and writers.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::Emitter;
use crate::output::python;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
}

/// What YAML 1.1 reads as something else than a string.
static RESOLVED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"^(?:|~|=|<<|null|Null|NULL",
        r"|yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF",
        r"|[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+",
        r"|[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?",
        r"|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        r"|[0-9]{4}-[0-9]{2}-[0-9]{2}",
        r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?",
        r"(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?)$"
    ))
    .expect("the pattern is constant and its test uses it")
});

/// Numbers, booleans, null and empty collections.
pub(super) fn plain_text(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => {
            let text = python::number_text(number);
            if text.contains('e') && !text.contains('.') { text.replacen('e', ".0e", 1) } else { text }
        }
        Value::String(text) => text.clone(),
        Value::Array(_) => "[]".to_owned(),
        Value::Object(_) => "{}".to_owned(),
    }
}

pub(super) fn style_of_value(text: &str, unicode: bool) -> Style {
    let analysis = Analysis::of(text, unicode);
    if analysis.plain && !RESOLVED.is_match(text) {
        Style::Plain
    } else if analysis.single_quoted {
        Style::SingleQuoted
    } else {
        Style::DoubleQuoted
    }
}

pub(super) fn style_of_key(text: &str, unicode: bool) -> Style {
    match style_of_value(text, unicode) {
        Style::SingleQuoted if text.contains('\n') => Style::DoubleQuoted,
        style => style,
    }
}

struct Analysis {
    plain: bool,
    single_quoted: bool,
}

impl Analysis {
    fn of(text: &str, unicode: bool) -> Self {
        let special = text.chars().any(|character| is_special(character, unicode));
        let breaks_around_space = text.contains(" \n") || text.contains("\n ");
        let single_quoted = !special && !breaks_around_space;
        let starts_or_ends_blank = text.starts_with([' ', '\n']) || text.ends_with([' ', '\n']);
        let plain = single_quoted && !starts_or_ends_blank && !text.contains('\n') && !has_indicators(text);
        Self { plain, single_quoted }
    }
}

fn is_special(character: char, unicode: bool) -> bool {
    match character {
        '\n' | ' '..='~' => false,
        '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}' | '\u{10000}'.. => {
            !unicode
        }
        _ => true,
    }
}

/// Characters that mean something in block context.
fn has_indicators(text: &str) -> bool {
    if text.starts_with("---") || text.starts_with("...") {
        return true;
    }
    let characters: Vec<char> = text.chars().collect();
    let is_blank_at = |index: usize| characters.get(index).is_none_or(|c| matches!(c, ' ' | '\t' | '\n'));
    characters.iter().enumerate().any(|(index, character)| match (index, character) {
        (0, '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`') => true,
        (0, '?' | '-') | (_, ':') => is_blank_at(index + 1),
        (_, '#') => is_blank_at(index - 1),
        _ => false,
    })
}

pub(super) fn write_plain(emitter: &mut Emitter, text: &str, indent: usize) {
    for (index, run) in runs(text, |c| c == ' ').into_iter().enumerate() {
        let folds = index > 0 && run == " " && emitter.is_past_width(0);
        if folds {
            emitter.line(indent);
        } else {
            emitter.write(run);
        }
    }
}

pub(super) fn write_single_quoted(emitter: &mut Emitter, text: &str, indent: usize) {
    emitter.write("'");
    let runs = runs(text, |c| c == ' ' || c == '\n');
    let last = runs.len().saturating_sub(1);
    for (index, run) in runs.iter().enumerate() {
        if run.starts_with('\n') {
            // One line feed of the text is two in the file.
            for _ in 0..=run.len() {
                emitter.line_break();
            }
            emitter.pad_to(indent);
        } else if *run == " " && index > 0 && index < last && emitter.is_past_width(0) {
            emitter.line(indent);
        } else {
            emitter.write(&run.replace('\'', "''"));
        }
    }
    emitter.write("'");
}

pub(super) fn write_double_quoted(emitter: &mut Emitter, text: &str, indent: usize) {
    emitter.write("\"");
    let characters: Vec<char> = text.chars().collect();
    let unicode = emitter.layout.unicode;
    let mut start = 0;
    for end in 0..=characters.len() {
        let character = characters.get(end).copied();
        let escaped = character.is_none_or(|c| needs_escape(c, unicode));
        if escaped {
            write_range(emitter, &characters, start, end);
            start = end;
            if let Some(character) = character {
                emitter.write(&escape(character));
                start = end + 1;
            }
        }
        let inside = end > 0 && end + 1 < characters.len();
        if inside && (character == Some(' ') || start >= end) && emitter.is_past_width(end.saturating_sub(start)) {
            write_range(emitter, &characters, start, end);
            start = start.max(end);
            emitter.write("\\");
            emitter.line(indent);
            if characters.get(start) == Some(&' ') {
                emitter.write("\\");
            }
        }
    }
    emitter.write("\"");
}

fn write_range(emitter: &mut Emitter, characters: &[char], start: usize, end: usize) {
    if start < end {
        let run: String = characters[start..end].iter().collect();
        emitter.write(&run);
    }
}

fn needs_escape(character: char, unicode: bool) -> bool {
    matches!(character, '"' | '\\' | '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\n')
        || is_special(character, unicode)
}

fn escape(character: char) -> String {
    let code = u32::from(character);
    match character {
        '\0' => "\\0".to_owned(),
        '\u{7}' => "\\a".to_owned(),
        '\u{8}' => "\\b".to_owned(),
        '\t' => "\\t".to_owned(),
        '\n' => "\\n".to_owned(),
        '\u{b}' => "\\v".to_owned(),
        '\u{c}' => "\\f".to_owned(),
        '\r' => "\\r".to_owned(),
        '\u{1b}' => "\\e".to_owned(),
        '"' => "\\\"".to_owned(),
        '\\' => "\\\\".to_owned(),
        '\u{85}' => "\\N".to_owned(),
        '\u{a0}' => "\\_".to_owned(),
        '\u{2028}' => "\\L".to_owned(),
        '\u{2029}' => "\\P".to_owned(),
        _ if code <= 0xff => format!("\\x{code:02X}"),
        _ if code <= 0xffff => format!("\\u{code:04X}"),
        _ => format!("\\U{code:08X}"),
    }
}

/// Splits into alternating runs: line feeds, blanks, and everything between them.
fn runs(text: &str, is_blank: fn(char) -> bool) -> Vec<&str> {
    let kind = |c: char| if is_blank(c) { Some(c) } else { None };
    let mut runs = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c| kind(c) != kind(first)).unwrap_or(rest.len());
        let (run, tail) = rest.split_at(end);
        runs.push(run);
        rest = tail;
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chooses_the_quotes_of_pyyaml() {
        let cases = [
            ("plain text", Style::Plain),
            ("a:b", Style::Plain),
            ("a#b", Style::Plain),
            ("-x", Style::Plain),
            ("a: b", Style::SingleQuoted),
            ("a #b", Style::SingleQuoted),
            ("- x", Style::SingleQuoted),
            ("*x", Style::SingleQuoted),
            ("12:30", Style::SingleQuoted),
            ("1.5e+3", Style::SingleQuoted),
            ("1e5", Style::Plain),
            ("09", Style::Plain),
            ("<<", Style::SingleQuoted),
            ("Off", Style::SingleQuoted),
            (" lead", Style::SingleQuoted),
            ("a \nb", Style::DoubleQuoted),
            ("\u{1b}[0m", Style::DoubleQuoted),
        ];
        for (text, expected) in cases {
            assert_eq!(style_of_value(text, false), expected, "{text:?}");
        }
    }
}
