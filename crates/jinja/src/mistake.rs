//! What Jinja2 says is wrong with a text that the engine refuses. The engine keeps neither the token nor its place, and reads
//! some texts in another order; so the text is read once more, by Jinja2's grammar, up to the first complaint. Only refused
//! texts come here. Counterpart: jinja2/parser.py, jinja2/lexer.py.

mod expressions;
mod reader;
mod statements;
#[cfg(test)]
mod tests;
mod tokens;

use reader::{Reader, Stop};

/// Returns what is wrong with a template; none when Jinja2 takes it, or when it can't be told.
pub(crate) fn of_template(source: &str) -> Option<String> {
    Reader::of_template(source).and_then(|mut reader| reader.template()).err().and_then(Stop::words)
}

/// The same for an expression without delimiters, which is to be nothing else.
pub(crate) fn of_expression(source: &str) -> Option<String> {
    match Reader::of_expression(source) {
        Ok(mut reader) => reader.whole_expression().err().and_then(Stop::words),
        // Jinja2 begins to read before it is ready to leave the line out.
        Err(stop) => stop.words().map(|words| format!("{words}\n  line {}", tokens::first_line(source))),
    }
}
