//! Trees in the form of the recorder.

use serde_json::{Value as Json, json};
use squall_yaql::{Constant, Expression, Node, NodeKind};

use crate::support::Record;

pub(crate) fn check_tree(record: &Record) -> Result<(), String> {
    let expected = &record.json;
    match (Expression::parse_dialect(&record.expression(), record.dialect()), expected.get("err")) {
        (Ok(parsed), None) => {
            let tree = tree(&parsed.ast().root);
            if tree == expected["ok"] { Ok(()) } else { Err(format!("parsed as {tree}, not {}", expected["ok"])) }
        }
        (Err(error), Some(wanted)) => {
            let position = error.position.map_or(Json::Null, |position| json!(position));
            let same = wanted["class"] == error.class
                && wanted["message"] == error.message.as_str()
                && wanted["position"] == position;
            if same { Ok(()) } else { Err(format!("failed with {error} at {position}, not {wanted}")) }
        }
        (Ok(_), Some(wanted)) => Err(format!("parsed, which should fail: {wanted}")),
        (Err(error), None) => Err(format!("failed with {error}")),
    }
}

fn tree(node: &Node) -> Json {
    let list = |nodes: &[Node]| nodes.iter().map(tree).collect::<Vec<_>>();
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
            json!({ "bin": operator, "args": [tree(&operands.0), tree(&operands.1)] })
        }
        NodeKind::Unary { operator, operand } => json!({ "un": operator, "args": [tree(operand)] }),
        NodeKind::Index(nodes) => json!({ "index": list(nodes) }),
        NodeKind::List(nodes) => json!({ "list": list(nodes) }),
        NodeKind::Map(nodes) => json!({ "map": list(nodes) }),
        NodeKind::Call { name, arguments } => json!({ "call": name, "args": list(arguments) }),
        NodeKind::Delegate(nodes) => json!({ "call": "#call", "args": list(nodes) }),
        NodeKind::Parenthesis(inner) => json!({ "paren": tree(inner) }),
        NodeKind::Pair(pair) => json!({ "pair": [tree(&pair.0), tree(&pair.1)] }),
        NodeKind::Skipped => json!({ "skip": true }),
    }
}
