//! Leaves out `+` where nothing stands before it that could be added to.

/// Returns a source without such signs; none if it has none. What is inside of quotes stays, and so does text around tags.
pub(super) fn without(source: &str, is_expression: bool) -> Option<String> {
    let mut out = String::with_capacity(source.len());
    // The last thing that was read in a tag; none outside of one.
    let mut last = is_expression.then_some('(');
    let (mut quote, mut found, mut before) = (None, false, ' ');
    for character in source.chars() {
        let mut written = character;
        match (last, quote) {
            (None, _) => last = (before == '{' && matches!(character, '{' | '%')).then_some('('),
            (_, Some(open)) => quote = Some(open).filter(|open| *open != character || before == '\\'),
            (Some(_), None) if matches!(character, '\'' | '"') => {
                (quote, last) = (Some(character), Some(character));
            }
            (Some(_), None) if !is_expression && character == '}' && matches!(before, '}' | '%') => last = None,
            (Some(previous), None) if character == '+' && "([{,:+-*/%~|=<>".contains(previous) => {
                (written, found) = (' ', true);
            }
            // `{{-` begins a tag as `{{` does.
            (Some('('), None) if character == '-' && matches!(before, '{' | '%') => {}
            (Some(_), None) if !character.is_whitespace() => last = Some(character),
            _ => {}
        }
        out.push(written);
        before = character;
    }
    found.then_some(out)
}

#[cfg(test)]
mod tests {
    use super::without;

    #[test]
    fn only_signs_before_values_are_left_out() {
        for (source, expected) in [
            ("+a", Some(" a")),
            ("a + +b", Some("a +  b")),
            ("f(+1, 2) * + 3", Some("f( 1, 2) *   3")),
            ("'+' + a", None),
            ("[a, '(+b']", None),
        ] {
            assert_eq!(without(source, true).as_deref(), expected, "{source}");
        }
        for (source, expected) in [
            ("+ {{ +a }} (+", Some("+ {{  a }} (+")),
            ("{% if +a %}(+{{- +b }}", Some("{% if +a %}(+{{-  b }}")),
            ("(+ {{ a + b }}", None),
        ] {
            assert_eq!(without(source, false).as_deref(), expected, "{source}");
        }
    }
}
