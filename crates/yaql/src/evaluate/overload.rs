//! Which overload a call means: by arity and constants first, then by the evaluated arguments, most special first.

use std::rc::Rc;

use super::types::Default;
use super::{Call, Frame, Lambda, Machine, Outcome, Overload, Parameter};
use crate::ast::{Node, NodeKind};
use crate::error::{EvaluationError, HostError};
use crate::functions;
use crate::value::{Internal, Kind, Value};

/// An argument as written, or a value when the library itself calls.
#[derive(Clone)]
pub(crate) enum Argument<'v> {
    Skipped,
    Node(&'v Node),
    Value(Value<'v>),
}

#[derive(Default)]
struct Arguments<'v> {
    positional: Vec<Argument<'v>>,
    named: Vec<(String, Argument<'v>)>,
}

impl<'v> Argument<'v> {
    pub(crate) fn list(nodes: &'v [Node]) -> Vec<Self> {
        nodes.iter().map(Self::of).collect()
    }

    pub(crate) fn of(node: &'v Node) -> Self {
        if matches!(node.kind, NodeKind::Skipped) { Self::Skipped } else { Self::Node(node) }
    }

    fn fits(&self, parameter: &Parameter) -> bool {
        match self {
            Self::Skipped => match parameter.default {
                Default::Required => false,
                Default::Absent => true,
                _ => parameter.is_lazy() || parameter.default_value().is_some_and(|value| parameter.takes(&value)),
            },
            Self::Node(node) => parameter.might_take(node),
            Self::Value(_) if parameter.accepts == super::Type::Keyword => false,
            Self::Value(value) => parameter.takes(value),
        }
    }
}

impl Overload {
    fn parameter_at(&self, index: usize) -> Option<&Parameter> {
        self.parameters.get(index).or(self.rest.as_ref())
    }

    /// Whether the call's shape and constants fit.
    fn fits(&self, arguments: &Arguments<'_>) -> bool {
        let given = |index: usize| !matches!(arguments.positional.get(index), None | Some(Argument::Skipped));
        for (index, argument) in arguments.positional.iter().enumerate() {
            match self.parameter_at(index) {
                Some(parameter) if argument.fits(parameter) => {}
                _ => return false,
            }
        }
        for (index, parameter) in self.parameters.iter().enumerate() {
            let named = arguments.named.iter().any(|(name, _)| name == parameter.name);
            let missing = !given(index) && !named && matches!(parameter.default, Default::Required);
            if (given(index) && named) || missing {
                return false;
            }
        }
        arguments.named.iter().all(|(name, argument)| {
            match self.parameters.iter().find(|parameter| parameter.name == name) {
                Some(parameter) => argument.fits(parameter),
                None => self.any_keywords,
            }
        })
    }

    fn is_lazy_at(&self, index: usize) -> bool {
        self.parameter_at(index).is_some_and(Parameter::is_lazy)
    }

    fn is_lazy_named(&self, name: &str) -> bool {
        self.parameters.iter().any(|parameter| parameter.name == name && parameter.is_lazy())
    }

    fn is_as_lazy_as(&self, other: &Self, arguments: &Arguments<'_>) -> bool {
        (0..arguments.positional.len()).all(|index| self.is_lazy_at(index) == other.is_lazy_at(index))
            && arguments.named.iter().all(|(name, _)| self.is_lazy_named(name) == other.is_lazy_named(name))
    }

    fn is_specialization_of(&self, other: &Self, count: usize) -> bool {
        let mut narrower = false;
        for index in 0..count {
            if let (Some(mine), Some(theirs)) = (self.parameter_at(index), other.parameter_at(index)) {
                if theirs.accepts.is_specialization_of(mine.accepts) {
                    return false;
                }
                narrower |= mine.accepts.is_specialization_of(theirs.accepts);
            }
        }
        narrower
    }
}

impl<'v> Machine<'v> {
    /// Calls a function, or a method when there is a receiver, as the expression wrote it.
    pub(crate) fn call(
        &self,
        name: &str,
        receiver: Option<Value<'v>>,
        written: Vec<Argument<'v>>,
        frame: &Frame<'v>,
    ) -> Outcome<Value<'v>> {
        self.call_with(name, receiver, written, Vec::new(), frame)
    }

    /// The same with keywords whose names have been computed.
    pub(crate) fn call_with(
        &self,
        name: &str,
        receiver: Option<Value<'v>>,
        written: Vec<Argument<'v>>,
        named: Vec<(String, Argument<'v>)>,
        frame: &Frame<'v>,
    ) -> Outcome<Value<'v>> {
        self.charge(1)?;
        let name = name.trim_end_matches('_');
        if receiver.is_none() {
            if let Some((home, body)) = frame.function(name) {
                return self.call_defined(&home, &body, written, named, frame);
            }
            if self.functions.knows(name)
                && let Some(value) = self.call_host(name, &written, &named, frame)?
            {
                return Ok(value);
            }
        }
        let candidates = functions::overloads(name, receiver.is_some(), self.has_delegates(), self.is_legacy());
        if candidates.is_empty() {
            let known_to_host = receiver.is_none() && self.functions.knows(name);
            return Err(self.not_found(name, receiver.as_ref(), known_to_host));
        }
        let no_keywords = candidates.first().is_some_and(|overload| overload.no_keywords);
        let mut arguments =
            if no_keywords { Arguments { positional: written, named: Vec::new() } } else { split(written)? };
        if let (true, Some((name, _))) = (no_keywords, named.first()) {
            return Err(EvaluationError::new("ArgumentException", format!("Invalid argument {name}")));
        }
        arguments.named.extend(named);
        let shown_receiver = receiver.clone();
        if let Some(receiver) = receiver {
            arguments.positional.insert(0, Argument::Value(receiver));
        }
        self.dispatch(name, candidates, arguments, frame, shown_receiver.as_ref())
    }

    /// Calls a library function with values, as the library's own functions do.
    pub(crate) fn invoke(&self, name: &str, values: Vec<Value<'v>>, frame: &Frame<'v>) -> Outcome<Value<'v>> {
        self.nested(|| self.call(name, None, values.into_iter().map(Argument::Value).collect(), frame))
    }

    fn not_found(&self, name: &str, receiver: Option<&Value<'v>>, known: bool) -> EvaluationError {
        let receiver = receiver.map(|value| self.shown(value));
        if known { EvaluationError::no_match(name, None) } else { EvaluationError::unknown(name, receiver.as_deref()) }
    }

    fn dispatch(
        &self,
        name: &str,
        candidates: &[&'static Overload],
        mut arguments: Arguments<'v>,
        frame: &Frame<'v>,
        receiver: Option<&Value<'v>>,
    ) -> Outcome<Value<'v>> {
        let no_match = || EvaluationError::no_match(name, receiver.map(|value| self.shown(value)).as_deref());
        let ambiguous = || EvaluationError::ambiguous(name, receiver.map(|value| self.shown(value)).as_deref());
        let fitting: Vec<&'static Overload> =
            candidates.iter().copied().filter(|overload| overload.fits(&arguments)).collect();
        let Some(first) = fitting.first() else { return Err(no_match()) };
        if !fitting.iter().all(|overload| overload.is_as_lazy_as(first, &arguments)) {
            return Err(ambiguous());
        }
        self.evaluate_arguments(first, &mut arguments, frame)?;
        let mut winner: Option<&'static Overload> = None;
        for overload in fitting.into_iter().filter(|overload| overload.fits(&arguments)) {
            let count = arguments.positional.len();
            match winner {
                Some(best) if best.layer > overload.layer => {}
                Some(best) if best.layer < overload.layer => winner = Some(overload),
                Some(best) if best.is_specialization_of(overload, count) => {}
                Some(best) if !overload.is_specialization_of(best, count) => return Err(ambiguous()),
                _ => winner = Some(overload),
            }
        }
        let overload = winner.ok_or_else(no_match)?;
        (overload.body)(&self.bind(overload, arguments, frame))
    }

    fn evaluate_arguments(&self, overload: &Overload, arguments: &mut Arguments<'v>, frame: &Frame<'v>) -> Outcome<()> {
        for (index, argument) in arguments.positional.iter_mut().enumerate() {
            if !overload.is_lazy_at(index) {
                self.evaluate_argument(argument, frame)?;
            }
        }
        for (name, argument) in &mut arguments.named {
            if !overload.is_lazy_named(name) {
                self.evaluate_argument(argument, frame)?;
            }
        }
        Ok(())
    }

    /// Constants stay as written, for parameters that want a bare word.
    fn evaluate_argument(&self, argument: &mut Argument<'v>, frame: &Frame<'v>) -> Outcome<()> {
        if let Argument::Node(node) = argument
            && !matches!(node.kind, NodeKind::Constant(_) | NodeKind::Keyword(_))
        {
            *argument = Argument::Value(self.evaluate(node, frame)?);
        }
        Ok(())
    }

    fn bind(&self, overload: &Overload, arguments: Arguments<'v>, frame: &Frame<'v>) -> Call<'_, 'v> {
        let mut call = Call {
            machine: self,
            frame: frame.clone(),
            values: overload.parameters.iter().map(Parameter::default_value).collect(),
            rest: Vec::new(),
            keywords: Vec::new(),
        };
        for (index, argument) in arguments.positional.into_iter().enumerate() {
            let Some(parameter) = overload.parameter_at(index) else { continue };
            let value = convert(parameter, argument, frame);
            match call.values.get_mut(index) {
                Some(place) => {
                    if value.is_some() {
                        *place = value;
                    }
                }
                None => call.rest.extend(value),
            }
        }
        for (name, argument) in arguments.named {
            match overload.parameters.iter().position(|parameter| parameter.name == name) {
                Some(index) => call.values[index] = convert(&overload.parameters[index], argument, frame),
                None => {
                    let value = convert(&Parameter::new("", super::Type::Any), argument, frame);
                    call.keywords.extend(value.map(|value| (name, value)));
                }
            }
        }
        call
    }

    fn evaluated(
        &self,
        written: Vec<Argument<'v>>,
        named: Vec<(String, Argument<'v>)>,
        frame: &Frame<'v>,
    ) -> Outcome<EvaluatedArguments<'v>> {
        let mut arguments = split(written)?;
        arguments.named.extend(named);
        let value_of = |argument: Argument<'v>| match argument {
            Argument::Skipped => Ok(Value::Null),
            Argument::Node(node) => self.evaluate(node, frame),
            Argument::Value(value) => Ok(value),
        };
        let positional = arguments.positional.into_iter().map(value_of).collect::<Outcome<_>>()?;
        let named = arguments
            .named
            .into_iter()
            .map(|(name, argument)| Ok((name, value_of(argument)?)))
            .collect::<Outcome<_>>()?;
        Ok((positional, named))
    }

    fn call_defined(
        &self,
        home: &Frame<'v>,
        body: &Lambda<'v>,
        written: Vec<Argument<'v>>,
        named: Vec<(String, Argument<'v>)>,
        frame: &Frame<'v>,
    ) -> Outcome<Value<'v>> {
        let (positional, named) = self.evaluated(written, named, frame)?;
        body.call_in(&home.with(positional, named, self)?, self)
    }

    /// Asks the embedder; `None` when its function does not take these arguments.
    fn call_host(
        &self,
        name: &str,
        written: &[Argument<'v>],
        named: &[(String, Argument<'v>)],
        frame: &Frame<'v>,
    ) -> Outcome<Option<Value<'v>>> {
        let (positional, named) = self.evaluated(written.to_vec(), named.to_vec(), frame)?;
        let positional = positional.into_iter().map(|value| self.finish(value)).collect::<Outcome<Vec<_>>>()?;
        let mut keywords = Vec::with_capacity(named.len());
        for (keyword, value) in named {
            let Some(keyword) = snake_case(&keyword) else { return Ok(None) };
            keywords.push((keyword, self.finish(value)?));
        }
        match self.functions.call(name, &positional, &keywords) {
            Ok(value) => {
                self.check_depth(value.depth())?;
                Ok(Some(value))
            }
            Err(HostError::NoMatch) => Ok(None),
            Err(HostError::Failed { class, message }) => Err(EvaluationError { class, message, position: None }),
        }
    }
}

type EvaluatedArguments<'v> = (Vec<Value<'v>>, Vec<(String, Value<'v>)>);

/// `sortKeys` to `sort_keys`; the name with an underscore is not a name of the parameter.
fn snake_case(name: &str) -> Option<String> {
    if name.trim_end_matches('_').contains('_') {
        return None;
    }
    let mut snake = String::with_capacity(name.len() + 2);
    for character in name.chars() {
        if character.is_uppercase() {
            snake.push('_');
        }
        snake.extend(character.to_lowercase());
    }
    Some(snake)
}

/// Takes `name => value` arguments as keywords.
fn split(written: Vec<Argument<'_>>) -> Outcome<Arguments<'_>> {
    let mut arguments = Arguments::default();
    for argument in written {
        match argument {
            Argument::Node(Node { kind: NodeKind::Pair(pair), .. }) => match &pair.0.kind {
                NodeKind::Keyword(name) => {
                    arguments.named.retain(|(known, _)| known != name);
                    arguments.named.push((name.clone(), Argument::Node(&pair.1)));
                }
                _ => {
                    let message = "Cannot convert mapping to keyword argument";
                    return Err(EvaluationError::new("MappingTranslationException", message));
                }
            },
            Argument::Value(Value::Internal(Internal(Kind::Pair(pair)))) => {
                arguments.positional.push(Argument::Value(Kind::Pair(pair).into()));
            }
            other => arguments.positional.push(other),
        }
    }
    Ok(arguments)
}

/// What the body gets for an argument; `None` leaves the default.
fn convert<'v>(parameter: &Parameter, argument: Argument<'v>, frame: &Frame<'v>) -> Option<Value<'v>> {
    let closure =
        |node: &'v Node| Value::from(Kind::Lambda(Rc::new(Lambda::Expression { node, frame: frame.clone() })));
    match (argument, parameter.accepts) {
        (Argument::Skipped, _) => None,
        (Argument::Node(Node { kind: NodeKind::Pair(pair), .. }), super::Type::LazyPair) => {
            Some(Kind::Pair(Rc::new((closure(&pair.0), closure(&pair.1)))).into())
        }
        (Argument::Node(node), super::Type::Lambda) => Some(closure(node)),
        (Argument::Node(node), _) => Some(node.constant_value()),
        (Argument::Value(Value::Null), super::Type::Lambda) => Some(Value::Null),
        (Argument::Value(value), super::Type::Lambda) if !matches!(value.kind(), Some(Kind::Lambda(_))) => {
            Some(Kind::Lambda(Rc::new(Lambda::Constant(value))).into())
        }
        (Argument::Value(value), _) => Some(value),
    }
}
