//! Variables and functions in sight, and expressions that wait to be called with their frame.

use std::rc::Rc;

use super::{Machine, Outcome};
use crate::ast::{Node, NodeKind};
use crate::scope::Scope;
use crate::value::Value;

/// One layer of names. Layers are never changed once somebody else can see them.
#[derive(Clone)]
pub(crate) struct Frame<'v>(Rc<Layer<'v>>);

struct Layer<'v> {
    parent: Option<Frame<'v>>,
    /// `$1`, `$2`…; `$` is the first.
    positional: Vec<Value<'v>>,
    named: Vec<(String, Value<'v>)>,
    /// What `def` added here.
    function: Option<(String, Rc<Lambda<'v>>)>,
    has_functions: bool,
    depth: u32,
}

impl<'v> Frame<'v> {
    pub(crate) fn root(scope: &Scope<'v>) -> Self {
        let named = scope.variables.iter().map(|(name, value)| ((*name).to_owned(), Value::from_json(value))).collect();
        let positional = scope.data.map(Value::from_json).into_iter().collect();
        let layer = Layer { parent: None, positional, named, function: None, has_functions: false, depth: 0 };
        Self(Rc::new(layer))
    }

    pub(crate) fn with(
        &self,
        positional: Vec<Value<'v>>,
        named: Vec<(String, Value<'v>)>,
        machine: &Machine<'v>,
    ) -> Outcome<Self> {
        let values = positional.iter().chain(named.iter().map(|(_, value)| value));
        let depth = values.map(Value::depth).max().unwrap_or(0).max(self.0.depth) + 1;
        self.layer(positional, named, None, depth, machine)
    }

    pub(crate) fn with_function(&self, name: &str, body: Rc<Lambda<'v>>, machine: &Machine<'v>) -> Outcome<Self> {
        let depth = self.0.depth.max(body.depth()) + 1;
        self.layer(Vec::new(), Vec::new(), Some((name.to_owned(), body)), depth, machine)
    }

    fn layer(
        &self,
        positional: Vec<Value<'v>>,
        named: Vec<(String, Value<'v>)>,
        function: Option<(String, Rc<Lambda<'v>>)>,
        depth: u32,
        machine: &Machine<'v>,
    ) -> Outcome<Self> {
        machine.charge(1)?;
        // Frames nest one deeper with every call, so they get more room than values do.
        machine.check_depth(depth / 4)?;
        let has_functions = function.is_some() || self.0.has_functions;
        let parent = Some(self.clone());
        Ok(Self(Rc::new(Layer { parent, positional, named, function, has_functions, depth })))
    }

    pub(crate) fn depth(&self) -> u32 {
        self.0.depth
    }

    /// Looks a variable up by its text, dollar sign included; unknown ones are null.
    pub(crate) fn get(&self, variable: &str) -> Value<'v> {
        let name = variable.strip_prefix('$').unwrap_or(variable);
        let position = if name.is_empty() { Some(0) } else { position_of(name) };
        let mut layer = Some(&self.0);
        while let Some(current) = layer {
            if let Some(value) = position.and_then(|index| current.positional.get(index)) {
                return value.clone();
            }
            let wanted = if name.is_empty() { "1" } else { name };
            if let Some((_, value)) = current.named.iter().rev().find(|(known, _)| known == wanted) {
                return value.clone();
            }
            layer = current.parent.as_ref().map(|frame| &frame.0);
        }
        Value::Null
    }

    /// The function that `def` gave this name, and the frame in which it is known, so that it can call itself.
    pub(crate) fn function(&self, name: &str) -> Option<(Self, Rc<Lambda<'v>>)> {
        let mut frame = Some(self).filter(|frame| frame.0.has_functions);
        while let Some(current) = frame {
            if let Some((known, body)) = &current.0.function
                && known == name
            {
                return Some((current.clone(), Rc::clone(body)));
            }
            frame = current.0.parent.as_ref();
        }
        None
    }
}

fn position_of(name: &str) -> Option<usize> {
    if name.starts_with('0') {
        return None;
    }
    name.parse::<usize>().ok()?.checked_sub(1)
}

/// Something that can be called with values.
pub(crate) enum Lambda<'v> {
    Expression {
        node: &'v Node,
        frame: Frame<'v>,
    },
    /// A value where a function was expected: it is the answer to every call.
    Constant(Value<'v>),
}

impl<'v> Lambda<'v> {
    pub(crate) fn depth(&self) -> u32 {
        match self {
            Self::Expression { frame, .. } => frame.depth(),
            Self::Constant(value) => value.depth(),
        }
    }

    pub(crate) fn call(&self, arguments: Vec<Value<'v>>, machine: &Machine<'v>) -> Outcome<Value<'v>> {
        self.call_named(arguments, Vec::new(), machine)
    }

    pub(crate) fn call_named(
        &self,
        arguments: Vec<Value<'v>>,
        named: Vec<(String, Value<'v>)>,
        machine: &Machine<'v>,
    ) -> Outcome<Value<'v>> {
        match self {
            Self::Constant(value) => Ok(value.clone()),
            Self::Expression { node, .. } if matches!(node.kind, NodeKind::Constant(_) | NodeKind::Keyword(_)) => {
                Ok(node.constant_value())
            }
            Self::Expression { node, frame } if arguments.is_empty() && named.is_empty() => {
                machine.evaluate(node, frame)
            }
            Self::Expression { node, frame } => {
                let frame = frame.with(arguments, named, machine)?;
                machine.evaluate(node, &frame)
            }
        }
    }

    /// Evaluates in another frame (`->`, regex selectors).
    pub(crate) fn call_in(&self, frame: &Frame<'v>, machine: &Machine<'v>) -> Outcome<Value<'v>> {
        match self {
            Self::Constant(value) => Ok(value.clone()),
            Self::Expression { node, .. } => machine.evaluate(node, frame),
        }
    }
}
