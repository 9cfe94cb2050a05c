//! Text with a column: indentation, folding at 80 and escapes. Counterpart: libyaml's `yaml_emitter_write_*`.

use super::scalar::{is_break, is_printable};

const BEST_WIDTH: usize = 80;

pub(super) struct Writer {
    out: String,
    column: usize,
    /// The last thing written was white space.
    whitespace: bool,
    /// Only indentation and indicators stand on this line so far.
    indention: bool,
    pub(super) allow_unicode: bool,
}

impl Writer {
    pub(super) fn new(allow_unicode: bool) -> Self {
        Self { out: String::new(), column: 0, whitespace: true, indention: true, allow_unicode }
    }

    pub(super) fn finish(mut self) -> String {
        if self.column > 0 {
            self.out.push('\n');
        }
        self.out
    }

    fn put(&mut self, character: char) {
        self.out.push(character);
        self.column += 1;
    }

    fn line_break(&mut self, character: char) {
        self.out.push(character);
        self.column = 0;
        self.whitespace = true;
        self.indention = true;
    }

    pub(super) fn indent(&mut self, indent: usize) {
        if !self.indention || self.column > indent || (self.column == indent && !self.whitespace) {
            self.line_break('\n');
        }
        while self.column < indent {
            self.put(' ');
        }
        self.whitespace = true;
        self.indention = true;
    }

    pub(super) fn indicator(&mut self, text: &str, need_whitespace: bool, keeps_indention: bool) {
        if need_whitespace && !self.whitespace {
            self.put(' ');
        }
        text.chars().for_each(|character| self.put(character));
        self.whitespace = false;
        self.indention = self.indention && keeps_indention;
    }

    /// Writes a scalar that has no spaces.
    pub(super) fn word(&mut self, text: &str) {
        self.indicator(text, true, false);
    }

    pub(super) fn plain(&mut self, text: &str, indent: usize, may_fold: bool) {
        if !self.whitespace && !text.is_empty() {
            self.put(' ');
        }
        self.folding(text, indent, may_fold, |_| None);
        self.whitespace = false;
        self.indention = false;
    }

    pub(super) fn single_quoted(&mut self, text: &str, indent: usize, may_fold: bool) {
        self.indicator("'", true, false);
        self.folding(text, indent, may_fold, |character| (character == '\'').then_some("''"));
        self.indicator("'", false, false);
        self.whitespace = false;
        self.indention = false;
    }

    /// Writes text that is folded at single spaces and whose line breaks become empty lines.
    fn folding(&mut self, text: &str, indent: usize, may_fold: bool, escape: impl Fn(char) -> Option<&'static str>) {
        let (mut spaces, mut breaks) = (false, false);
        let last = text.chars().count().saturating_sub(1);
        let mut characters = text.chars().enumerate().peekable();
        while let Some((index, character)) = characters.next() {
            if character == ' ' {
                let next_is_space = matches!(characters.peek(), Some((_, ' ')));
                let inside = index != 0 && index != last;
                if may_fold && !spaces && self.column > BEST_WIDTH && inside && !next_is_space {
                    self.indent(indent);
                } else {
                    self.put(' ');
                }
                spaces = true;
            } else if is_break(character) {
                if !breaks && character == '\n' {
                    self.line_break('\n');
                }
                self.line_break(character);
                breaks = true;
            } else {
                if breaks {
                    self.indent(indent);
                }
                match escape(character) {
                    Some(replacement) => replacement.chars().for_each(|character| self.put(character)),
                    None => self.put(character),
                }
                self.indention = false;
                (spaces, breaks) = (false, false);
            }
        }
        if breaks {
            self.indent(indent);
        }
    }

    pub(super) fn double_quoted(&mut self, text: &str, indent: usize, may_fold: bool) {
        self.indicator("\"", true, false);
        let mut spaces = false;
        let last = text.chars().count().saturating_sub(1);
        let mut characters = text.chars().enumerate().peekable();
        while let Some((index, character)) = characters.next() {
            if character == ' ' {
                let inside = index != 0 && index != last;
                if may_fold && !spaces && self.column > BEST_WIDTH && inside {
                    self.indent(indent);
                    if matches!(characters.peek(), Some((_, ' '))) {
                        self.put('\\');
                    }
                } else {
                    self.put(' ');
                }
                spaces = true;
                continue;
            }
            spaces = false;
            let literal = is_printable(character)
                && (self.allow_unicode || character.is_ascii())
                && !is_break(character)
                && !matches!(character, '"' | '\\');
            if literal { self.put(character) } else { self.escaped(character) }
        }
        self.indicator("\"", false, false);
    }

    fn escaped(&mut self, character: char) {
        let code = u32::from(character);
        let escape = match character {
            '\0' => "\\0".to_owned(),
            '\u{07}' => "\\a".to_owned(),
            '\u{08}' => "\\b".to_owned(),
            '\t' => "\\t".to_owned(),
            '\n' => "\\n".to_owned(),
            '\u{0B}' => "\\v".to_owned(),
            '\u{0C}' => "\\f".to_owned(),
            '\r' => "\\r".to_owned(),
            '\u{1B}' => "\\e".to_owned(),
            '"' => "\\\"".to_owned(),
            '\\' => "\\\\".to_owned(),
            '\u{85}' => "\\N".to_owned(),
            '\u{A0}' => "\\_".to_owned(),
            '\u{2028}' => "\\L".to_owned(),
            '\u{2029}' => "\\P".to_owned(),
            _ if code <= 0xFF => format!("\\x{code:02X}"),
            _ if code <= 0xFFFF => format!("\\u{code:04X}"),
            _ => format!("\\U{code:08X}"),
        };
        escape.chars().for_each(|character| self.put(character));
    }
}
