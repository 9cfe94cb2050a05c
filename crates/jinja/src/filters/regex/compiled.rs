//! Compiled patterns, kept, with limits on their size and on backtracking.

use std::{
    collections::HashMap,
    ops::Range,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use crate::filters::FilterError;

const PATTERN_BYTES: usize = 4096;
const COMPILED_BYTES: usize = 128 << 10;
const BACKTRACKS: usize = 50_000;
const KEPT: usize = 512;

type Kept = HashMap<(String, bool), Arc<fancy_regex::Regex>>;

static COMPILED: LazyLock<Mutex<Kept>> = LazyLock::new(Mutex::default);

/// A Python pattern.
#[derive(Clone, Debug)]
pub struct Regex(Arc<fancy_regex::Regex>);

fn refused(message: impl Into<String>) -> FilterError {
    FilterError::new("error", message)
}

impl Regex {
    /// Compiles a pattern, or finds it among those compiled before.
    pub fn new(pattern: &str, ignore_case: bool) -> Result<Self, FilterError> {
        if pattern.len() > PATTERN_BYTES {
            return Err(refused(format!("the pattern has more than {PATTERN_BYTES} bytes")));
        }
        let key = (pattern.to_owned(), ignore_case);
        let mut kept = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(regex) = kept.get(&key) {
            return Ok(Self(regex.clone()));
        }
        let regex = fancy_regex::RegexBuilder::new(&from_python(pattern))
            .case_insensitive(ignore_case)
            .backtrack_limit(BACKTRACKS)
            .delegate_size_limit(COMPILED_BYTES)
            .delegate_dfa_size_limit(COMPILED_BYTES)
            .build()
            .map_err(|error| refused(error.to_string()))?;
        if kept.len() >= KEPT {
            kept.clear();
        }
        let regex = Arc::new(regex);
        kept.insert(key, regex.clone());
        Ok(Self(regex))
    }

    /// Returns whether a pattern need not be compiled any more.
    pub(crate) fn is_kept(pattern: &str) -> bool {
        let kept = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
        [false, true].iter().any(|ignore_case| kept.contains_key(&(pattern.to_owned(), *ignore_case)))
    }

    /// Returns the place of the first match.
    pub fn find(&self, text: &str) -> Result<Option<Range<usize>>, FilterError> {
        Ok(self.0.find(text).map_err(|error| refused(error.to_string()))?.map(|found| found.range()))
    }

    /// Returns the groups of every match, the whole match first.
    pub(super) fn all(&self, text: &str, limit: usize) -> Result<Vec<Vec<Option<Range<usize>>>>, FilterError> {
        let mut matches = Vec::new();
        for captures in self.0.captures_iter(text) {
            let captures = captures.map_err(|error| refused(error.to_string()))?;
            if matches.len() >= limit {
                return Err(refused(format!("the pattern matches more than {limit} times")));
            }
            matches.push(captures.iter().map(|group| group.map(|found| found.range())).collect());
        }
        Ok(matches)
    }

    pub(super) fn group_count(&self) -> usize {
        self.0.captures_len()
    }

    pub(super) fn group_named(&self, name: &str) -> Option<usize> {
        self.0.capture_names().position(|known| known == Some(name))
    }
}

/// Translates what Python spells otherwise: `$` also matches before a last line break, `\Z` is the very end.
fn from_python(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut in_class = false;
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('Z') if !in_class => out.push_str("\\z"),
                Some(next) => out.extend(['\\', next]),
                None => out.push('\\'),
            },
            '[' if !in_class => {
                in_class = true;
                out.push('[');
                if characters.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
                if characters.next_if_eq(&']').is_some() {
                    out.push_str("\\]");
                }
            }
            // Python has no classes inside classes.
            '[' => out.push_str("\\["),
            '&' | '~' if in_class => out.extend(['\\', character]),
            ']' => {
                in_class = false;
                out.push(']');
            }
            '$' if !in_class && !pattern.starts_with("(?m") => out.push_str("(?=\\n?\\z)"),
            _ => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::from_python;

    #[test]
    fn translates_what_differs() {
        for (python, ours) in [
            ("a$", "a(?=\\n?\\z)"),
            ("[$]\\$", "[$]\\$"),
            ("a\\Z", "a\\z"),
            ("[]a]", "[\\]a]"),
            ("[^]a]", "[^\\]a]"),
            ("[[a]", "[\\[a]"),
            ("(?P<n>x)\\d", "(?P<n>x)\\d"),
        ] {
            assert_eq!(from_python(python), ours);
        }
    }
}
