//! Tokens to a tree, by precedence climbing. Answers to yaql/language/parser.py and factory.py (its operator table).

use crate::ast::{Ast, Node, NodeKind};
use crate::error::ParseError;
use crate::expression::Dialect;
use crate::lexer::{Located, Token, tokenize};

/// Nesting that the parser and the evaluator follow on the stack.
const MAXIMUM_NESTING: usize = 64;
/// Operators of the whole text; their chains are evaluated without recursion but are freed with it.
const MAXIMUM_OPERATORS: usize = 2_000;
const MAXIMUM_LENGTH: usize = 64 * 1024;

const INDEX_LEVEL: u8 = 2;

/// Binding strength (smaller binds tighter) and whether the operator groups to the right.
fn binary(symbol: &str, dialect: Dialect) -> Option<(u8, bool)> {
    Some(match symbol {
        "." | "?." => (1, false),
        "=~" | "!~" => (4, false),
        "*" | "/" | "mod" => (5, false),
        "+" | "-" => (6, false),
        ">" | "<" | ">=" | "<=" | "!=" | "=" | "in" => (7, false),
        "and" => (9, false),
        "or" => (10, false),
        "=>" if dialect.legacy => (11, false),
        "->" => (12, true),
        _ => return None,
    })
}

fn unary(symbol: &str) -> Option<u8> {
    match symbol {
        "+" | "-" => Some(3),
        "not" => Some(8),
        _ => None,
    }
}

const LOOSEST: u8 = 12;

pub(crate) fn parse(text: &str, dialect: Dialect) -> Result<Ast, ParseError> {
    if text.len() > MAXIMUM_LENGTH {
        return Err(ParseError::too_large("too long", MAXIMUM_LENGTH));
    }
    let (tokens, end) = tokenize(text);
    let tokens = tokens.into_iter().peekable();
    let mut parser = Parser { text, tokens, end, dialect, nesting: 0, operators: 0 };
    let root = parser.expression(LOOSEST)?;
    match parser.tokens.next() {
        None => parser.end.map_or(Ok(Ast { root }), Err),
        Some(extra) => Err(parser.unexpected(&extra)),
    }
}

struct Parser<'t> {
    text: &'t str,
    tokens: std::iter::Peekable<std::vec::IntoIter<Located>>,
    /// Why there are no more tokens, if not because the text ends.
    end: Option<ParseError>,
    dialect: Dialect,
    nesting: usize,
    operators: usize,
}

