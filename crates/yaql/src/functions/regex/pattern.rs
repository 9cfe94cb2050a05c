//! Python's regular expressions on linear-time ones; back-references and look-around go to a bounded backtracker.

use std::cell::OnceCell;
use std::rc::Rc;

use super::super::{Call, Outcome, Value};
use crate::error::EvaluationError;
use crate::evaluate::Machine;
use crate::value::{Internal, Kind};

/// Compiled size of usual patterns, and of those that pay for more, such as `\w{50}`. Beyond it a pattern is an error.
const USUAL_SIZE: usize = 512 * 1024;
const MAXIMUM_SIZE: usize = 8 * 1024 * 1024;
const MULTI_LINE: u8 = 2;
const BACKTRACK_LIMIT: usize = 50_000;
/// What compiling costs, so that an expression cannot compile thousands of patterns.
const COMPILATION_STEPS: u64 = 4_000;
const LARGE_COMPILATION_STEPS: u64 = 300_000;
const BACKTRACKING_STEPS: u64 = 500;

pub(crate) struct Pattern {
    pub(crate) text: String,
    flags: u8,
    engine: Engine,
    /// For texts that end with a newline, before which Python's `$` matches as well; made when first needed.
    before_newline: OnceCell<Result<Engine, EvaluationError>>,
}

enum Engine {
    Linear(regex::Regex),
    Backtracking(fancy_regex::Regex),
}

/// Byte ranges of the whole match and of the groups.
pub(super) struct Match {
    pub(super) groups: Vec<Option<(usize, usize)>>,
}

impl Match {
    pub(super) fn whole(&self) -> (usize, usize) {
        self.groups.first().copied().flatten().unwrap_or((0, 0))
    }
}

/// The pattern of a call's argument, given as a regex or as its text.
pub(super) fn argument<'v>(call: &Call<'_, 'v>, index: usize) -> Outcome<Rc<Pattern>> {
    match call.value(index) {
        Value::Internal(Internal(Kind::Regex(pattern))) => Ok(pattern),
        _ => compiled(call.machine, &call.text(index)?, 0),
    }
}

/// Compiles, or finds what this evaluation has compiled before. Flags: 1 ignore case, 2 multi-line, 4 dot matches all.
pub(super) fn compiled(machine: &Machine<'_>, text: &str, flags: u8) -> Outcome<Rc<Pattern>> {
    if let Some(known) = machine.patterns.borrow().get(&(text.to_owned(), flags)) {
        return Ok(Rc::clone(known));
    }
    machine.charge(COMPILATION_STEPS + 20 * text.len() as u64)?;
    let engine = compile(&translate(text, "$"), flags, machine)?;
    let pattern = Rc::new(Pattern { text: text.to_owned(), flags, engine, before_newline: OnceCell::new() });
    machine.patterns.borrow_mut().insert((text.to_owned(), flags), Rc::clone(&pattern));
    Ok(pattern)
}

fn compile(translated: &str, flags: u8, machine: &Machine<'_>) -> Outcome<Engine> {
    let has = |flag: u8| flags & flag != 0;
    let mut builder = regex::RegexBuilder::new(translated);
    builder.case_insensitive(has(1)).multi_line(has(MULTI_LINE)).dot_matches_new_line(has(4)).size_limit(USUAL_SIZE);
    let mut linear = builder.build();
    if matches!(linear, Err(regex::Error::CompiledTooBig(_))) {
        machine.charge(LARGE_COMPILATION_STEPS)?;
        linear = builder.size_limit(MAXIMUM_SIZE).build();
    }
    match linear {
        Ok(regex) => Ok(Engine::Linear(regex)),
        Err(regex::Error::CompiledTooBig(_)) => Err(invalid("the regular expression is too large")),
        Err(_) => {
            let letters: String = [(1, 'i'), (2, 'm'), (4, 's')]
                .iter()
                .filter(|(flag, _)| has(*flag))
                .map(|(_, letter)| letter)
                .collect();
            let prefixed = if letters.is_empty() { translated.to_owned() } else { format!("(?{letters}){translated}") };
            let built = fancy_regex::RegexBuilder::new(&prefixed)
                .backtrack_limit(BACKTRACK_LIMIT)
                .delegate_size_limit(USUAL_SIZE)
                .build();
            built.map(Engine::Backtracking).map_err(|error| invalid(&error.to_string()))
        }
    }
}

