//! `urlize`: addresses in a text become links. Counterpart: jinja2/utils.py.

use std::{collections::BTreeSet, sync::LazyLock};

use minijinja::{
    Error,
    value::{Kwargs, Rest, Value as Jinja},
};
use regex::Regex;

use super::{check_length, escape, option, text};
use crate::error::HostError;

/// Names after which a word is a host without saying so.
const DOMAINS: &[&str] = &["com", "net", "int", "edu", "gov", "org", "info", "mil"];

static IPV6: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)^\[(?:[0-9a-f]{0,4}:){2}(?:[0-9a-f]{0,4}:?){1,6}\]$").ok());
static SCHEME: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^[\w.+-]{2,}:/{0,2}$").ok());

pub(super) fn urlize(value: &Jinja, given: Rest<Jinja>, keywords: Kwargs) -> Result<String, Error> {
    let links = Links::new(&given, &keywords)?;
    keywords.assert_all_used()?;
    let escaped = escape(&text(value)?);
    let (mut out, mut rest) = (String::with_capacity(escaped.len()), escaped.as_str());
    while let Some(start) = rest.find(|character: char| !character.is_whitespace()) {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        links.write(&rest[..end], &mut out);
        check_length(out.len())?;
        rest = &rest[end..];
    }
    out.push_str(rest);
    Ok(out)
}

/// How links are written.
struct Links {
    attributes: String,
    shown: Option<usize>,
    schemes: Vec<String>,
}

impl Links {
    fn new(given: &[Jinja], keywords: &Kwargs) -> Result<Self, Error> {
        let argument = |index: usize, name: &str| {
            let value = option(given.get(index).cloned(), keywords, name)?;
            Ok::<_, Error>(value.filter(|value: &Jinja| !value.is_none()))
        };
        let shown = argument(0, "trim_url_limit")?.map(usize::try_from).transpose()?;
        let no_follow = argument(1, "nofollow")?.is_some_and(|value| value.is_true());
        let target = argument(2, "target")?.map(|target| text(&target)).transpose()?;
        let relations = argument(3, "rel")?.map(|relations| text(&relations)).transpose()?.unwrap_or_default();
        let mut schemes = Vec::new();
        for scheme in argument(4, "extra_schemes")?.iter().flat_map(Jinja::try_iter).flatten() {
            schemes.push(scheme_of(&text(&scheme)?)?);
        }
        let mut relations: BTreeSet<&str> = relations.split_whitespace().collect();
        relations.insert("noopener");
        if no_follow {
            relations.insert("nofollow");
        }
        let relations: Vec<&str> = relations.into_iter().collect();
        let mut attributes = format!(" rel=\"{}\"", escape(&relations.join(" ")));
        if let Some(target) = target.filter(|target| !target.is_empty()) {
            attributes += &format!(" target=\"{}\"", escape(&target));
        }
        Ok(Self { attributes, shown, schemes })
    }

    fn write(&self, word: &str, out: &mut String) {
        let (head, middle, tail) = parts(word);
        out.push_str(head);
        let attributes = &self.attributes;
        if is_link(&middle) {
            let scheme = if middle.starts_with("https://") || middle.starts_with("http://") { "" } else { "https://" };
            *out += &format!("<a href=\"{scheme}{middle}\"{attributes}>{}</a>", self.trimmed(&middle));
        } else if let Some(address) = middle.strip_prefix("mailto:").filter(|address| is_email(address)) {
            *out += &format!("<a href=\"{middle}\">{address}</a>");
        } else if !middle.starts_with("www.") && !middle.contains(':') && is_email(&middle) {
            *out += &format!("<a href=\"mailto:{middle}\">{middle}</a>");
        } else if self.schemes.iter().any(|scheme| middle != *scheme && middle.starts_with(scheme.as_str())) {
            *out += &format!("<a href=\"{middle}\"{attributes}>{middle}</a>");
        } else {
            out.push_str(&middle);
        }
        out.push_str(tail);
    }

