//! Where in a file a mistake of the inspection is, as exactly as can be told, and what was probably meant.

use squall_orquesta::{Inspection, InspectionType, UnknownName, Workflow, known_keys};

use super::snippet::Place;

/// The inspection knows the property; what is wrong in it is looked for in the text that follows.
pub(super) fn of(entry: &Inspection, workflow: &Workflow, text: &str) -> Option<Place> {
    let path = entry.spec_path.as_deref().unwrap_or_default();
    if entry.kind == InspectionType::Syntax
        && let Some(key) = last_quoted(&entry.message).filter(|_| is_about_a_key(entry))
    {
        let path = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        let (line, column) = workflow.position(&path)?;
        return Some(Place { line, column, length: key.chars().count() });
    }
    let (line, column) = workflow.position(path)?;
    let block = Block::at(text, line, column);
    let found = match entry.kind {
        InspectionType::Expression => entry.expression.as_deref().and_then(|expression| {
            let place = block.find(expression)?;
            Some(inside(place, expression, &entry.message))
        }),
        InspectionType::Context => {
            let name = last_quoted(&entry.message)?;
            let within = entry.expression.as_deref().and_then(|expression| {
                let start = expression.find(name)?;
                let place = block.find(expression.trim_end())?;
                let column = place.column + expression[..start].chars().count();
                Some(Place { line: place.line, column, length: name.chars().count() })
            });
            within.or_else(|| block.find(name))
        }
        InspectionType::Semantic | InspectionType::Syntax => {
            last_quoted(&entry.message).and_then(|name| block.find(name))
        }
    };
    found.or_else(|| Some(Place { line, column, length: word_at(text, line, column) }))
}

/// Where a function or filter that does not exist is called.
pub(super) fn of_name(unknown: &UnknownName, workflow: &Workflow, text: &str) -> Option<Place> {
    let (line, column) = workflow.position(&unknown.spec_path)?;
    let block = Block::at(text, line, column);
    let length = unknown.name.chars().count();
    match block.find(&unknown.expression) {
        Some(place) => Some(Place { line: place.line, column: place.column + unknown.position, length }),
        None => {
            let word = || Place { line, column, length: word_at(text, line, column) };
            block.find(&unknown.name).or_else(|| Some(word()))
        }
    }
}

/// What the author may have meant.
pub(super) fn hint(entry: &Inspection, workflow: &Workflow) -> Option<String> {
    let name = last_quoted(&entry.message)?;
    let spec = workflow.spec();
    let tasks = || spec.tasks.keys().map(String::as_str);
    let meant = match entry.kind {
        InspectionType::Semantic => {
            super::meant(name, &tasks().chain(["continue", "fail", "noop", "retry"]).collect::<Vec<_>>())
                .map(str::to_owned)
        }
        InspectionType::Context => {
            let published = spec.tasks.iter().flat_map(|(task, spec)| {
                let names = spec.transitions.iter().flat_map(|transition| &transition.publish);
                names.map(move |(name, _)| (name.as_str(), task))
            });
            if let Some((_, task)) = published.clone().find(|(published, _)| *published == name) {
                return Some(format!("task `{task}` publishes `{name}`, but need not have run by then"));
            }
            let declared = spec.input.iter().chain(&spec.vars).map(|(name, _)| name.as_str());
            super::meant(name, &declared.chain(published.map(|(name, _)| name)).collect::<Vec<_>>()).map(str::to_owned)
        }
        InspectionType::Syntax if is_about_a_key(entry) => {
            super::meant(name, &known_keys(entry.schema_path.as_deref().unwrap_or_default())).map(str::to_owned)
        }
        InspectionType::Syntax | InspectionType::Expression => None,
    };
    meant.map(|meant| format!("did you mean `{meant}`?"))
}

fn is_about_a_key(entry: &Inspection) -> bool {
    entry.schema_path.as_deref().is_some_and(|path| path.ends_with("additionalProperties"))
}

/// The name that a message quotes, the last one if it quotes several.
fn last_quoted(message: &str) -> Option<&str> {
    let quotes = ['\'', '"'];
    // The pattern of names is quoted too, and is none.
    let message = message.split(" not match any of the regexes").next()?;
    let end = message.rfind(quotes)?;
    let quote = message[end..].chars().next()?;
    let start = message[..end].rfind(quote)?;
    Some(&message[start + 1..end]).filter(|name| !name.is_empty())
}

/// YAQL says at which character of the inside it gave up.
fn inside(place: Place, expression: &str, message: &str) -> Place {
    let position = message.split(" at position ").nth(1).and_then(|rest| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<usize>().ok()
    });
    let opening = expression.len() - expression.trim_start_matches(['<', '%', '{', ' ']).len();
    match position {
        Some(position) => Place { line: place.line, column: place.column + opening + position, length: 1 },
        None => place,
    }
}

/// A key of a file and the lines that belong to it.
struct Block<'a> {
    /// Lines with their number.
    lines: Vec<(usize, &'a str)>,
    /// Characters to leave out of the first line.
    skip: usize,
}

impl<'a> Block<'a> {
    fn at(text: &'a str, line: usize, column: usize) -> Self {
        let numbered = text.lines().enumerate().map(|(index, text)| (index + 1, text)).skip(line - 1);
        let indent = |text: &str| text.chars().take_while(|character| *character == ' ').count();
        let belongs = |number: usize, text: &str| {
            number == line
                || text.trim().is_empty()
                || indent(text) >= column
                || indent(text) + 1 >= column && text.trim_start().starts_with('-')
        };
        Self { lines: numbered.take_while(|(number, text)| belongs(*number, text)).collect(), skip: column - 1 }
    }

    fn find(&self, needle: &str) -> Option<Place> {
        self.lines.iter().enumerate().find_map(|(index, (number, text))| {
            let skipped = if index == 0 { self.skip } else { 0 };
            let from = text.char_indices().nth(skipped).map_or(text.len(), |(start, _)| start);
            let start = from + text[from..].find(needle)?;
            let column = text[..start].chars().count() + 1;
            Some(Place { line: *number, column, length: needle.chars().count() })
        })
    }
}

fn word_at(text: &str, line: usize, column: usize) -> usize {
    let rest = text.lines().nth(line - 1).unwrap_or_default().chars().skip(column - 1);
    rest.take_while(|character| character.is_alphanumeric() || *character == '_').count()
}
