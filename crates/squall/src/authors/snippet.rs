//! A mistake as people read it: file, line and column, the line itself with a mark below it, and what was probably meant.

use std::fmt::Write;
use std::path::Path;

use squall_client::Palette;

/// Columns of a line that are shown.
const ROOM: usize = 100;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Severity {
    Error,
    /// StackStorm lets it pass.
    Warning,
}

/// Something wrong in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mistake {
    pub(super) severity: Severity,
    pub(super) file: String,
    pub(super) message: String,
    pub(super) place: Option<Place>,
    pub(super) hint: Option<String>,
}

/// Line and column, counted from 1 in characters, and how many characters are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) length: usize,
}

impl Mistake {
    pub(super) fn error(file: &Path, message: impl Into<String>) -> Self {
        let (file, message) = (file.display().to_string(), message.into());
        Self { severity: Severity::Error, file, message, place: None, hint: None }
    }

    pub(super) fn at(self, place: Option<Place>) -> Self {
        Self { place, ..self }
    }

    pub(super) fn hint(self, hint: Option<String>) -> Self {
        Self { hint, ..self }
    }

    /// Tells of the mistake; `text` is what the file says.
    pub(super) fn show(&self, text: &str, palette: Palette) -> String {
        let ink = Ink(palette);
        let (mut out, margin) = match self.place {
            Some(place) => self.show_place(place, text, ink),
            None => (format!("{}: {}\n", self.file, ink.message(self.severity, &self.message)), String::new()),
        };
        if let Some(hint) = &self.hint {
            let _ = writeln!(out, "  {margin}{} {hint}", ink.gutter("="));
        }
        out
    }

    /// The line with its mark, and what the lines below it are indented with.
    fn show_place(&self, place: Place, text: &str, ink: Ink) -> (String, String) {
        let mut out =
            format!("{}:{}:{}: {}\n", self.file, place.line, place.column, ink.message(self.severity, &self.message));
        let number = place.line.to_string();
        let margin = " ".repeat(number.len());
        if let Some(line) = text.lines().nth(place.line - 1) {
            let (shown, before) = window(line, place.column - 1);
            let length = place.length.clamp(1, shown.chars().count().saturating_sub(before).max(1));
            // A tab moves the mark as it moves the text.
            let mut indent: String = shown.chars().take(before).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
            indent.extend(std::iter::repeat_n(' ', before.saturating_sub(shown.chars().count())));
            let _ = writeln!(out, "  {} {shown}", ink.gutter(&format!("{number} |")));
            let _ = writeln!(out, "  {} {indent}{}", ink.gutter(&format!("{margin} |")), ink.mark(&"^".repeat(length)));
        }
        (out, format!("{margin} "))
    }
}

/// As much of a line around a column as there is room for, and how many characters of it come before the column.
fn window(line: &str, column: usize) -> (String, usize) {
    let characters: Vec<char> = line.trim_end().chars().collect();
    if characters.len() <= ROOM {
        return (characters.into_iter().collect(), column);
    }
    let start = column.saturating_sub(ROOM / 2).min(characters.len().saturating_sub(ROOM));
    let end = (start + ROOM).min(characters.len());
    let mut shown: String = characters[start..end].iter().collect();
    let mut before = column - start.min(column);
    if start > 0 {
        shown.insert(0, '…');
        before += 1;
    }
    if end < characters.len() {
        shown.push('…');
    }
    (shown, before)
}

#[derive(Clone, Copy)]
struct Ink(Palette);

impl Ink {
    fn paint(self, color: &str, text: &str) -> String {
        match self.0 {
            Palette::Colored => format!("\u{1b}[{color}m{text}\u{1b}[0m"),
            Palette::Plain => text.to_owned(),
        }
    }

    fn message(self, severity: Severity, message: &str) -> String {
        let word = match severity {
            Severity::Error => self.paint("1;91", "error:"),
            Severity::Warning => self.paint("1;93", "warning:"),
        };
        format!("{word} {message}")
    }

    fn gutter(self, text: &str) -> String {
        self.paint("94", text)
    }

    fn mark(self, text: &str) -> String {
        self.paint("1;91", text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistake(place: Option<Place>, hint: Option<&str>) -> Mistake {
        Mistake::error(Path::new("a.yaml"), "It is wrong.").at(place).hint(hint.map(str::to_owned))
    }

    #[test]
    fn the_mark_stands_below_what_is_meant() {
        let shown = mistake(Some(Place { line: 2, column: 5, length: 4 }), Some("did you mean `task`?"));
        assert_eq!(
            shown.show("a: 1\ndo: tsak\n", Palette::Plain),
            "a.yaml:2:5: error: It is wrong.\n  2 | do: tsak\n    |     ^^^^\n    = did you mean `task`?\n"
        );
    }

    #[test]
    fn a_mistake_without_a_place_is_one_line() {
        assert_eq!(mistake(None, None).show("", Palette::Plain), "a.yaml: error: It is wrong.\n");
    }

    #[test]
    fn only_the_part_of_a_long_line_that_matters_is_shown() {
        let line = format!("{}here{}", "x".repeat(500), "y".repeat(500));
        let shown = mistake(Some(Place { line: 1, column: 501, length: 4 }), None).show(&line, Palette::Plain);
        let lines: Vec<&str> = shown.lines().collect();
        assert!(lines[1].chars().count() < 120, "{}", lines[1]);
        let column = lines[2].find('^').expect("a mark");
        assert_eq!(lines[1].chars().skip(column).take(4).collect::<String>(), "here");
    }

    #[test]
    fn only_a_terminal_gets_colours() {
        let shown = mistake(Some(Place { line: 1, column: 1, length: 1 }), Some("x"));
        assert!(shown.show("a", Palette::Colored).contains('\u{1b}'));
        assert!(!shown.show("a", Palette::Plain).contains('\u{1b}'));
    }
}
