//! The grammar of tags.

use super::expressions::{Listed, Shape};
use super::reader::{Outcome, Reader, Stop};
use super::tokens::Kind;

type Words = &'static [&'static str];

impl<'s> Reader<'s> {
    pub(super) fn template(&mut self) -> Outcome {
        self.body(&[])
    }

    /// Reads text and tags up to one of the words; without words, up to the end.
    fn body(&mut self, until: Words) -> Outcome {
        while !self.is(Kind::End) {
            if self.advance()?.kind == Kind::PrintBegin {
                self.listed(Listed::default())?;
                self.expect(Kind::PrintEnd)?;
                continue;
            }
            if self.is(Kind::Name) && until.contains(&self.current.text) {
                break;
            }
            self.deeper(Self::statement)?;
            self.expect(Kind::BlockEnd)?;
        }
        Ok(())
    }

    /// Reads what stands between a tag and the word that ends or continues it.
    fn block(&mut self, until: Words) -> Outcome<&'s str> {
        self.skip_sign(":")?;
        self.expect(Kind::BlockEnd)?;
        self.ends.push(until);
        self.body(until)?;
        if self.is(Kind::End) {
            return Err(self.misplaced(None));
        }
        self.ends.pop();
        Ok(self.advance()?.text)
    }

    fn statement(&mut self) -> Outcome {
        let tag = self.current;
        if tag.kind != Kind::Name {
            return Err(Stop::from("tag name expected".to_owned()));
        }
        self.tags.push(tag.text);
        match tag.text {
            "for" => self.for_loop(),
            "if" => self.condition(),
            "set" => self.assignment(),
            "with" => self.with(),
            "macro" => self.macro_definition(),
            "call" => self.call(),
            "filter" => self.filter_block(),
            "autoescape" => self.autoescape(),
            // The engine has no other templates.
            "block" | "extends" | "from" | "import" | "include" | "print" => Err(Stop::unknown()),
            _ => {
                self.tags.pop();
                return Err(self.misplaced(Some(tag.text)));
            }
        }?;
        self.tags.pop();
        Ok(())
    }

    /// The words about a tag, or the end, that stands where it cannot.
    fn misplaced(&self, tag: Option<&str>) -> Stop {
        let mut words = match tag {
            Some(tag) => format!("Encountered unknown tag '{tag}'."),
            None => "Unexpected end of template.".to_owned(),
        };
        if let Some(wanted) = self.ends.last() {
            let wanted = wanted.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" or ");
            let is_outer = tag.is_some_and(|tag| self.ends.iter().any(|words| words.contains(&tag)));
            words += &if is_outer {
                format!(
                    " You probably made a nesting mistake. Jinja is expecting this tag, but currently looking for {wanted}."
                )
            } else {
                format!(" Jinja was looking for the following tags: {wanted}.")
            };
        }
        if let Some(open) = self.tags.last() {
            words += &format!(" The innermost block that needs to be closed is '{open}'.");
        }
        Stop::from(words)
    }

    fn for_loop(&mut self) -> Outcome {
        self.advance()?;
        self.target(Listed::default())?;
        self.expect_word("in")?;
        self.listed(Listed { unconditional: true, ..Listed::default() })?;
        if self.skip_word("if")? {
            self.expression()?;
        }
        self.skip_word("recursive")?;
        if self.block(&["endfor", "else"])? == "else" {
            self.block(&["endfor"])?;
        }
        Ok(())
    }

    fn condition(&mut self) -> Outcome {
        self.advance()?;
        loop {
            self.listed(Listed { unconditional: true, ..Listed::default() })?;
            match self.block(&["elif", "else", "endif"])? {
                "elif" => {}
                "else" => return self.block(&["endif"]).map(drop),
                _ => return Ok(()),
            }
        }
    }

    fn assignment(&mut self) -> Outcome {
        self.advance()?;
        self.target(Listed { with_fields: true, ..Listed::default() })?;
        if self.skip_sign("=")? {
            return self.listed(Listed::default()).map(drop);
        }
        self.filters(false)?;
        self.block(&["endset"]).map(drop)
    }

    /// Reads what is assigned to.
    fn target(&mut self, how: Listed) -> Outcome {
        match self.listed(Listed { simple: true, ..how })? {
            Shape::Fixed(kind) => Err(Stop::from(format!("can't assign to '{kind}'"))),
            Shape::Name | Shape::Call => Ok(()),
        }
    }

    fn with(&mut self) -> Outcome {
        self.advance()?;
        let mut is_first = true;
        while !self.is(Kind::BlockEnd) {
            if !is_first {
                self.expect_sign(",")?;
            }
            is_first = false;
            self.target(Listed::default())?;
            self.expect_sign("=")?;
            self.expression()?;
        }
        self.block(&["endwith"]).map(drop)
    }

    fn macro_definition(&mut self) -> Outcome {
        self.advance()?;
        self.expect(Kind::Name)?;
        self.parameters()?;
        self.block(&["endmacro"]).map(drop)
    }

    fn parameters(&mut self) -> Outcome {
        self.expect_sign("(")?;
        let (mut is_first, mut has_default) = (true, false);
        while !self.is_sign(")") {
            if !is_first {
                self.expect_sign(",")?;
            }
            is_first = false;
            self.expect(Kind::Name)?;
            if self.skip_sign("=")? {
                self.expression()?;
                has_default = true;
            } else if has_default {
                return Err(Stop::from("non-default argument follows default argument".to_owned()));
            }
        }
        self.expect_sign(")").map(drop)
    }

    fn call(&mut self) -> Outcome {
        self.advance()?;
        if self.is_sign("(") {
            self.parameters()?;
        }
        if self.expression()? != Shape::Call {
            return Err(Stop::from("expected call".to_owned()));
        }
        self.block(&["endcall"]).map(drop)
    }

    fn filter_block(&mut self) -> Outcome {
        self.advance()?;
        self.filters(true)?;
        self.block(&["endfilter"]).map(drop)
    }

    fn autoescape(&mut self) -> Outcome {
        self.advance()?;
        self.expression()?;
        self.block(&["endautoescape"]).map(drop)
    }
}
