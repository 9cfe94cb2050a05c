//! The two passes of rendering: at request, what was given; at run, the defaults. Counterpart: st2common/util/param.py.

use serde_json::{Map, Value};
use squall_jinja::{Context, Environment};

use crate::{
    ParameterError, Schemas,
    casts::cast,
    graph::{self, Graph, Node, template_source},
};

type Parameters = Map<String, Value>;

/// Renders what a caller gave, and defaults that are templates, against each other and the context.
pub fn render_live(
    environment: &Environment,
    schemas: Schemas<'_>,
    given: &Parameters,
    context: &Context,
) -> Result<Parameters, ParameterError> {
    let nodes = given.iter().map(|(name, value)| (name.clone(), Node::of(value, environment))).collect();
    let rendered = resolve(environment, schemas, given, nodes, context)?;
    let mut live = Parameters::new();
    for name in given.keys() {
        live.insert(name.clone(), cast(value_of(&rendered, name), schema_of(schemas, name))?);
    }
    for (name, schema) in schemas.action.iter().chain(schemas.runner) {
        let Some(default) = schema.get("default") else { continue };
        let is_template = default.as_str().is_some_and(|text| text.contains("{{") || text.contains("{%"));
        let value = value_of(&rendered, name);
        if is_template && !is_immutable(schema) && !given.contains_key(name) && *default != value {
            live.insert(name.clone(), cast(value, schema)?);
        }
    }
    Ok(live)
}

/// Adds the defaults to parameters that were rendered before, and returns the runner's and the action's.
pub fn render_final(
    environment: &Environment,
    schemas: Schemas<'_>,
    live: &Parameters,
    context: &Context,
) -> Result<(Parameters, Parameters), ParameterError> {
    let nodes = live.iter().map(|(name, value)| (name.clone(), Node::Value(value.clone()))).collect();
    let rendered = resolve(environment, schemas, live, nodes, context)?;
    let (mut runner, mut action) = (Parameters::new(), Parameters::new());
    for (name, value) in rendered {
        let value = cast(value, schema_of(schemas, &name))?;
        if schemas.runner.contains_key(&name) {
            runner.insert(name, value);
        } else if schemas.action.contains_key(&name) {
            action.insert(name, value);
        }
    }
    Ok((runner, action))
}

fn is_immutable(schema: &Value) -> bool {
    schema.get("immutable").and_then(Value::as_bool).unwrap_or(false)
}

/// The runner's schema decides about the type of a parameter that both have.
fn schema_of<'a>(schemas: Schemas<'a>, name: &str) -> &'a Value {
    schemas.runner.get(name).or_else(|| schemas.action.get(name)).unwrap_or(&Value::Null)
}

fn value_of(rendered: &Parameters, name: &str) -> Value {
    rendered.get(name).cloned().unwrap_or_default()
}

/// Adds defaults, renders everything in the order of its needs, and returns given names first.
fn resolve(
    environment: &Environment,
    schemas: Schemas<'_>,
    given: &Parameters,
    mut nodes: Graph,
    context: &Context,
) -> Result<Parameters, ParameterError> {
    for (name, schema) in schemas.action.iter().chain(schemas.runner) {
        if nodes.get(name).is_none_or(Node::is_null) || is_immutable(schema) {
            let default = schema.get("default").unwrap_or(&Value::Null);
            nodes.insert(name.clone(), Node::of(default, environment));
        }
    }
    let mut context = context.clone();
    let mut rendered = Parameters::new();
    for name in graph::order(given, &nodes, &context)? {
        let value = match nodes.remove(&name) {
            None => Value::Null,
            Some(Node::Value(value)) => value,
            Some(Node::Template { value, .. }) => render(environment, &name, &value, &context)?,
        };
        context.insert(name.as_str(), &value);
        rendered.insert(name, value);
    }
    Ok(given_first(given, rendered))
}

/// Scripts get their named arguments in the order in which the caller gave them.
fn given_first(given: &Parameters, mut rendered: Parameters) -> Parameters {
    let mut ordered = Parameters::with_capacity(rendered.len());
    for name in given.keys() {
        ordered.extend(rendered.shift_remove_entry(name));
    }
    ordered.extend(rendered);
    ordered
}

fn render(environment: &Environment, name: &str, value: &Value, context: &Context) -> Result<Value, ParameterError> {
    let refuse = |message: String| ParameterError::Render { name: name.to_owned(), message };
    let source = match value {
        Value::String(text) => text.clone(),
        structure => template_source(structure),
    };
    let text = environment.render(&source, context).map_err(|error| refuse(error.message))?;
    if value.is_string() {
        return Ok(Value::String(text));
    }
    serde_json::from_str(&text).map_err(|error| refuse(error.to_string()))
}
