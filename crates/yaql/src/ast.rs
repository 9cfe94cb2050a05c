//! The parsed expression: a tree that remembers where each part stands. Answers to yaql/language/expressions.py.

/// A whole parsed text.
#[derive(Debug)]
pub struct Ast {
    pub root: Node,
}

/// One part of the expression; `position` counts characters from the start of the text.
#[derive(Debug)]
pub struct Node {
    pub position: usize,
    pub kind: NodeKind,
}

#[derive(Debug)]
pub enum NodeKind {
    Constant(Constant),
    /// A bare word: a string in most places, a name after a dot and before `=>`.
    Keyword(String),
    /// `$` or `$name`; the text includes the dollar sign.
    Variable(String),
    Binary {
        operator: &'static str,
        operands: Box<(Node, Node)>,
    },
    Unary {
        operator: &'static str,
        operand: Box<Node>,
    },
    /// `value[arguments]`; the value is the first element.
    Index(Vec<Node>),
    List(Vec<Node>),
    Map(Vec<Node>),
    Call {
        name: String,
        arguments: Vec<Node>,
    },
    /// `value(arguments)`, only with delegates allowed; the value is the first element.
    Delegate(Vec<Node>),
    Parenthesis(Box<Node>),
    /// `key => value`
    Pair(Box<(Node, Node)>),
    /// An argument left out, as in `f(, 1)`.
    Skipped,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Constant {
    Null,
    Boolean(bool),
    Integer(i128),
    Float(f64),
    String(String),
}

impl Node {
    /// The parts one level below.
    pub fn children(&self) -> Vec<&Self> {
        match &self.kind {
            NodeKind::Binary { operands, .. } | NodeKind::Pair(operands) => vec![&operands.0, &operands.1],
            NodeKind::Unary { operand, .. } | NodeKind::Parenthesis(operand) => vec![operand],
            NodeKind::Index(nodes) | NodeKind::List(nodes) | NodeKind::Map(nodes) | NodeKind::Delegate(nodes) => {
                nodes.iter().collect()
            }
            NodeKind::Call { arguments, .. } => arguments.iter().collect(),
            NodeKind::Constant(_) | NodeKind::Keyword(_) | NodeKind::Variable(_) | NodeKind::Skipped => Vec::new(),
        }
    }
}
