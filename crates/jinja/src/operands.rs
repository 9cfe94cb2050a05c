//! Says which types an operator does not take, in Python's words. The engine tells a number from a text, but not 1 from 1.5; so the
//! operands are evaluated once more, after a failure, if that is cheap.

use minijinja::{Environment, ErrorKind, value::Value as Jinja};

use crate::{
    python,
    undefined::parts::{self, Operand, Operation},
};

/// Operators of a text that are looked at.
const OPERATIONS: usize = 8;

/// Returns whether an error is an operator's.
pub(crate) fn are_refused(error: &minijinja::Error) -> bool {
    let is_of_types = |detail: &str| {
        detail.starts_with("tried to use ")
            || detail.ends_with(" can only be multiplied with integers")
            || detail == "cannot perform a containment check on this value"
    };
    error.kind() == ErrorKind::InvalidOperation && error.detail().is_none_or(is_of_types)
}

/// Returns the words about the first operator of a text that refuses its operands; none where that can't be told.
pub(crate) fn explain(text: &str, is_expression: bool, engine: &Environment<'_>, root: &Jinja) -> Option<String> {
    let operations = parts::of(text, is_expression)?.operations;
    for operation in operations.into_iter().take(OPERATIONS) {
        let type_of = |operand: Operand| match operand {
            Operand::Literal(name) => Some(name),
            Operand::At(range) => {
                let value = engine.compile_expression(text.get(range)?).ok()?.eval(root.clone()).ok()?;
                (!value.is_undefined()).then(|| python::type_name(&value))
            }
        };
        let Operation { sign, left, right } = operation;
        let left = match left {
            Some(left) => Some(type_of(left?)?),
            None => None,
        };
        if let Some(words) = refusal(sign, left, type_of(right?)?) {
            return Some(words);
        }
    }
    None
}

/// Returns what Python says of an operator and the types of its operands, if it does not take them.
fn refusal(sign: &str, left: Option<&str>, right: &str) -> Option<String> {
    let is_number = |name: &str| matches!(name, "int" | "float" | "bool");
    let is_sequence = |name: &str| matches!(name, "str" | "list" | "tuple");
    let is_whole = |name: &str| matches!(name, "int" | "bool");
    let unsupported =
        |sign: &str, left: &str| Some(format!("unsupported operand type(s) for {sign}: '{left}' and '{right}'"));
    match (sign, left) {
        (_, Some(left)) if is_number(left) && is_number(right) => None,
        ("-", None) => (!is_number(right)).then(|| format!("bad operand type for unary -: '{right}'")),
        ("in", _) => {
            let is_searched = is_sequence(right) || matches!(right, "dict" | "generator" | "object" | "bytes");
            (!is_searched).then(|| format!("argument of type '{right}' is not iterable"))
        }
        ("+", Some(left)) if is_sequence(left) => {
            (left != right).then(|| format!("can only concatenate {left} (not \"{right}\") to {left}"))
        }
        ("*", Some(left)) if is_sequence(left) || is_sequence(right) => {
            let times = if is_sequence(left) { right } else { left };
            (!is_whole(times)).then(|| format!("can't multiply sequence by non-int of type '{times}'"))
        }
        // It formats.
        ("%", Some("str")) => None,
        ("**", Some(left)) => unsupported("** or pow()", left),
        (sign, Some(left)) => unsupported(sign, left),
        (_, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::refusal;

    #[test]
    fn python_names_the_types_that_an_operator_does_not_take() {
        for (sign, left, right, words) in [
            ("+", Some("str"), "int", Some("can only concatenate str (not \"int\") to str")),
            ("+", Some("list"), "tuple", Some("can only concatenate list (not \"tuple\") to list")),
            ("+", Some("float"), "str", Some("unsupported operand type(s) for +: 'float' and 'str'")),
            ("+", Some("dict"), "dict", Some("unsupported operand type(s) for +: 'dict' and 'dict'")),
            ("+", Some("str"), "str", None),
            ("+", Some("bool"), "float", None),
            ("*", Some("float"), "str", Some("can't multiply sequence by non-int of type 'float'")),
            ("*", Some("list"), "list", Some("can't multiply sequence by non-int of type 'list'")),
            ("*", Some("NoneType"), "int", Some("unsupported operand type(s) for *: 'NoneType' and 'int'")),
            ("*", Some("str"), "bool", None),
            ("**", Some("str"), "int", Some("unsupported operand type(s) for ** or pow(): 'str' and 'int'")),
            ("-", None, "str", Some("bad operand type for unary -: 'str'")),
            ("-", None, "bool", None),
            ("in", None, "NoneType", Some("argument of type 'NoneType' is not iterable")),
            ("in", None, "dict", None),
            ("%", Some("str"), "int", None),
        ] {
            assert_eq!(refusal(sign, left, right).as_deref(), words, "{left:?} {sign} {right}");
        }
    }
}