    fn trimmed(&self, link: &str) -> String {
        match self.shown.and_then(|shown| link.char_indices().nth(shown)) {
            Some((end, _)) => format!("{}...", &link[..end]),
            None => link.to_owned(),
        }
    }
}

fn scheme_of(text: &str) -> Result<String, Error> {
    if SCHEME.as_ref().is_some_and(|pattern| pattern.is_match(text)) {
        return Ok(text.to_owned());
    }
    Err(HostError::new("FilterArgumentError", format!("'{text}' is not a valid URI scheme prefix.")).into())
}

/// Cuts off brackets and marks around a word; brackets that belong together stay in it.
fn parts(word: &str) -> (&str, String, &str) {
    let mut middle = word;
    while let Some(rest) = ["(", "<", "&lt;"].iter().find_map(|open| middle.strip_prefix(open)) {
        middle = rest;
    }
    let head = &word[..word.len() - middle.len()];
    let whole = middle;
    while let Some(rest) = [")", ">", ".", ",", "&gt;"].iter().find_map(|close| middle.strip_suffix(close)) {
        middle = rest;
    }
    let mut tail = &whole[middle.len()..];
    let mut middle = middle.to_owned();
    for (open, close) in [("(", ")"), ("<", ">"), ("&lt;", "&gt;")] {
        let opened = middle.matches(open).count();
        if opened <= middle.matches(close).count() {
            continue;
        }
        for _ in 0..opened {
            let Some(at) = tail.find(close) else { break };
            let (moved, rest) = tail.split_at(at + close.len());
            middle.push_str(moved);
            tail = rest;
        }
    }
    (head, middle, tail)
}

/// Returns whether a word is an address of the web: one with a scheme or `www.`, or a host whose last name is well known.
fn is_link(word: &str) -> bool {
    let lower = word.to_lowercase();
    let scheme = ["https://", "http://"].iter().find_map(|scheme| lower.strip_prefix(scheme));
    let begun = scheme.or_else(|| lower.strip_prefix("www."));
    let is_named = begun.map(host).is_some_and(|host| {
        let (names, last) = host.rsplit_once('.').map_or(("", host), |(names, last)| (names, last));
        let is_idna = last.strip_prefix("xn--").is_some_and(|rest| {
            (2..=59).contains(&rest.chars().count()) && rest.chars().all(is_of_name) && !rest.contains('-')
        });
        let is_plain = (2..=63).contains(&last.len()) && last.bytes().all(|byte| byte.is_ascii_alphabetic());
        (is_plain || is_idna) && (host.len() == last.len() || names.split('.').all(is_name))
    });
    is_named || is_known_host(host(&lower)) || scheme.map(host).is_some_and(is_number)
}

fn is_known_host(host: &str) -> bool {
    host.rsplit_once('.').is_some_and(|(names, last)| {
        DOMAINS.contains(&last)
            && names.split('.').all(|name| (2..=63).contains(&name.chars().count()) && is_name(name))
    })
}

fn is_number(host: &str) -> bool {
    let groups: Vec<&str> = host.split('.').collect();
    let is_group = |group: &&str| (1..=3).contains(&group.len()) && group.bytes().all(|byte| byte.is_ascii_digit());
    groups.len() == 4 && groups.iter().all(is_group) || IPV6.as_ref().is_some_and(|pattern| pattern.is_match(host))
}

/// Returns what stands before a port and a path.
fn host(address: &str) -> &str {
    let host = address.find(['/', '?', '#']).map_or(address, |end| &address[..end]);
    match host.rsplit_once(':') {
        Some((name, port)) if (1..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(is_of_name)
}

fn is_of_name(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '%' | '-')
}

fn is_email(word: &str) -> bool {
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    let Some((user, domain)) = word.rsplit_once('@') else { return false };
    let Some((host, last)) = domain.rsplit_once('.') else { return false };
    !user.is_empty()
        && host.starts_with(is_word)
        && host.chars().all(|character| is_word(character) || matches!(character, '.' | '-'))
        && !last.is_empty()
        && last.chars().all(is_word)
}
