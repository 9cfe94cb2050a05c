//! One part of the tree to its value.

use std::rc::Rc;

use super::{Argument, Frame, Machine, Outcome};
use crate::ast::{Constant, Node, NodeKind};
use crate::error::EvaluationError;
use crate::functions;
use crate::value::{Internal, Kind, Text, Value};

impl Node {
    /// The value of a constant or a bare word, null for anything else.
    pub(crate) fn constant_value(&self) -> Value<'_> {
        match &self.kind {
            NodeKind::Keyword(word) => Value::String(Text::Borrowed(word)),
            NodeKind::Constant(Constant::Boolean(boolean)) => Value::Boolean(*boolean),
            NodeKind::Constant(Constant::Integer(number)) => Value::Integer(*number),
            NodeKind::Constant(Constant::Float(number)) => Value::Float(*number),
            NodeKind::Constant(Constant::String(text)) => Value::String(Text::Borrowed(text)),
            _ => Value::Null,
        }
    }
}

impl<'v> Machine<'v> {
    pub(crate) fn evaluate(&self, node: &'v Node, frame: &Frame<'v>) -> Outcome<Value<'v>> {
        self.charge(1)?;
        match &node.kind {
            NodeKind::Constant(_) | NodeKind::Keyword(_) => Ok(node.constant_value()),
            NodeKind::Variable(name) => Ok(frame.get(name)),
            _ => self.nested(|| self.evaluate_composite(node, frame)).map_err(|error| error.at(node.position)),
        }
    }

    fn evaluate_composite(&self, node: &'v Node, frame: &Frame<'v>) -> Outcome<Value<'v>> {
        match &node.kind {
            NodeKind::Binary { .. } => self.chain(node, frame),
            NodeKind::Unary { operator, operand } => {
                self.call(functions::unary_name(operator), None, vec![Argument::Node(operand)], frame)
            }
            NodeKind::Index(nodes) => self.call("#indexer", None, Argument::list(nodes), frame),
            NodeKind::List(nodes) => self.call("#list", None, Argument::list(nodes), frame),
            NodeKind::Map(nodes) => self.call("#map", None, Argument::list(nodes), frame),
            NodeKind::Delegate(nodes) => self.call("#call", None, Argument::list(nodes), frame),
            NodeKind::Call { name, arguments } => self.call(name, None, Argument::list(arguments), frame),
            NodeKind::Parenthesis(inner) => self.evaluate(inner, frame),
            NodeKind::Pair(pair) => {
                let key = self.evaluate(&pair.0, frame)?;
                let value = self.evaluate(&pair.1, frame)?;
                Ok(Kind::Pair(Rc::new((key, value))).into())
            }
            NodeKind::Skipped | NodeKind::Constant(_) | NodeKind::Keyword(_) | NodeKind::Variable(_) => Ok(Value::Null),
        }
    }

    /// Evaluates `a . b . c + d …` from its leftmost operand on, without recursion along the chain.
    fn chain(&self, node: &'v Node, frame: &Frame<'v>) -> Outcome<Value<'v>> {
        let mut links = Vec::new();
        let mut leftmost = node;
        while let NodeKind::Binary { operator, operands } = &leftmost.kind {
            // `=>` looks at its left side unevaluated.
            if *operator == "=>" && !links.is_empty() {
                break;
            }
            links.push((leftmost.position, *operator, &operands.1));
            leftmost = &operands.0;
            if *operator == "=>" {
                break;
            }
        }
        let mut left = Argument::of(leftmost);
        while let Some((position, operator, right)) = links.pop() {
            let value = self.apply(operator, left, right, frame).map_err(|error| error.at(position))?;
            left = Argument::Value(value);
        }
        match left {
            Argument::Value(value) => Ok(value),
            Argument::Node(node) => self.evaluate(node, frame),
            Argument::Skipped => Ok(Value::Null),
        }
    }

    fn apply(
        &self,
        operator: &'static str,
        left: Argument<'v>,
        right: &'v Node,
        frame: &Frame<'v>,
    ) -> Outcome<Value<'v>> {
        self.charge(1)?;
        match operator {
            "." => self.access(&left, right, frame, false),
            "?." => self.access(&left, right, frame, true),
            "and" | "or" => {
                let left = self.argument_value(&left, frame)?;
                if left.is_true() == (operator == "and") { self.evaluate(right, frame) } else { Ok(left) }
            }
            "->" => {
                let Value::Internal(Internal(Kind::Context(target))) = self.argument_value(&left, frame)? else {
                    return Err(EvaluationError::no_match("#operator_->", None));
                };
                self.evaluate(right, &target)
            }
            "=>" => self.make_tuple(&left, right, frame),
            _ => {
                let (left, right) = (self.argument_value(&left, frame)?, self.evaluate(right, frame)?);
                if let Some(result) = functions::on_numbers(operator, &left, &right) {
                    return result;
                }
                let operands = vec![Argument::Value(left), Argument::Value(right)];
                self.call(functions::binary_name(operator), None, operands, frame)
            }
        }
    }

    fn argument_value(&self, argument: &Argument<'v>, frame: &Frame<'v>) -> Outcome<Value<'v>> {
        match argument {
            Argument::Skipped => Ok(Value::Null),
            Argument::Node(node) => self.evaluate(node, frame),
            Argument::Value(value) => Ok(value.clone()),
        }
    }

    /// `receiver.name` and `receiver.method(…)`.
    fn access(
        &self,
        receiver: &Argument<'v>,
        right: &'v Node,
        frame: &Frame<'v>,
        skip_null: bool,
    ) -> Outcome<Value<'v>> {
        let operator = if skip_null { "#operator_?." } else { "#operator_." };
        if !skip_null && !matches!(right.kind, NodeKind::Call { .. } | NodeKind::Keyword(_)) {
            return Err(EvaluationError::no_match(operator, None));
        }
        let receiver = self.argument_value(receiver, frame)?;
        if skip_null && matches!(receiver, Value::Null) {
            return Ok(Value::Null);
        }
        match &right.kind {
            NodeKind::Call { name, arguments } => {
                if let (true, Value::Internal(Internal(Kind::Context(target)))) = (self.is_legacy(), &receiver) {
                    return self.call(name, Some(target.get("$0")), Argument::list(arguments), target);
                }
                self.call(name, Some(receiver), Argument::list(arguments), frame)
            }
            NodeKind::Keyword(name) => functions::attribute(self, &receiver, name, frame),
            _ => Err(EvaluationError::no_match("#operator_.", None)),
        }
    }

    /// Legacy `a => b => c`: one tuple of all.
    fn make_tuple(&self, left: &Argument<'v>, right: &'v Node, frame: &Frame<'v>) -> Outcome<Value<'v>> {
        let is_chain = matches!(left, Argument::Node(Node { kind: NodeKind::Binary { operator: "=>", .. }, .. }));
        let mut values = match self.argument_value(left, frame)? {
            Value::List(list) if is_chain => list.iter().collect(),
            value => vec![value],
        };
        values.push(self.evaluate(right, frame)?);
        self.tuple(values)
    }
}
