//! Text to tokens. Answers to yaql/language/lexer.py, including the order in which its patterns are tried.

mod escapes;

use crate::ast::Constant;
use crate::error::ParseError;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    Constant(Constant),
    Keyword(String),
    Variable(String),
    /// A name that touches its opening bracket; the bracket is part of the token.
    Function(String),
    /// Operators, brackets, comma and `=>`.
    Symbol(&'static str),
}

#[derive(Clone, Debug)]
pub(crate) struct Located {
    pub(crate) token: Token,
    pub(crate) position: usize,
}

impl Token {
    /// The token as the original prints it in grammar errors.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Constant(Constant::Null) => "None".to_owned(),
            Self::Constant(Constant::Boolean(true)) => "True".to_owned(),
            Self::Constant(Constant::Boolean(false)) => "False".to_owned(),
            Self::Constant(Constant::Integer(number)) => number.to_string(),
            Self::Constant(Constant::Float(number)) => crate::value::float_text(*number),
            Self::Constant(Constant::String(text)) | Self::Keyword(text) | Self::Variable(text) => text.clone(),
            Self::Function(name) => name.clone(),
            Self::Symbol(symbol) => (*symbol).to_owned(),
        }
    }
}

/// Longest first, so that `>=` is not read as `>` and `=`.
const SYMBOLS: [&str; 23] = [
    "?.", "=~", "!~", ">=", "<=", "!=", "->", "=>", ".", "+", "-", "*", "/", ">", "<", "=", "(", ")", "[", "]", "{",
    "}", ",",
];
const WORD_OPERATORS: [&str; 5] = ["mod", "in", "not", "and", "or"];

/// The tokens up to the end or to the first character that begins none; that error counts only if the parser gets there.
pub(crate) fn tokenize(text: &str) -> (Vec<Located>, Option<ParseError>) {
    let characters: Vec<char> = text.chars().collect();
    let mut lexer = Lexer { characters: &characters, position: 0 };
    let mut tokens = Vec::new();
    while lexer.skip_blanks() {
        let position = lexer.position;
        match lexer.next_token() {
            Ok(token) => tokens.push(Located { token, position }),
            Err(error) => return (tokens, Some(error)),
        }
    }
    (tokens, None)
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn is_digit(character: char) -> bool {
    character.is_ascii_digit()
}

struct Lexer<'t> {
    characters: &'t [char],
    position: usize,
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.characters.get(self.position + ahead).copied()
    }

    fn skip_blanks(&mut self) -> bool {
        while matches!(self.peek(0), Some(' ' | '\t' | '\r' | '\n')) {
            self.position += 1;
        }
        self.position < self.characters.len()
    }

    fn illegal(&self) -> ParseError {
        ParseError::lexical(self.peek(0).unwrap_or_default(), self.position)
    }

    fn take(&mut self, length: usize) -> String {
        let taken = self.characters[self.position..self.position + length].iter().collect();
        self.position += length;
        taken
    }

    /// How many characters from here satisfy the predicate.
    fn run(&self, from: usize, accepts: fn(char) -> bool) -> usize {
        self.characters[self.position + from..].iter().take_while(|character| accepts(**character)).count()
    }

    fn next_token(&mut self) -> Result<Token, ParseError> {
        match self.peek(0) {
            Some('$') => {
                let length = 1 + self.run(1, is_word);
                Ok(Token::Variable(self.take(length)))
            }
            Some(digit) if is_digit(digit) => self.number(),
            Some(letter) if is_word(letter) && !letter.is_numeric() => self.word(),
            Some(quote @ ('\'' | '"' | '`')) => self.string(quote),
            _ => self.symbol(),
        }
    }

    fn number(&mut self) -> Result<Token, ParseError> {
        let whole = self.run(0, is_digit);
        let fraction = if self.peek(whole) == Some('.') { self.run(whole + 1, is_digit) } else { 0 };
        let ends = |length: usize| !self.peek(length).is_some_and(is_word);
        if fraction > 0 && ends(whole + 1 + fraction) {
            let text = self.take(whole + 1 + fraction);
            return Ok(Token::Constant(Constant::Float(text.parse().unwrap_or(f64::INFINITY))));
        }
        if !ends(whole) {
            return Err(self.illegal());
        }
        let start = self.position;
        let text = self.take(whole);
        let number = text.parse().map_err(|_| ParseError::too_large("too large a number", start))?;
        Ok(Token::Constant(Constant::Integer(number)))
    }

    fn word(&mut self) -> Result<Token, ParseError> {
        let length = self.run(0, is_word);
        if self.peek(length) == Some('(') {
            let name = self.take(length);
            self.position += 1;
            return Ok(Token::Function(name));
        }
        if self.peek(0) == Some('_') && self.peek(1) == Some('_') {
            return Err(self.illegal());
        }
        let word = self.take(length);
        if let Some(operator) = WORD_OPERATORS.iter().find(|operator| **operator == word) {
            return Ok(Token::Symbol(operator));
        }
        Ok(match word.as_str() {
            "true" => Token::Constant(Constant::Boolean(true)),
            "false" => Token::Constant(Constant::Boolean(false)),
            "null" => Token::Constant(Constant::Null),
            _ => Token::Keyword(word),
        })
    }

    fn string(&mut self, quote: char) -> Result<Token, ParseError> {
        let mut length = 1;
        loop {
            match self.peek(length) {
                None => return Err(self.illegal()),
                Some('\\') if self.peek(length + 1).is_none_or(|next| next == '\n') => return Err(self.illegal()),
                Some('\\') => length += 2,
                Some(character) if character == quote => break,
                Some(_) => length += 1,
            }
        }
        let start = self.position;
        let raw = self.take(length + 1);
        let inner = &raw[1..raw.len() - 1];
        let text = if quote == '`' { inner.replace("\\`", "`") } else { escapes::decode(inner, start)? };
        Ok(Token::Constant(Constant::String(text)))
    }

    fn symbol(&mut self) -> Result<Token, ParseError> {
        for symbol in SYMBOLS {
            if symbol.chars().enumerate().all(|(index, character)| self.peek(index) == Some(character)) {
                self.position += symbol.chars().count();
                return Ok(Token::Symbol(symbol));
            }
        }
        Err(self.illegal())
    }
}
