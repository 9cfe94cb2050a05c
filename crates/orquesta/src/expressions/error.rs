//! An expression that cannot be evaluated, in the words of the original.

/// Printed as StackStorm logs it: the Python class, then the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{class}: {message}")]
pub struct ExpressionError {
    pub class: String,
    pub message: String,
}

impl ExpressionError {
    pub fn new(class: &str, message: impl Into<String>) -> Self {
        Self { class: class.to_owned(), message: message.into() }
    }

    pub(super) fn yaql(expression: &str, class: &str, message: &str) -> Self {
        let text = if class == "KeyError" {
            format!("Unable to resolve key '{}' in expression '{expression}' from context.", message.trim_matches('\''))
        } else {
            format!("Unable to evaluate expression '{expression}'. {class}: {}", message.trim_matches('\''))
        };
        Self::new("YaqlEvaluationException", text)
    }

    pub(super) fn jinja(expression: &str, class: &str, message: &str) -> Self {
        let text = format!("Unable to evaluate expression '{expression}'. {class}: {message}");
        Self::new("JinjaEvaluationException", text)
    }

    pub(super) fn unresolved(expressions: &[&str]) -> Self {
        let text = format!("There are unresolved variables: {}", expressions.join(", "));
        Self::new("JinjaEvaluationException", text)
    }
}
