//! Which of the three styles can carry a string. Counterpart: libyaml's `yaml_emitter_analyze_scalar`.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Single,
    Double,
}

/// Longest key, in bytes, that is written before its colon on one line.
const SIMPLE_KEY_LENGTH: usize = 128;

/// Returns whether a key needs no `?`.
pub(super) fn is_simple_key(text: &str) -> bool {
    text.len() <= SIMPLE_KEY_LENGTH && !text.contains(is_break)
}

pub(super) fn is_break(character: char) -> bool {
    matches!(character, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_blank_or_end(character: Option<char>) -> bool {
    character.is_none_or(|character| matches!(character, ' ' | '\t' | '\0') || is_break(character))
}

pub(super) fn is_printable(character: char) -> bool {
    matches!(character, '\n' | ' '..='~' | '\u{A0}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{85}')
        && character != '\u{FEFF}'
}

/// Returns the plainest style that keeps a string what it is.
pub(super) fn style(text: &str, is_key: bool, plain_is_string: bool, allow_unicode: bool) -> Style {
    if text.is_empty() {
        return Style::Single;
    }
    let traits = Traits::of(text, allow_unicode);
    let edges =
        text.starts_with([' ']) || text.ends_with([' ']) || text.starts_with(is_break) || text.ends_with(is_break);
    let needs_double = traits.space_break || traits.special;
    if plain_is_string && !traits.breaks && !traits.indicators && !edges && !needs_double {
        return Style::Plain;
    }
    if needs_double || traits.break_space || (is_key && traits.breaks) { Style::Double } else { Style::Single }
}

/// What matters about the characters of a string.
#[derive(Default)]
struct Traits {
    indicators: bool,
    breaks: bool,
    special: bool,
    space_break: bool,
    break_space: bool,
}

impl Traits {
    fn of(text: &str, allow_unicode: bool) -> Self {
        let mut traits = Self { indicators: text.starts_with("---") || text.starts_with("..."), ..Self::default() };
        let mut previous: Option<char> = None;
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            let next_is_blank = is_blank_or_end(characters.peek().copied());
            traits.indicators |= match previous {
                None => match character {
                    '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => {
                        true
                    }
                    '-' | '?' | ':' => next_is_blank,
                    _ => false,
                },
                Some(_) if character == ':' => next_is_blank,
                Some(before) => character == '#' && is_blank_or_end(Some(before)),
            };
            // Line breaks of YAML 1.1 alone are escaped: a reader of YAML 1.2 takes them for letters.
            let foreign_break = matches!(character, '\u{85}' | '\u{2028}' | '\u{2029}');
            traits.special |= foreign_break || !is_printable(character) || (!allow_unicode && !character.is_ascii());
            if is_break(character) {
                traits.breaks = true;
                traits.space_break |= previous == Some(' ');
            }
            traits.break_space |= character == ' ' && previous.is_some_and(is_break);
            previous = Some(character);
        }
        traits
    }
}
