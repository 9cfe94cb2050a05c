//! Filters on words and lines of text.

use minijinja::{
    Error, State,
    value::{ArgType, Kwargs, Rest, Value as Jinja},
};

use super::{check_length, option, text};

/// Reads an argument that was given by place.
fn at<'a, T: ArgType<'a, Output = T>>(given: &'a [Jinja], index: usize) -> Result<Option<T>, Error> {
    given.get(index).map(|value| T::from_value(Some(value))).transpose()
}

pub(super) fn truncate(value: &Jinja, given: Rest<Jinja>, keywords: Kwargs) -> Result<String, Error> {
    let length: usize = option(at(&given, 0)?, &keywords, "length")?.unwrap_or(255);
    let kill_words = option(at(&given, 1)?, &keywords, "killwords")?.unwrap_or(false);
    let end = option(at(&given, 2)?, &keywords, "end")?.unwrap_or_else(|| "...".to_owned());
    let leeway = option(at(&given, 3)?, &keywords, "leeway")?.unwrap_or(5);
    keywords.assert_all_used()?;
    let text = text(value)?;
    if text.chars().count() <= length.saturating_add(leeway) {
        return Ok(text);
    }
    let kept: String = text.chars().take(length.saturating_sub(end.chars().count())).collect();
    let kept = if kill_words { kept.as_str() } else { kept.rsplit_once(' ').map_or(kept.as_str(), |(head, _)| head) };
    Ok(format!("{kept}{end}"))
}

/// Breaks lines at white space; words that are longer than a line are broken, too.
pub(super) fn wordwrap(
    state: &mut State<'_, '_>,
    value: &Jinja,
    given: Rest<Jinja>,
    keywords: Kwargs,
) -> Result<String, Error> {
    let width = option(at(&given, 0)?, &keywords, "width")?.unwrap_or(79).max(1);
    let break_long = option(at(&given, 1)?, &keywords, "break_long_words")?.unwrap_or(true);
    let separator = option(at(&given, 2)?, &keywords, "wrapstring")?.unwrap_or_else(|| "\n".to_owned());
    keywords.assert_all_used()?;
    let text = text(value)?;
    let mut lines = Vec::new();
    for line in text.lines() {
        wrap(line, width, break_long, &mut lines);
    }
    state.consume_fuel(lines.len() as u64)?;
    check_length(text.len().saturating_add(lines.len().saturating_mul(separator.len())))?;
    Ok(lines.join(&separator))
}

fn wrap(line: &str, width: usize, break_long: bool, lines: &mut Vec<String>) {
    let mut current = String::new();
    let mut used = 0;
    for word in line.split_inclusive(' ') {
        let word: Vec<char> = word.chars().collect();
        let visible = word.iter().rev().skip_while(|character| **character == ' ').count();
        if used > 0 && used + visible > width {
            lines.push(current.trim_end().to_owned());
            (current, used) = (String::new(), 0);
        }
        let mut tail = word.as_slice();
        while break_long && tail.len() > width && visible > width {
            let (line, rest) = tail.split_at(width);
            lines.push(line.iter().collect());
            tail = rest;
        }
        used += tail.len();
        current.extend(tail);
    }
    lines.push(current.trim_end().to_owned());
}

pub(super) fn wordcount(value: &Jinja) -> Result<usize, Error> {
    let text = text(value)?;
    Ok(text
        .split(|character: char| !(character.is_alphanumeric() || character == '_'))
        .filter(|word| !word.is_empty())
        .count())
}

pub(super) fn center(value: &Jinja, width: Option<usize>, keywords: Kwargs) -> Result<String, Error> {
    let width = option(width, &keywords, "width")?.unwrap_or(80);
    keywords.assert_all_used()?;
    centered(&text(value)?, width, ' ')
}

/// Puts a text in the middle as Python's `str.center` does.
pub(crate) fn centered(text: &str, width: usize, fill: char) -> Result<String, Error> {
    check_length(width)?;
    let margin = width.saturating_sub(text.chars().count());
    let left = margin / 2 + (margin & width & 1);
    let repeat = |count: usize| fill.to_string().repeat(count);
    Ok(format!("{}{text}{}", repeat(left), repeat(margin - left)))
}

pub(super) fn striptags(value: &Jinja) -> Result<String, Error> {
    let text = text(value)?;
    let (mut out, mut rest) = (String::new(), text.as_str());
    while let Some((before, tag)) = rest.split_once('<') {
        out.push_str(before);
        let Some((_, after)) = tag.split_once('>') else {
            out.push('<');
            out.push_str(tag);
            rest = "";
            break;
        };
        rest = after;
    }
    out.push_str(rest);
    let plain = out
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&");
    Ok(plain.split_whitespace().collect::<Vec<_>>().join(" "))
}
