//! The grammar of expressions.

use super::reader::{Outcome, Reader, Stop};
use super::tokens::Kind;

/// What an expression is, for those who assign to it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Name,
    Call,
    /// Something that cannot be assigned to, by Jinja2's name.
    Fixed(&'static str),
}

const OTHER: Shape = Shape::Fixed("expr");

/// How a list of expressions without brackets is read.
#[derive(Clone, Copy, Default)]
pub(super) struct Listed {
    /// Only names and the like.
    pub(super) simple: bool,
    /// Without `… if …`.
    pub(super) unconditional: bool,
    /// It stands in parentheses, so it may be empty.
    pub(super) in_parentheses: bool,
    /// Fields of a namespace are names.
    pub(super) with_fields: bool,
}

impl Reader<'_> {
    pub(super) fn whole_expression(&mut self) -> Outcome {
        self.expression()?;
        if self.is(Kind::End) { Ok(()) } else { Err(Stop::from("chunk after expression".to_owned())) }
    }

    pub(super) fn expression(&mut self) -> Outcome<Shape> {
        self.deeper(|reader| {
            let mut shape = reader.alternative()?;
            while reader.skip_word("if")? {
                reader.alternative()?;
                if reader.skip_word("else")? {
                    reader.expression()?;
                }
                shape = OTHER;
            }
            Ok(shape)
        })
    }

    /// `a or b`
    fn alternative(&mut self) -> Outcome<Shape> {
        self.joined("or", |reader| reader.joined("and", Self::negation))
    }

    /// Reads operands with a word between them.
    fn joined(&mut self, word: &str, operand: impl Fn(&mut Self) -> Outcome<Shape>) -> Outcome<Shape> {
        let mut shape = operand(self)?;
        while self.skip_word(word)? {
            operand(self)?;
            shape = OTHER;
        }
        Ok(shape)
    }

    fn negation(&mut self) -> Outcome<Shape> {
        if !self.skip_word("not")? {
            return self.comparison();
        }
        self.deeper(Self::negation)?;
        Ok(OTHER)
    }

    fn comparison(&mut self) -> Outcome<Shape> {
        let mut shape = self.operation(0)?;
        loop {
            if self.is(Kind::Sign) && matches!(self.current.text, "==" | "!=" | "<" | "<=" | ">" | ">=") {
                self.advance()?;
            } else if self.is_word("not") {
                let next = self.ahead()?;
                if next.kind != Kind::Name || next.text != "in" {
                    return Ok(shape);
                }
                self.advance()?;
                self.advance()?;
            } else if !self.skip_word("in")? {
                return Ok(shape);
            }
            self.operation(0)?;
            shape = OTHER;
        }
    }

    /// Reads operators of a level, from those that bind least.
    fn operation(&mut self, level: usize) -> Outcome<Shape> {
        const LEVELS: [&[&str]; 4] = [&["+", "-"], &["~"], &["*", "/", "//", "%"], &["**"]];
        let Some(signs) = LEVELS.get(level) else { return self.signed(true) };
        let mut shape = self.operation(level + 1)?;
        while self.is(Kind::Sign) && signs.contains(&self.current.text) {
            self.advance()?;
            self.operation(level + 1)?;
            shape = OTHER;
        }
        Ok(shape)
    }

    fn signed(&mut self, with_filters: bool) -> Outcome<Shape> {
        let mut shape = if self.is_sign("-") || self.is_sign("+") {
            self.advance()?;
            self.deeper(|reader| reader.signed(false))?;
            OTHER
        } else {
            self.primary(false)?
        };
        shape = self.postfix(shape)?;
        if !with_filters {
            return Ok(shape);
        }
        loop {
            if self.is_sign("|") {
                self.filters(false)?;
                shape = Shape::Fixed("filter");
            } else if self.is_word("is") {
                self.test()?;
                shape = OTHER;
            } else if self.is_sign("(") {
                self.arguments()?;
                shape = Shape::Call;
            } else {
                return Ok(shape);
            }
        }
    }

    pub(super) fn primary(&mut self, with_fields: bool) -> Outcome<Shape> {
        match (self.current.kind, self.current.text) {
            (Kind::Name, "true" | "false" | "none" | "True" | "False" | "None") => {
                self.advance()?;
                Ok(Shape::Fixed("const"))
            }
            (Kind::Name, _) => {
                self.advance()?;
                if with_fields && self.skip_sign(".")? {
                    self.expect(Kind::Name)?;
                }
                Ok(Shape::Name)
            }
            (Kind::Text, _) => {
                while self.is(Kind::Text) {
                    self.advance()?;
                }
                Ok(Shape::Fixed("const"))
            }
            (Kind::Integer | Kind::Float, _) => {
                self.advance()?;
                Ok(Shape::Fixed("const"))
            }
            (Kind::Sign, "(") => {
                self.advance()?;
                let shape = self.listed(Listed { in_parentheses: true, ..Listed::default() })?;
                self.expect_sign(")")?;
                Ok(shape)
            }
            (Kind::Sign, "[") => {
                self.bracketed("]", |reader| reader.expression().map(drop))?;
                Ok(Shape::Fixed("list"))
            }
            (Kind::Sign, "{") => {
                self.bracketed("}", |reader| {
                    reader.expression()?;
                    reader.expect_sign(":")?;
                    reader.expression().map(drop)
                })?;
                Ok(Shape::Fixed("dict"))
            }
            _ => Err(Stop::from(format!("unexpected '{}'", self.current.described()))),
        }
    }

    /// Reads the items of a list or dictionary; a comma may follow the last.
    fn bracketed(&mut self, closer: &str, mut item: impl FnMut(&mut Self) -> Outcome) -> Outcome {
        self.advance()?;
        let mut is_first = true;
        while !self.is_sign(closer) {
            if !is_first {
                self.expect_sign(",")?;
                if self.is_sign(closer) {
                    break;
                }
            }
            is_first = false;
            item(self)?;
        }
        self.expect_sign(closer).map(drop)
    }

    /// Reads expressions between commas, or one.
    pub(super) fn listed(&mut self, how: Listed) -> Outcome<Shape> {
        let (mut shape, mut count, mut is_tuple) = (Shape::Name, 0, false);
        loop {
            if count > 0 {
                self.expect_sign(",")?;
            }
            let is_over = self.is(Kind::PrintEnd) || self.is(Kind::BlockEnd) || self.is_sign(")");
            if is_over {
                break;
            }
            let item = match how {
                Listed { simple: true, .. } => self.deeper(|reader| reader.primary(how.with_fields))?,
                Listed { unconditional: true, .. } => self.alternative()?,
                _ => self.expression()?,
            };
            shape = if count == 0 || item == shape { item } else { Shape::Fixed("tuple") };
            count += 1;
            if !self.is_sign(",") {
                break;
            }
            is_tuple = true;
        }
        match (is_tuple, count, shape) {
            (true, _, Shape::Name) | (false, 1.., _) => Ok(shape),
            (true, ..) => Ok(Shape::Fixed("tuple")),
            (false, 0, _) if how.in_parentheses => Ok(Shape::Name),
            _ => Err(Stop::from(format!("Expected an expression, got '{}'", self.current.described()))),
        }
    }

    fn postfix(&mut self, mut shape: Shape) -> Outcome<Shape> {
        loop {
            if self.skip_sign(".")? {
                let key = self.advance()?;
                if !matches!(key.kind, Kind::Name | Kind::Integer) {
                    return Err(Stop::from("expected name or number".to_owned()));
                }
                shape = OTHER;
            } else if self.skip_sign("[")? {
                self.subscript()?;
                shape = OTHER;
            } else if self.is_sign("(") {
                self.arguments()?;
                shape = Shape::Call;
            } else {
                return Ok(shape);
            }
        }
    }

    fn subscript(&mut self) -> Outcome {
        let mut is_first = true;
        while !self.is_sign("]") {
            if !is_first {
                self.expect_sign(",")?;
            }
            is_first = false;
            if !self.is_sign(":") {
                self.expression()?;
            }
            for is_last in [false, true] {
                let is_left_out =
                    |reader: &Self| reader.is_sign("]") || reader.is_sign(",") || !is_last && reader.is_sign(":");
                if self.skip_sign(":")? && !is_left_out(self) {
                    self.expression()?;
                }
            }
        }
        self.expect_sign("]").map(drop)
    }

    pub(super) fn arguments(&mut self) -> Outcome {
        self.expect_sign("(")?;
        let (mut is_first, mut has_named, mut has_spread) = (true, false, false);
        while !self.is_sign(")") {
            if !is_first {
                self.expect_sign(",")?;
                if self.is_sign(")") {
                    break;
                }
            }
            is_first = false;
            let is_spread = self.is_sign("*") || self.is_sign("**");
            let is_named = self.is(Kind::Name) && {
                let next = self.ahead()?;
                next.kind == Kind::Sign && next.text == "="
            };
            if is_named {
                self.advance()?;
            } else if !is_spread && (has_named || has_spread) {
                return Err(Stop::from("invalid syntax for function call expression".to_owned()));
            }
            if is_named || is_spread {
                self.advance()?;
            }
            has_named |= is_named;
            has_spread |= is_spread;
            self.expression()?;
        }
        self.expect_sign(")").map(drop)
    }

    /// Reads filters; the first of a block's stands without `|`.
    pub(super) fn filters(&mut self, mut is_first: bool) -> Outcome {
        while is_first || self.skip_sign("|")? {
            is_first = false;
            self.dotted_name()?;
            if self.is_sign("(") {
                self.arguments()?;
            }
        }
        Ok(())
    }

    fn dotted_name(&mut self) -> Outcome {
        self.expect(Kind::Name)?;
        while self.skip_sign(".")? {
            self.expect(Kind::Name)?;
        }
        Ok(())
    }

    fn test(&mut self) -> Outcome {
        self.advance()?;
        self.skip_word("not")?;
        self.dotted_name()?;
        if self.is_sign("(") {
            return self.arguments();
        }
        let begins_argument = match self.current.kind {
            Kind::Name => !matches!(self.current.text, "else" | "or" | "and"),
            Kind::Text | Kind::Integer | Kind::Float => true,
            Kind::Sign => matches!(self.current.text, "[" | "{"),
            _ => false,
        };
        if self.is_word("is") {
            return Err(Stop::from("You cannot chain multiple tests with is".to_owned()));
        }
        if begins_argument {
            let shape = self.primary(false)?;
            self.postfix(shape)?;
        }
        Ok(())
    }
}
