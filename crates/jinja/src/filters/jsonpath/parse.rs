//! Reads a JSONPath query into its alternatives, each a list of steps.

use crate::filters::FilterError;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Keys of a mapping; `*` is all of them.
    Fields(Vec<String>),
    Index(isize),
    Slice {
        start: Option<isize>,
        end: Option<isize>,
        step: usize,
    },
    Descendants(Box<Self>),
}

/// Returns the alternatives of a query.
pub(super) fn parse(query: &str) -> Result<Vec<Vec<Step>>, FilterError> {
    let mut reader = Reader { query, rest: query };
    let mut paths = vec![reader.path()?];
    while reader.take('|') {
        paths.push(reader.path()?);
    }
    reader.skip_space();
    if reader.rest.is_empty() { Ok(paths) } else { Err(reader.refuse()) }
}

struct Reader<'q> {
    query: &'q str,
    rest: &'q str,
}

impl Reader<'_> {
    fn refuse(&self) -> FilterError {
        let column = self.query.len() - self.rest.len();
        let message = match self.rest.chars().next() {
            Some(token) => format!("Parse error at 1:{column} near token {token}"),
            None => "Parse error near the end of string!".to_owned(),
        };
        FilterError::new("Exception", message)
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, token: char) -> bool {
        self.skip_space();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn path(&mut self) -> Result<Vec<Step>, FilterError> {
        let mut steps = Vec::new();
        if !self.take('$') {
            steps.push(self.step()?);
        }
        loop {
            self.skip_space();
            if self.rest.starts_with("..") {
                self.rest = &self.rest[2..];
                let right = self.step()?;
                steps.push(Step::Descendants(Box::new(right)));
            } else if self.take('.') {
                steps.push(self.step()?);
            } else if self.rest.starts_with('[') {
                steps.push(self.bracket()?);
            } else {
                return Ok(steps);
            }
        }
    }

    fn step(&mut self) -> Result<Step, FilterError> {
        self.skip_space();
        if self.rest.starts_with('[') { self.bracket() } else { self.fields() }
    }

    fn fields(&mut self) -> Result<Step, FilterError> {
        let mut names = vec![self.name()?];
        while self.take(',') {
            names.push(self.name()?);
        }
        Ok(Step::Fields(names))
    }

    fn name(&mut self) -> Result<String, FilterError> {
        self.skip_space();
        if self.take('*') {
            return Ok("*".to_owned());
        }
        if let Some(quote) = self.rest.chars().next().filter(|quote| matches!(quote, '\'' | '"')) {
            let (name, rest) = self.rest[1..].split_once(quote).ok_or_else(|| self.refuse())?;
            self.rest = rest;
            return Ok(name.to_owned());
        }
        let is_part = |character: char| character.is_alphanumeric() || matches!(character, '_' | '@' | '-');
        let length = self.rest.find(|character| !is_part(character)).unwrap_or(self.rest.len());
        let starts_well = self.rest.starts_with(|first: char| first.is_alphabetic() || matches!(first, '_' | '@'));
        if length == 0 || !starts_well {
            return Err(self.refuse());
        }
        let (name, rest) = self.rest.split_at(length);
        self.rest = rest;
        Ok(name.to_owned())
    }

    fn bracket(&mut self) -> Result<Step, FilterError> {
        if !self.take('[') {
            return Err(self.refuse());
        }
        self.skip_space();
        let step = if self.take('*') {
            Step::Slice { start: None, end: None, step: 1 }
        } else if self.rest.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '-' | ':')) {
            self.range()?
        } else {
            self.fields()?
        };
        if self.take(']') { Ok(step) } else { Err(self.refuse()) }
    }

    fn range(&mut self) -> Result<Step, FilterError> {
        let start = self.number()?;
        if !self.take(':') {
            return start.map(Step::Index).ok_or_else(|| self.refuse());
        }
        let end = self.number()?;
        let step = if self.take(':') { self.number()?.unwrap_or(1) } else { 1 };
        match usize::try_from(step) {
            Ok(step) if step > 0 => Ok(Step::Slice { start, end, step }),
            _ => Err(self.refuse()),
        }
    }

    fn number(&mut self) -> Result<Option<isize>, FilterError> {
        self.skip_space();
        let length = self
            .rest
            .find(|character: char| !character.is_ascii_digit() && character != '-')
            .unwrap_or(self.rest.len());
        if length == 0 {
            return Ok(None);
        }
        let number = self.rest[..length].parse().map_err(|_| self.refuse())?;
        self.rest = &self.rest[length..];
        Ok(Some(number))
    }
}
