//! Reads tokens one after the other, and says which one is not what was to come.

use std::mem;

use super::tokens::{Kind, Token, Tokens};

/// Levels of expressions and blocks that are followed.
const DEPTH: usize = 100;

/// Why reading came to an end; without words when that can't be told.
pub(super) struct Stop(Option<String>);

impl Stop {
    pub(super) fn unknown() -> Self {
        Self(None)
    }

    pub(super) fn words(self) -> Option<String> {
        self.0
    }
}

impl From<String> for Stop {
    fn from(words: String) -> Self {
        Self(Some(words))
    }
}

pub(super) type Outcome<T = ()> = Result<T, Stop>;

pub(super) struct Reader<'s> {
    tokens: Tokens<'s>,
    pub(super) current: Token<'s>,
    depth: usize,
    /// The tags that are open, and the words that may end each of their bodies.
    pub(super) tags: Vec<&'s str>,
    pub(super) ends: Vec<&'static [&'static str]>,
}

impl<'s> Reader<'s> {
    pub(super) fn of_template(source: &'s str) -> Outcome<Self> {
        Self::new(Tokens::of_template(source))
    }

    pub(super) fn of_expression(source: &'s str) -> Outcome<Self> {
        Self::new(Tokens::of_expression(source))
    }

    fn new(mut tokens: Tokens<'s>) -> Outcome<Self> {
        let current = tokens.next()?;
        Ok(Self { tokens, current, depth: 0, tags: Vec::new(), ends: Vec::new() })
    }

    pub(super) fn advance(&mut self) -> Outcome<Token<'s>> {
        let next = self.tokens.next()?;
        Ok(mem::replace(&mut self.current, next))
    }

    /// The token after the current one.
    pub(super) fn ahead(&self) -> Outcome<Token<'s>> {
        Ok(self.tokens.clone().next()?)
    }

    pub(super) fn is(&self, kind: Kind) -> bool {
        self.current.kind == kind
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        self.is(Kind::Name) && self.current.text == word
    }

    pub(super) fn is_sign(&self, sign: &str) -> bool {
        self.is(Kind::Sign) && self.current.text == sign
    }

    pub(super) fn skip_word(&mut self, word: &str) -> Outcome<bool> {
        let is_there = self.is_word(word);
        if is_there {
            self.advance()?;
        }
        Ok(is_there)
    }

    pub(super) fn skip_sign(&mut self, sign: &str) -> Outcome<bool> {
        let is_there = self.is_sign(sign);
        if is_there {
            self.advance()?;
        }
        Ok(is_there)
    }

    pub(super) fn expect(&mut self, kind: Kind) -> Outcome<Token<'s>> {
        if self.is(kind) { self.advance() } else { Err(self.instead_of(kind.title())) }
    }

    pub(super) fn expect_word(&mut self, word: &str) -> Outcome<Token<'s>> {
        if self.is_word(word) { self.advance() } else { Err(self.instead_of(word)) }
    }

    pub(super) fn expect_sign(&mut self, sign: &str) -> Outcome<Token<'s>> {
        if self.is_sign(sign) { self.advance() } else { Err(self.instead_of(sign)) }
    }

    fn instead_of(&self, wanted: &str) -> Stop {
        Stop::from(if self.is(Kind::End) {
            format!("unexpected end of template, expected '{wanted}'.")
        } else {
            format!("expected token '{wanted}', got '{}'", self.current.described())
        })
    }

    pub(super) fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Outcome<T>) -> Outcome<T> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(Stop::unknown());
        }
        let outcome = read(self);
        self.depth -= 1;
        outcome
    }
}
