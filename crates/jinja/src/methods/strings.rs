//! Methods of `str`, first of all those that can make a text much longer.

use minijinja::{
    Error, ErrorKind,
    value::{Tuple, Value as Jinja, from_args},
};

use crate::{
    builtin::{centered, check_length, replaced, stripped, text},
    error::HostError,
    python,
};

/// Longest run of digits in a format string: wider fields are nobody's wish.
const FORMAT_WIDTH_DIGITS: usize = 5;

pub(super) fn call(string: &str, method: &str, given: &[Jinja]) -> Result<Option<Jinja>, Error> {
    Ok(Some(match method {
        "replace" => {
            let (old, new, count): (&str, &str, Option<i64>) = from_args(given)?;
            let count = count.and_then(|count| usize::try_from(count).ok()).unwrap_or(usize::MAX);
            replaced(string, old, new, count)?.into()
        }
        "join" => join(string, given)?,
        "format" => {
            check_format(string, given)?;
            return Ok(None);
        }
        "ljust" | "rjust" | "center" => {
            let (width, fill): (usize, Option<char>) = from_args(given)?;
            justified(string, method, width, fill.unwrap_or(' '))?.into()
        }
        "strip" | "lstrip" | "rstrip" => {
            let (characters,): (Option<&str>,) = from_args(given)?;
            stripped(string, characters, [method != "rstrip", method != "lstrip"]).into()
        }
        "zfill" => {
            let (width,): (usize,) = from_args(given)?;
            zero_filled(string, width)?.into()
        }
        "swapcase" => {
            let () = from_args(given)?;
            swapped_case(string).into()
        }
        "partition" | "rpartition" => {
            let (separator,): (&str,) = from_args(given)?;
            partition(string, separator, method == "rpartition")?
        }
        "rsplit" => {
            let (separator, most): (Option<&str>, Option<i64>) = from_args(given)?;
            rsplit(string, separator, most.and_then(|most| usize::try_from(most).ok()))?
        }
        "index" | "rindex" => {
            let (wanted,): (&str,) = from_args(given)?;
            let found = if method == "index" { string.find(wanted) } else { string.rfind(wanted) };
            let found = found.ok_or_else(|| Error::from(HostError::new("ValueError", "substring not found")))?;
            Jinja::from(string[..found].chars().count())
        }
        "removeprefix" => {
            let (prefix,): (&str,) = from_args(given)?;
            string.strip_prefix(prefix).unwrap_or(string).into()
        }
        "removesuffix" => {
            let (suffix,): (&str,) = from_args(given)?;
            string.strip_suffix(suffix).unwrap_or(string).into()
        }
        "casefold" => {
            let () = from_args(given)?;
            string.replace('ß', "ss").to_lowercase().into()
        }
        "encode" => Jinja::from_bytes(string.as_bytes().to_vec()),
        "isdecimal" => {
            let () = from_args(given)?;
            Jinja::from(!string.is_empty() && string.chars().all(char::is_numeric))
        }
        _ => return Ok(None),
    }))
}

fn join(separator: &str, given: &[Jinja]) -> Result<Jinja, Error> {
    let (items,): (&Jinja,) = from_args(given)?;
    let mut out = String::new();
    for (index, item) in items.try_iter()?.checked().enumerate() {
        let item = item?;
        let Some(part) = item.as_str() else {
            let message = format!("sequence item {index}: expected str instance, {} found", python::type_name(&item));
            return Err(Error::new(ErrorKind::InvalidOperation, message));
        };
        if index > 0 {
            out.push_str(separator);
        }
        out.push_str(part);
        check_length(out.len())?;
    }
    Ok(out.into())
}

/// Refuses fields that are wider than anybody needs, also where an argument gives the width.
fn check_format(string: &str, given: &[Jinja]) -> Result<(), Error> {
    let widest = string.split(|character: char| !character.is_ascii_digit()).map(str::len).max().unwrap_or_default();
    let nested = string.split('{').skip(1).any(|field| field.contains(':') && !field.contains('}'));
    if widest > FORMAT_WIDTH_DIGITS || nested {
        return Err(Error::new(ErrorKind::InvalidOperation, "the format string asks for too wide a field"));
    }
    let arguments: usize = given.iter().map(|value| text(value).map_or(0, |text| text.len())).sum();
    let fields = string.matches('{').count();
    check_length(string.len().saturating_add(fields.saturating_mul(arguments.max(10))))
}

fn justified(string: &str, method: &str, width: usize, fill: char) -> Result<String, Error> {
    if method == "center" {
        return centered(string, width, fill);
    }
    check_length(width)?;
    let padding = fill.to_string().repeat(width.saturating_sub(string.chars().count()));
    Ok(if method == "ljust" { format!("{string}{padding}") } else { format!("{padding}{string}") })
}

fn zero_filled(string: &str, width: usize) -> Result<String, Error> {
    check_length(width)?;
    let padding = "0".repeat(width.saturating_sub(string.chars().count()));
    let digits = string.trim_start_matches(['+', '-']);
    let sign = if string.len() - digits.len() == 1 { &string[..1] } else { "" };
    Ok(format!("{sign}{padding}{}", &string[sign.len()..]))
}

fn swapped_case(string: &str) -> String {
    let mut out = String::with_capacity(string.len());
    for character in string.chars() {
        if character.is_uppercase() {
            out.extend(character.to_lowercase());
        } else {
            out.extend(character.to_uppercase());
        }
    }
    out
}

fn partition(string: &str, separator: &str, from_right: bool) -> Result<Jinja, Error> {
    if separator.is_empty() {
        return Err(HostError::new("ValueError", "empty separator").into());
    }
    let cut = if from_right { string.rsplit_once(separator) } else { string.split_once(separator) };
    let parts = match cut {
        Some((head, tail)) => [head, separator, tail],
        None if from_right => ["", "", string],
        None => [string, "", ""],
    };
    Ok(Tuple::from(parts.map(Jinja::from)).into())
}

fn rsplit(string: &str, separator: Option<&str>, most: Option<usize>) -> Result<Jinja, Error> {
    let pieces = most.map_or(usize::MAX, |most| most + 1);
    let mut parts: Vec<&str> = match separator {
        Some("") => return Err(HostError::new("ValueError", "empty separator").into()),
        Some(separator) => string.rsplitn(pieces, separator).collect(),
        None => words_from_right(string, pieces),
    };
    parts.reverse();
    Ok(parts.into_iter().map(Jinja::from).collect())
}

fn words_from_right(string: &str, pieces: usize) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = string.trim_end();
    while !rest.is_empty() {
        if words.len() + 1 >= pieces {
            words.push(rest);
            break;
        }
        let word_start = rest.rfind(char::is_whitespace).map_or(0, |space| space + 1);
        let word_start = (word_start..rest.len()).find(|start| rest.is_char_boundary(*start)).unwrap_or(0);
        words.push(&rest[word_start..]);
        rest = rest[..word_start].trim_end();
    }
    words
}
