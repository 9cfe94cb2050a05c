//! Renders an author's mapping against what happened: a rule's action parameters, a chain's parameters, a
//! notification. Counterpart: st2common/util/jinja.py (render_values), st2common/services/rules.py.

use serde_json::{Map, Value};
use squall_jinja::{Context, Environment, python};

use crate::{ParameterError, graph::template_source};

/// Renders every value of a mapping. Text that is not changed, and everything else without templates, keeps its type.
pub fn render_mapping(
    environment: &Environment,
    mapping: &Map<String, Value>,
    context: &Context,
) -> Result<Map<String, Value>, ParameterError> {
    let render = |(name, value): (&String, &Value)| {
        let rendered = render_value(environment, value, context);
        let refuse = |message| ParameterError::Render { name: name.clone(), message };
        rendered.map(|value| (name.clone(), value)).map_err(refuse)
    };
    mapping.iter().map(render).collect()
}

/// Renders one value; in lists and mappings `"{{name}}"` alone keeps the type of what it names.
pub fn render_value(environment: &Environment, value: &Value, context: &Context) -> Result<Value, String> {
    match value {
        Value::String(text) => environment.render(text, context).map(Value::String).map_err(|error| error.message),
        Value::Array(_) | Value::Object(_) => {
            let source = template_source(value);
            if !source.contains("{{") && !source.contains("{%") {
                return Ok(value.clone());
            }
            let text = environment.render(&source, context).map_err(|error| error.message)?;
            serde_json::from_str(&text).map_err(|error| format!("{error} in {}", python::repr(&Value::String(text))))
        }
        other => Ok(other.clone()),
    }
}
