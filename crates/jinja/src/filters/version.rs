//! Semantic versions. Counterpart: st2common/expressions/functions/version.py (python-semver).

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::{Arguments, FilterError};

type Answer = Result<Value, FilterError>;

type Test = fn(Ordering) -> bool;

pub(super) const COMPARE: &[&str] = &["value", "pattern"];

/// A version of the form `major.minor.patch[-prerelease][+build]`.
struct Version<'a> {
    numbers: [u64; 3],
    prerelease: Option<&'a str>,
}

impl<'a> Version<'a> {
    fn parse(text: &'a str) -> Result<Self, FilterError> {
        Self::read(text).ok_or_else(|| FilterError::new("ValueError", format!("{text} is not valid SemVer string")))
    }

    fn read(text: &'a str) -> Option<Self> {
        let (rest, build) = text.split_once('+').map_or((text, None), |(rest, build)| (rest, Some(build)));
        let (core, prerelease) = rest.split_once('-').map_or((rest, None), |(core, pre)| (core, Some(pre)));
        let mut numbers = core.split('.').map(number);
        let numbers = [numbers.next()??, numbers.next()??, numbers.next()??];
        let parts_fit = core.split('.').count() == 3
            && build.is_none_or(|build| build.split('.').all(is_identifier))
            && prerelease.is_none_or(|pre| pre.split('.').all(|part| is_identifier(part) && !has_leading_zero(part)));
        parts_fit.then_some(Self { numbers, prerelease })
    }

    fn compare(&self, other: &Self) -> Ordering {
        self.numbers.cmp(&other.numbers).then_with(|| match (self.prerelease, other.prerelease) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(mine), Some(theirs)) => {
                mine.split('.').map(Identifier::of).cmp(theirs.split('.').map(Identifier::of))
            }
        })
    }
}

/// A part of a prerelease: numbers come before words.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Identifier<'a> {
    Number(u64),
    Word(&'a str),
}

impl<'a> Identifier<'a> {
    fn of(part: &'a str) -> Self {
        part.parse().map_or(Self::Word(part), Self::Number)
    }
}

fn number(part: &str) -> Option<u64> {
    (part.bytes().all(|byte| byte.is_ascii_digit()) && !has_leading_zero(part)).then(|| part.parse().ok())?
}

fn has_leading_zero(part: &str) -> bool {
    part.len() > 1 && part.starts_with('0') && part.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_identifier(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn order(function: &'static str, positional: &[Value], keywords: &Map<String, Value>) -> Result<Ordering, FilterError> {
    let arguments = Arguments::bind(function, COMPARE, 2, positional, keywords)?;
    Ok(Version::parse(arguments.text(0)?)?.compare(&Version::parse(arguments.text(1)?)?))
}

pub(super) fn compare(positional: &[Value], keywords: &Map<String, Value>) -> Answer {
    order("version_compare", positional, keywords).map(|order| (order as i64).into())
}

pub(super) fn more_than(positional: &[Value], keywords: &Map<String, Value>) -> Answer {
    order("version_more_than", positional, keywords).map(|order| order.is_gt().into())
}

pub(super) fn less_than(positional: &[Value], keywords: &Map<String, Value>) -> Answer {
    order("version_less_than", positional, keywords).map(|order| order.is_lt().into())
}

pub(super) fn equal(positional: &[Value], keywords: &Map<String, Value>) -> Answer {
    order("version_equal", positional, keywords).map(|order| order.is_eq().into())
}

pub(super) fn matches(positional: &[Value], keywords: &Map<String, Value>) -> Answer {
    let arguments = Arguments::bind("version_match", COMPARE, 2, positional, keywords)?;
    let (version, pattern) = (Version::parse(arguments.text(0)?)?, arguments.text(1)?);
    let tests: [(&str, Test); 6] = [
        (">=", Ordering::is_ge),
        ("<=", Ordering::is_le),
        ("==", Ordering::is_eq),
        ("!=", Ordering::is_ne),
        (">", Ordering::is_gt),
        ("<", Ordering::is_lt),
    ];
    for (operator, test) in tests {
        if let Some(wanted) = pattern.strip_prefix(operator) {
            return Ok(test(version.compare(&Version::parse(wanted)?)).into());
        }
    }
    if pattern.starts_with(|first: char| first.is_ascii_digit()) {
        return Ok(version.compare(&Version::parse(pattern)?).is_eq().into());
    }
    let operators = "['<', '>', '==', '<=', '>=', '!=']";
    Err(FilterError::new(
        "ValueError",
        format!(
            "match_expr parameter should be in format <op><ver>, where <op> is one of {operators}. You provided: '{pattern}'"
        ),
    ))
}

fn numbers(
    function: &'static str,
    positional: &[Value],
    keywords: &Map<String, Value>,
) -> Result<[u64; 3], FilterError> {
    let arguments = Arguments::bind(function, &["value"], 1, positional, keywords)?;
    Ok(Version::parse(arguments.text(0)?)?.numbers)
}

pub(super) fn bump_major(positional: &[Value], keywords: &Map<String, Value>) -> Answer {
    let [major, ..] = numbers("version_bump_major", positional, keywords)?;
    Ok(format!("{}.0.0", major.saturating_add(1)).into())
}

pub(super) fn bump_minor(positional: &[Value], keywords: &Map<String, Value>) -> Answer {
    let [major, minor, _] = numbers("version_bump_minor", positional, keywords)?;
    Ok(format!("{major}.{}.0", minor.saturating_add(1)).into())
}

pub(super) fn bump_patch(positional: &[Value], keywords: &Map<String, Value>) -> Answer {
    let [major, minor, patch] = numbers("version_bump_patch", positional, keywords)?;
    Ok(format!("{major}.{minor}.{}", patch.saturating_add(1)).into())
}

pub(super) fn strip_patch(positional: &[Value], keywords: &Map<String, Value>) -> Answer {
    let [major, minor, _] = numbers("version_strip_patch", positional, keywords)?;
    Ok(format!("{major}.{minor}").into())
}