impl Parser<'_> {
    fn unexpected(&self, found: &Located) -> ParseError {
        ParseError::unexpected(&found.token.shown(), found.position, self.text)
    }

    fn unexpected_next(&mut self) -> ParseError {
        match self.tokens.next() {
            Some(found) => self.unexpected(&found),
            None => self.ended(),
        }
    }

    fn ended(&mut self) -> ParseError {
        self.end.take().unwrap_or_else(ParseError::unexpected_end)
    }

    fn peek_symbol(&mut self) -> Option<&'static str> {
        match self.tokens.peek() {
            Some(Located { token: Token::Symbol(symbol), .. }) => Some(symbol),
            _ => None,
        }
    }

    fn expect(&mut self, symbol: &str) -> Result<(), ParseError> {
        if self.peek_symbol() != Some(symbol) {
            return Err(self.unexpected_next());
        }
        self.tokens.next();
        Ok(())
    }

    /// Parses everything that binds at least as tightly as `level`.
    fn expression(&mut self, level: u8) -> Result<Node, ParseError> {
        self.nesting += 1;
        if self.nesting > MAXIMUM_NESTING {
            let position = self.tokens.peek().map_or(self.text.len(), |next| next.position);
            return Err(ParseError::too_large("nested too deeply", position));
        }
        let mut left = self.operand()?;
        while let Some(symbol) = self.peek_symbol() {
            if symbol == "[" && INDEX_LEVEL <= level {
                self.count_operator(left.position)?;
                left = self.index(left)?;
                continue;
            }
            if symbol == "(" && self.dialect.delegates {
                self.count_operator(left.position)?;
                left = self.delegate(left)?;
                continue;
            }
            let Some((strength, right_grouping)) = binary(symbol, self.dialect) else { break };
            if strength > level {
                break;
            }
            self.count_operator(left.position)?;
            let position = self.tokens.next().map_or(0, |token| token.position);
            let right = self.expression(if right_grouping { strength } else { strength - 1 })?;
            left = Node { position, kind: NodeKind::Binary { operator: symbol, operands: Box::new((left, right)) } };
        }
        self.nesting -= 1;
        Ok(left)
    }

    fn index(&mut self, value: Node) -> Result<Node, ParseError> {
        let position = self.tokens.next().map_or(0, |token| token.position);
        let mut nodes = vec![value];
        nodes.extend(self.arguments("]")?);
        Ok(Node { position, kind: NodeKind::Index(nodes) })
    }

    fn delegate(&mut self, value: Node) -> Result<Node, ParseError> {
        let position = self.tokens.next().map_or(0, |token| token.position);
        let mut nodes = vec![value];
        nodes.extend(self.arguments(")")?);
        Ok(Node { position, kind: NodeKind::Delegate(nodes) })
    }

    /// A value with the calls that directly follow it, if the dialect has them.
    fn operand(&mut self) -> Result<Node, ParseError> {
        let mut value = self.value()?;
        while self.dialect.delegates && self.peek_symbol() == Some("(") {
            self.count_operator(value.position)?;
            value = self.delegate(value)?;
        }
        Ok(value)
    }

    fn count_operator(&mut self, position: usize) -> Result<(), ParseError> {
        self.operators += 1;
        if self.operators > MAXIMUM_OPERATORS {
            return Err(ParseError::too_large("made of too many operators", position));
        }
        Ok(())
    }

    fn value(&mut self) -> Result<Node, ParseError> {
        let Some(Located { token, position }) = self.tokens.next() else {
            return Err(self.ended());
        };
        let kind = match token {
            Token::Constant(constant) => NodeKind::Constant(constant),
            Token::Keyword(word) => NodeKind::Keyword(word),
            Token::Variable(name) => NodeKind::Variable(name),
            Token::Function(name) => NodeKind::Call { name, arguments: self.arguments(")")? },
            Token::Symbol("(") => {
                let inner = self.expression(LOOSEST)?;
                self.expect(")")?;
                NodeKind::Parenthesis(Box::new(inner))
            }
            Token::Symbol("[") => NodeKind::List(self.arguments("]")?),
            Token::Symbol("{") => NodeKind::Map(self.arguments("}")?),
            Token::Symbol(symbol) => match unary(symbol) {
                Some(level) => NodeKind::Unary { operator: symbol, operand: Box::new(self.expression(level)?) },
                None => return Err(self.unexpected(&Located { token, position })),
            },
        };
        Ok(Node { position, kind })
    }

    /// Positional arguments, some of which may be left out, then `key => value` pairs; takes the closing bracket.
    fn arguments(&mut self, close: &'static str) -> Result<Vec<Node>, ParseError> {
        let mut nodes = Vec::new();
        if self.peek_symbol() == Some(close) {
            self.tokens.next();
            return Ok(nodes);
        }
        let mut has_value = false;
        loop {
            if self.peek_symbol() == Some(",") {
                let position = self.tokens.next().map_or(0, |token| token.position);
                nodes.push(Node { position, kind: NodeKind::Skipped });
                continue;
            }
            let value = self.expression(LOOSEST)?;
            if self.is_pair_sign() && (nodes.is_empty() || has_value) {
                return self.pairs(nodes, value, close);
            }
            nodes.push(value);
            has_value = true;
            if self.peek_symbol() == Some(",") {
                self.tokens.next();
            } else {
                self.expect(close)?;
                return Ok(nodes);
            }
        }
    }

    fn is_pair_sign(&mut self) -> bool {
        !self.dialect.legacy && self.peek_symbol() == Some("=>")
    }

    fn pairs(&mut self, mut nodes: Vec<Node>, mut key: Node, close: &'static str) -> Result<Vec<Node>, ParseError> {
        loop {
            if !self.is_pair_sign() {
                return Err(self.unexpected_next());
            }
            let position = self.tokens.next().map_or(0, |token| token.position);
            let value = self.expression(LOOSEST)?;
            nodes.push(Node { position, kind: NodeKind::Pair(Box::new((key, value))) });
            if self.peek_symbol() != Some(",") {
                self.expect(close)?;
                return Ok(nodes);
            }
            self.tokens.next();
            key = self.expression(LOOSEST)?;
        }
    }
}
