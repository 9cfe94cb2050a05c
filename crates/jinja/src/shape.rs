//! Refuses sources that would make the engine's compiler recurse too deeply: it parses `1+1+1+…` in a loop, but compiles
//! and drops the result by recursion.

/// Operators in one tag, and `elif` branches in one template.
const OPERATORS: usize = 300;

/// Returns whether every tag has few enough operators. An expression is one tag.
pub(crate) fn is_flat(source: &str) -> bool {
    source.matches("elif").count() <= OPERATORS
        && source.split("{{").flat_map(|part| part.split("{%")).all(|tag| operators(tag) <= OPERATORS)
}

fn operators(tag: &str) -> usize {
    let (mut count, mut quote, mut word, mut braces) = (0, None, String::new(), 0_usize);
    for character in tag.chars().chain([' ']) {
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
