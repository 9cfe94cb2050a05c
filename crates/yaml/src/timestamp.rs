//! Dates and times: recognised as PyYAML does, kept as the ISO 8601 text that Python's `isoformat` gives.

/// Returns whether a plain scalar is a date or a date with a time.
pub(crate) fn looks_like(text: &str) -> bool {
    Parts::of(text).is_some()
}

/// Returns the ISO text of a timestamp, or Python's reason why there is no such moment.
pub(crate) fn normalize(text: &str) -> Result<String, String> {
    let parts = Parts::of(text).ok_or_else(|| format!("`{text}` is not a timestamp"))?;
    let date = parts.date()?;
    match parts.time {
        None => Ok(date),
        Some(time) => Ok(format!("{date}T{}", time.iso()?)),
    }
}

struct Parts<'a> {
    year: u32,
    month: u32,
    day: u32,
    time: Option<Time<'a>>,
}

struct Time<'a> {
    hour: u32,
    minute: u32,
    second: u32,
    fraction: &'a str,
    zone: &'a str,
}

/// Takes up to `most` digits, at least `least`, off the front of a text.
fn digits<'a>(text: &mut &'a str, least: usize, most: usize) -> Option<&'a str> {
    let count = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if count < least {
        return None;
    }
    let (taken, rest) = text.split_at(count);
    *text = rest;
    Some(taken)
}

fn number(text: &mut &str, least: usize, most: usize) -> Option<u32> {
    digits(text, least, most)?.parse().ok()
}

fn literal(text: &mut &str, expected: char) -> Option<()> {
    *text = text.strip_prefix(expected)?;
    Some(())
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let mut rest = text;
        let year = number(&mut rest, 4, 4)?;
        literal(&mut rest, '-')?;
        let month = number(&mut rest, 1, 2)?;
        literal(&mut rest, '-')?;
        let day = number(&mut rest, 1, 2)?;
        if rest.is_empty() {
            // A date alone has two digits everywhere.
            return (text.len() == 10).then_some(Self { year, month, day, time: None });
        }
        let spaced = rest.trim_start_matches([' ', '\t']);
        rest = if spaced.len() < rest.len() { spaced } else { rest.strip_prefix(['T', 't'])? };
        Some(Self { year, month, day, time: Some(Time::of(rest)?) })
    }

    fn date(&self) -> Result<String, String> {
        let leap = self.year.is_multiple_of(4) && (!self.year.is_multiple_of(100) || self.year.is_multiple_of(400));
        let days = match self.month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => return Err("month must be in 1..12".to_owned()),
        };
        if self.year == 0 {
            return Err("year 0 is out of range".to_owned());
        }
        if self.day == 0 || self.day > days {
            return Err("day is out of range for month".to_owned());
        }
        Ok(format!("{:04}-{:02}-{:02}", self.year, self.month, self.day))
    }
}

impl<'a> Time<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let mut rest = text;
        let hour = number(&mut rest, 1, 2)?;
        literal(&mut rest, ':')?;
        let minute = number(&mut rest, 2, 2)?;
        literal(&mut rest, ':')?;
        let second = number(&mut rest, 2, 2)?;
        let mut fraction = "";
        if literal(&mut rest, '.').is_some() {
            fraction = digits(&mut rest, 0, usize::MAX)?;
        }
        let zone = rest.trim_start_matches([' ', '\t']);
        let time = Self { hour, minute, second, fraction, zone };
        (rest.is_empty() || time.offset().is_some()).then_some(time)
    }

    fn offset(&self) -> Option<String> {
        if self.zone == "Z" {
            return Some("+00:00".to_owned());
        }
        let sign = self.zone.chars().next().filter(|sign| matches!(sign, '+' | '-'))?;
        let mut rest = &self.zone[1..];
        let hour = number(&mut rest, 1, 2)?;
        let mut minute = 0;
        if literal(&mut rest, ':').is_some() {
            minute = number(&mut rest, 2, 2)?;
        }
        rest.is_empty().then(|| format!("{sign}{hour:02}:{minute:02}"))
    }

    fn iso(&self) -> Result<String, String> {
        for (value, limit, name) in [(self.hour, 23, "hour"), (self.minute, 59, "minute"), (self.second, 59, "second")]
        {
            if value > limit {
                return Err(format!("{name} must be in 0..{limit}"));
            }
        }
        let micros: String = self.fraction.chars().chain("000000".chars()).take(6).collect();
        let fraction = if micros == "000000" { String::new() } else { format!(".{micros}") };
        let offset = self.offset().unwrap_or_default();
        Ok(format!("{:02}:{:02}:{:02}{fraction}{offset}", self.hour, self.minute, self.second))
    }
}
