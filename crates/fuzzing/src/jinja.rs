//! A template in StackStorm's dialect, or an expression without delimiters in that of workflows.

use std::sync::LazyLock;

use squall_jinja::{Context, Environment, Limits};
use squall_orquesta::expressions::Language;

use crate::expression;
use crate::host::CONTEXT;

// A fuzzer never writes the same template twice; kept ones would only look like a leak.
static ENVIRONMENT: LazyLock<Environment> =
    LazyLock::new(|| Environment::stackstorm(Limits { cached_templates: 16, ..Limits::default() }));
static VARIABLES: LazyLock<Context> = LazyLock::new(|| CONTEXT.clone().into_iter().collect());

pub(crate) fn take(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    expression::take(text, Language::Jinja);
    if text.contains('{') {
        ENVIRONMENT.undeclared(text).ok();
        if let Ok(rendered) = ENVIRONMENT.render(text, &VARIABLES) {
            assert!(rendered.len() <= Limits::default().output, "{} bytes were rendered", rendered.len());
        }
    }
}
