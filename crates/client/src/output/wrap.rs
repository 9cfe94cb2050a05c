//! Wraps a line as Python's `textwrap.fill` does, because table cells of the original are wrapped by it.

/// The lines of `text` wrapped to `width` columns; empty for text without anything but blanks.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let normalized: String = text.replace('\t', "        ").chars().map(blank_to_space).collect();
    Wrapper { width: width.max(1), lines: Vec::new(), line: Vec::new(), length: 0 }.run(chunks(&normalized))
}

/// Wrapped lines joined by line feeds, each one indented.
pub(crate) fn fill(text: &str, width: usize, indent: usize) -> String {
    let prefix = " ".repeat(indent);
    let lines = wrap(text, width.saturating_sub(indent));
    lines.iter().map(|line| format!("{prefix}{line}")).collect::<Vec<_>>().join("\n")
}

fn blank_to_space(character: char) -> char {
    if matches!(character, '\n' | '\r' | '\u{b}' | '\u{c}') { ' ' } else { character }
}

struct Wrapper {
    width: usize,
    lines: Vec<String>,
    line: Vec<String>,
    length: usize,
}

impl Wrapper {
    fn run(mut self, chunks: Vec<String>) -> Vec<String> {
        let mut pending: Vec<String> = chunks.into_iter().rev().collect();
        while let Some(chunk) = pending.pop() {
            let length = chunk.chars().count();
            if self.line.is_empty() && !self.lines.is_empty() && chunk.trim().is_empty() {
                continue;
            }
            if self.length + length <= self.width {
                self.push(chunk);
            } else if length > self.width {
                self.break_long_chunk(&chunk, &mut pending);
                self.finish_line();
            } else {
                self.finish_line();
                pending.push(chunk);
            }
        }
        self.finish_line();
        self.lines
    }

    fn push(&mut self, chunk: String) {
        self.length += chunk.chars().count();
        self.line.push(chunk);
    }

    /// A chunk wider than a line fills what is left of this line, at a hyphen where there is one.
    fn break_long_chunk(&mut self, chunk: &str, pending: &mut Vec<String>) {
        let characters: Vec<char> = chunk.chars().collect();
        let space_left = self.width - self.length;
        let end = match characters[..space_left].iter().rposition(|c| *c == '-') {
            Some(hyphen) if hyphen > 0 && characters[..hyphen].iter().any(|c| *c != '-') => hyphen + 1,
            _ => space_left,
        };
        if end > 0 {
            self.push(characters[..end].iter().collect());
        }
        pending.push(characters[end..].iter().collect());
    }

    fn finish_line(&mut self) {
        if self.line.last().is_some_and(|chunk| chunk.trim().is_empty()) {
            self.line.pop();
        }
        if !self.line.is_empty() {
            self.lines.push(self.line.concat());
        }
        self.line.clear();
        self.length = 0;
    }
}

/// Splits into runs of blanks and words, words again after the hyphens that join letters and around dashes.
fn chunks(text: &str) -> Vec<String> {
    let mut chunks = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let blank = rest.starts_with(' ');
        let end = rest.find(|c| (c == ' ') != blank).unwrap_or(rest.len());
        let (run, tail) = rest.split_at(end);
        if blank {
            chunks.push(run.to_owned());
        } else {
            split_word(run, &mut chunks);
        }
        rest = tail;
    }
    chunks
}

fn split_word(word: &str, chunks: &mut Vec<String>) {
    let characters: Vec<char> = word.chars().collect();
    let mut start = 0;
    let mut index = 0;
    while index < characters.len() {
        if characters[index] != '-' {
            index += 1;
            continue;
        }
        let dashes = characters[index..].iter().take_while(|c| **c == '-').count();
        if dashes >= 2 && is_dash_between_words(&characters, index, dashes) {
            push_range(&characters, start, index, chunks);
            push_range(&characters, index, index + dashes, chunks);
            index += dashes;
            start = index;
        } else if dashes == 1 && is_hyphen_between_letters(&characters, index) {
            push_range(&characters, start, index + 1, chunks);
            index += 1;
            start = index;
        } else {
            index += dashes;
        }
    }
    push_range(&characters, start, characters.len(), chunks);
}

fn push_range(characters: &[char], start: usize, end: usize, chunks: &mut Vec<String>) {
    if start < end {
        chunks.push(characters[start..end].iter().collect());
    }
}

fn is_dash_between_words(characters: &[char], index: usize, dashes: usize) -> bool {
    let before = index.checked_sub(1).map(|at| characters[at]);
    let after = characters.get(index + dashes);
    before.is_some_and(is_word_or_punctuation) && after.is_some_and(|c| c.is_alphanumeric() || *c == '_')
}

fn is_hyphen_between_letters(characters: &[char], index: usize) -> bool {
    let at = |offset: usize| index.checked_sub(offset).map(|position| characters[position]);
    let two_letters = at(1).is_some_and(is_letter) && at(2).is_some_and(is_letter);
    let single_after_hyphen =
        at(1).is_some_and(is_word_or_punctuation) && at(2) == Some('-') && at(3).is_some_and(is_letter);
    if !(two_letters || single_after_hyphen) {
        return false;
    }
    let next = |offset: usize| characters.get(index + offset).copied();
    let second = if next(2) == Some('-') { next(3) } else { next(2) };
    next(1).is_some_and(is_letter) && second.is_some_and(is_letter)
}

fn is_letter(character: char) -> bool {
    character == '_' || character.is_alphabetic()
}

fn is_word_or_punctuation(character: char) -> bool {
    character == '_' || character.is_alphanumeric() || "!\"'&.,?".contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wraps_like_textwrap() {
        let cases: &[(&str, usize, &[&str])] = &[
            ("short", 10, &["short"]),
            ("Mon, 01 Jan 2024 10:00:00 UTC", 15, &["Mon, 01 Jan", "2024 10:00:00", "UTC"]),
            ("abcdefghij", 4, &["abcd", "efgh", "ij"]),
            ("a well-known thing", 8, &["a well-", "known", "thing"]),
            ("foo-bar-12", 5, &["foo-b", "ar-12"]),
            ("ab abcdefgh", 5, &["ab ab", "cdefg", "h"]),
            ("  lead", 10, &["  lead"]),
            ("   ", 10, &[]),
        ];
        for (text, width, expected) in cases {
            assert_eq!(wrap(text, *width), *expected, "{text:?} at {width}");
        }
    }

    #[test]
    fn indents_every_line() {
        assert_eq!(fill("one two three", 11, 4), "    one two\n    three");
    }
}
