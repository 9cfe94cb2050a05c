//! Trees in the form of the recorder.

use serde_json::{Value as Json, json};

use crate::{Constant, Node, NodeKind};

pub(super) fn of(node: &Node) -> Json {
    let list = |nodes: &[Node]| nodes.iter().map(of).collect::<Vec<_>>();
    match &node.kind {
        NodeKind::Constant(Constant::Null) => json!({ "const": null }),
        NodeKind::Constant(Constant::Boolean(boolean)) => json!({ "const": boolean }),
        NodeKind::Constant(Constant::Integer(number)) => match i64::try_from(*number) {
            Ok(number) => json!({ "const": number }),
            Err(_) => json!({ "const": *number as f64 }),
        },
        NodeKind::Constant(Constant::Float(number)) => json!({ "const": number }),
        NodeKind::Constant(Constant::String(text)) => json!({ "const": text }),
        NodeKind::Keyword(word) => json!({ "kw": word }),
        NodeKind::Variable(name) => json!({ "var": name }),
        NodeKind::Binary { operator, operands } => {
            json!({ "bin": operator, "args": [of(&operands.0), of(&operands.1)] })
        }
        NodeKind::Unary { operator, operand } => json!({ "un": operator, "args": [of(operand)] }),
        NodeKind::Index(nodes) => json!({ "index": list(nodes) }),
        NodeKind::List(nodes) => json!({ "list": list(nodes) }),
        NodeKind::Map(nodes) => json!({ "map": list(nodes) }),
        NodeKind::Call { name, arguments } => json!({ "call": name, "args": list(arguments) }),
        NodeKind::Delegate(nodes) => json!({ "call": "#call", "args": list(nodes) }),
        NodeKind::Parenthesis(inner) => json!({ "paren": of(inner) }),
        NodeKind::Pair(pair) => json!({ "pair": [of(&pair.0), of(&pair.1)] }),
        NodeKind::Skipped => json!({ "skip": true }),
    }
}
