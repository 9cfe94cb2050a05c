//! Binds positional and keyword arguments to parameters as a Python call does.

use serde_json::{Map, Value};

use super::FilterError;

/// The arguments of one call.
pub struct Arguments<'a> {
    function: &'static str,
    parameters: &'static [&'static str],
    bound: Vec<Option<&'a Value>>,
}

impl<'a> Arguments<'a> {
    /// Binds a call's arguments; the first `required` parameters must be given.
    pub fn bind(
        function: &'static str,
        parameters: &'static [&'static str],
        required: usize,
        positional: &'a [Value],
        keywords: &'a Map<String, Value>,
    ) -> Result<Self, FilterError> {
        let refuse = |message: String| Err(type_error(format!("{function}() {message}")));
        if positional.len() > parameters.len() {
            return refuse(format!(
                "takes {} positional arguments but {} were given",
                parameters.len(),
                positional.len()
            ));
        }
        let mut bound: Vec<Option<&Value>> = positional.iter().map(Some).collect();
        bound.resize(parameters.len(), None);
        for (name, value) in keywords {
            match parameters.iter().position(|parameter| parameter == name) {
                None => return refuse(format!("got an unexpected keyword argument '{name}'")),
                Some(index) if bound[index].is_some() => {
                    return refuse(format!("got multiple values for argument '{name}'"));
                }
                Some(index) => bound[index] = Some(value),
            }
        }
        if let Some(missing) = bound.iter().take(required).position(Option::is_none) {
            return refuse(format!("missing 1 required positional argument: '{}'", parameters[missing]));
        }
        Ok(Self { function, parameters, bound })
    }

    /// Returns a required argument.
    pub fn value(&self, index: usize) -> &'a Value {
        self.bound[index].unwrap_or(&Value::Null)
    }

    /// Returns an argument if it was given.
    pub fn given(&self, index: usize) -> Option<&'a Value> {
        self.bound[index]
    }

    /// Returns a required argument that must be a string.
    pub fn text(&self, index: usize) -> Result<&'a str, FilterError> {
        match self.value(index) {
            Value::String(text) => Ok(text),
            other => {
                let (function, name) = (self.function, self.parameters[index]);
                Err(type_error(format!("{function}() expects a string as '{name}', got {}", python_type(other))))
            }
        }
    }

    /// Returns whether an optional flag is set, by Python's truth.
    pub fn flag(&self, index: usize) -> bool {
        self.given(index).is_some_and(truthy)
    }
}

pub(super) fn type_error(message: impl Into<String>) -> FilterError {
    FilterError::new("TypeError", message)
}

pub(super) fn truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(boolean) => *boolean,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(pairs) => !pairs.is_empty(),
    }
}

/// Returns the name of a value's type in Python.
pub(super) fn python_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}