fn invalid(message: &str) -> EvaluationError {
    EvaluationError::new("error", message)
}

/// Rewrites what Python spells differently: `\Z`, and characters that are special in classes only here. `end` stands for `$`.
fn translate(text: &str, end: &str) -> String {
    let mut translated = String::with_capacity(text.len() + 8);
    let mut characters = text.chars().peekable();
    let mut class_position: Option<usize> = None;
    while let Some(character) = characters.next() {
        match (character, class_position) {
            ('\\', _) => {
                match characters.next() {
                    Some('Z') => translated.push_str("\\z"),
                    Some(escaped) => translated.extend(['\\', escaped]),
                    None => translated.push('\\'),
                }
                class_position = class_position.map(|position| position + 1);
            }
            ('[', None) => {
                translated.push('[');
                if characters.next_if_eq(&'^').is_some() {
                    translated.push('^');
                }
                class_position = Some(0);
            }
            (']', Some(position)) if position > 0 => {
                translated.push(']');
                class_position = None;
            }
            (']' | '[' | '&' | '~', Some(position)) => {
                translated.extend(['\\', character]);
                class_position = Some(position + 1);
            }
            ('$', None) => translated.push_str(end),
            (_, position) => {
                translated.push(character);
                class_position = position.map(|position| position + 1);
            }
        }
    }
    translated
}

impl Pattern {
    pub(super) fn into_value<'v>(self: Rc<Self>) -> Value<'v> {
        Kind::Regex(self).into()
    }

    fn engine_for(&self, text: &str, machine: &Machine<'_>) -> Outcome<&Engine> {
        let is_plain_end = !text.ends_with('\n') || self.flags & MULTI_LINE != 0 || !self.text.contains('$');
        if is_plain_end {
            return Ok(&self.engine);
        }
        let engine =
            self.before_newline.get_or_init(|| compile(&translate(&self.text, "(?=\\n?\\z)"), self.flags, machine));
        engine.as_ref().map_err(Clone::clone)
    }

    /// The first match from a byte on.
    pub(super) fn find_at(&self, text: &str, start: usize, machine: &Machine<'_>) -> Outcome<Option<Match>> {
        machine.charge(1 + (text.len() - start.min(text.len())) as u64 / 8)?;
        if start > text.len() {
            return Ok(None);
        }
        Ok(match self.engine_for(text, machine)? {
            Engine::Linear(regex) => regex.captures_at(text, start).map(|captures| Match {
                groups: captures.iter().map(|group| group.map(|group| (group.start(), group.end()))).collect(),
            }),
            Engine::Backtracking(regex) => {
                machine.charge(BACKTRACKING_STEPS)?;
                let captures = regex.captures_from_pos(text, start);
                let captures = captures.map_err(|error| {
                    EvaluationError::new("EvaluationLimitException", format!("the regular expression failed: {error}"))
                })?;
                captures.map(|captures| Match {
                    groups: captures.iter().map(|group| group.map(|group| (group.start(), group.end()))).collect(),
                })
            }
        })
    }

    /// Every match, one after the other; an empty match moves on by one character.
    pub(super) fn matches(&self, text: &str, limit: usize, machine: &Machine<'_>) -> Outcome<Vec<Match>> {
        let mut matches: Vec<Match> = Vec::new();
        let mut start = 0;
        while matches.len() < limit
            && let Some(found) = self.find_at(text, start, machine)?
        {
            machine.charge_item()?;
            let (from, to) = found.whole();
            start = if from == to { to + text[to..].chars().next().map_or(1, char::len_utf8) } else { to };
            matches.push(found);
        }
        Ok(matches)
    }

    pub(super) fn group_index(&self, name: &str) -> Option<usize> {
        match &self.engine {
            Engine::Linear(regex) => regex.capture_names().position(|known| known == Some(name)),
            Engine::Backtracking(regex) => regex.capture_names().position(|known| known == Some(name)),
        }
    }
}
