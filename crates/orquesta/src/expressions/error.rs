//! An expression that cannot be evaluated, in the words of the original.

/// What went wrong inside, before it was put into the original's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// With its delimiters; a whole text where it has blocks.
    pub expression: String,
    pub class: String,
    pub message: String,
    /// Characters from the beginning of what is inside the delimiters, where the language knows.
    pub position: Option<usize>,
}

/// Printed as StackStorm logs it: the Python class, then the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{class}: {message}")]
pub struct ExpressionError {
    pub class: String,
    pub message: String,
    pub cause: Option<Box<Cause>>,
}

impl ExpressionError {
    pub fn new(class: &str, message: impl Into<String>) -> Self {
        Self { class: class.to_owned(), message: message.into(), cause: None }
    }

    fn because(mut self, expression: &str, (class, message): (&str, &str), position: Option<usize>) -> Self {
        let (expression, class, message) = (expression.to_owned(), class.to_owned(), message.to_owned());
        self.cause = Some(Box::new(Cause { expression, class, message, position }));
        self
    }

    pub(super) fn yaql(expression: &str, class: &str, message: &str, position: Option<usize>) -> Self {
        let text = if class == "KeyError" {
            format!("Unable to resolve key '{}' in expression '{expression}' from context.", message.trim_matches('\''))
        } else {
            format!("Unable to evaluate expression '{expression}'. {class}: {}", message.trim_matches('\''))
        };
        Self::new("YaqlEvaluationException", text).because(expression, (class, message), position)
    }

    pub(super) fn jinja(expression: &str, class: &str, message: &str) -> Self {
        let text = format!("Unable to evaluate expression '{expression}'. {class}: {message}");
        Self::new("JinjaEvaluationException", text).because(expression, (class, message), None)
    }

    /// The error of a Jinja expression whose result, an expression itself, has failed with this one.
    pub(super) fn within(self, expression: &str) -> Self {
        if self.cause.as_ref().is_some_and(|cause| cause.class == "RecursionError") {
            return self;
        }
        let message = format!("Unable to evaluate expression '{expression}'. {}: {}", self.class, self.message);
        Self { class: "JinjaEvaluationException".to_owned(), message, cause: self.cause }
    }

    pub(super) fn unresolved(expressions: &[&str]) -> Self {
        let text = format!("There are unresolved variables: {}", expressions.join(", "));
        let first = expressions.first().copied().unwrap_or_default();
        Self::new("JinjaEvaluationException", &text).because(first, ("UndefinedError", &text), None)
    }
}
