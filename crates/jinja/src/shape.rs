//! Refuses sources that would make the engine's compiler recurse too deeply: it parses `1+1+1+…` in a loop, but compiles
//! and drops the result by recursion. Names are looked up by their whole length, so they must not be long either.

/// Operators in one tag, and `elif` branches in one template.
const OPERATORS: usize = 300;

/// Bytes of a name.
const NAME: usize = 1000;

/// Returns whether every tag has few enough operators, and no name that is too long. An expression is one tag.
pub(crate) fn is_flat(source: &str, is_expression: bool) -> bool {
    let parts = source.split("{{").flat_map(|part| part.split("{%"));
    // What stands before the first tag is text.
    let mut tags = parts.skip(usize::from(!is_expression));
    source.matches("elif").count() <= OPERATORS && tags.all(|tag| operators(tag) <= OPERATORS)
}

fn operators(tag: &str) -> usize {
    let (mut count, mut quote, mut word, mut braces) = (0, None, String::new(), 0_usize);
    let mut name = 0;
    for character in tag.chars().chain([' ']) {
        let is_part = quote.is_none() && (character.is_alphanumeric() || character == '_');
        name = if is_part { name + character.len_utf8() } else { 0 };
        if name > NAME {
            return usize::MAX;
        }
        match quote {
            Some(open) if character == open => quote = None,
            Some(_) => {}
            None if character.is_alphabetic() => word.push(character),
            None => {
                count += usize::from(matches!(word.as_str(), "and" | "or" | "not" | "if" | "else" | "is" | "in"));
                word.clear();
                count += usize::from("+-*/%~|.([<>=!".contains(character));
                match character {
                    '\'' | '"' => quote = Some(character),
                    '{' => braces += 1,
                    // The text after a tag is no expression.
                    '}' if braces == 0 => break,
                    '}' => braces -= 1,
                    _ => {}
                }
            }
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::is_flat;

    #[test]
    fn only_tags_are_looked_at() {
        let (dots, word) = (". ".repeat(400), "x".repeat(2000));
        for (source, is_expression, expected) in [
            (format!("{dots}{word}{{{{ a }}}}{dots}{word}"), false, true),
            (format!("{{{{ '{dots}{word}' }}}}"), false, true),
            (format!("a{{{{ a{dots} }}}}"), false, false),
            (format!("{{% if {word} %}}"), false, false),
            (word, true, false),
            (dots, true, false),
        ] {
            assert_eq!(is_flat(&source, is_expression), expected, "{}", &source[..20]);
        }
    }
}
