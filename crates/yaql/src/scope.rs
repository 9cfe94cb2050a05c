//! What an evaluation sees of the outside world: data, functions of the embedder, time, and how much it may spend.

use crate::error::HostError;
use crate::value::Value;

/// Functions that the embedder adds, none unless it says so; they win over the standard library. Names are as
/// registered (`to_json_string`).
pub trait Functions {
    /// Whether there is a function of this name, so that an unknown one is reported before its arguments are evaluated.
    fn knows(&self, _name: &str) -> bool {
        false
    }

    /// Calls the function. Keyword names arrive in snake case: what YAQL authors write as `sortKeys` is `sort_keys` here.
    /// A function may hand out values borrowed from itself, so that no context is copied to read one key.
    fn call<'v>(
        &'v self,
        _name: &str,
        _arguments: &[Value<'v>],
        _keywords: &[(String, Value<'v>)],
    ) -> Result<Value<'v>, HostError> {
        Err(HostError::NoMatch)
    }

    /// Microseconds since 1970-01-01 UTC for `now()`; without it `now()` is an error.
    fn now_microseconds(&self) -> Option<i64> {
        None
    }

    /// The offset from UTC of local time in seconds, for `localtz()`.
    fn local_offset_seconds(&self) -> i32 {
        0
    }

    /// A number in [0, 1) for `random()`; without it `random()` is an error.
    fn random(&self) -> Option<f64> {
        None
    }
}

/// No functions besides the standard library.
pub struct NoFunctions;

impl Functions for NoFunctions {}

/// What one evaluation may spend. Exceeding a limit is an error of the expression, never a hang or an exhausted heap.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Evaluated parts, items pulled through collections, characters searched.
    pub steps: u64,
    /// Nested evaluations and nested values; also bounds the stack.
    pub depth: u32,
    /// Items of any one collection that is made, and of the result.
    pub items: u64,
    /// Bytes allocated for strings and collections, in total.
    pub bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { steps: 600_000, depth: 80, items: 150_000, bytes: 32 * 1024 * 1024 }
    }
}

/// Everything an evaluation is given.
pub struct Scope<'v> {
    /// `$` at the top level.
    pub data: Option<&'v serde_json::Value>,
    /// Named variables: `("x", value)` is `$x`.
    pub variables: Vec<(&'v str, &'v serde_json::Value)>,
    pub functions: &'v dyn Functions,
    pub limits: Limits,
    /// Asked now and then; `true` ends the evaluation with an error. The embedder's deadline goes here.
    pub should_stop: Option<&'v dyn Fn() -> bool>,
}

impl<'v> Scope<'v> {
    pub fn new(functions: &'v dyn Functions) -> Self {
        Self { data: None, variables: Vec::new(), functions, limits: Limits::default(), should_stop: None }
    }
}
