//! Rules of parameters, with the texts that StackStorm's API was seen to answer.

use serde_json::{Map, Value, json};
use squall_jinja::{Context, Environment};

use crate::{
    Schemas, check_request, mask_parameters, mask_value, render_final, render_live, render_mapping, schema,
    validate_output,
};

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(pairs) => pairs,
        other => panic!("{other} is not an object"),
    }
}

fn action() -> Map<String, Value> {
    object(json!({
        "name": {"type": "string", "required": true},
        "count": {"type": "integer", "default": 3},
        "flag": {"type": "boolean", "default": false},
        "list": {"type": "array"},
        "map": {"type": "object"},
        "ratio": {"type": "number"},
        "greeting": {"type": "string", "default": "hello {{ name }}"},
        "fixed": {"type": "string", "immutable": true, "default": "f-{{ count }}"},
        "token": {"type": "string", "secret": true},
    }))
}

fn runner() -> Map<String, Value> {
    object(
        json!({"timeout": {"type": "integer", "default": 60}, "sudo": {"type": "boolean", "immutable": true, "default": false}}),
    )
}

fn context() -> Context {
    object(json!({"action_context": {"user": "stanley"}, "config_context": {"region": "ams"}})).into_iter().collect()
}

fn live(given: Value) -> Result<Value, String> {
    let (runner, action) = (runner(), action());
    let schemas = Schemas { runner: &runner, action: &action, title: "greet", description: Some("says hello") };
    let live =
        render_live(&Environment::default(), schemas, &object(given), &context()).map_err(|error| error.to_string())?;
    check_request(schemas, &live).map_err(|error| error.to_string())?;
    Ok(Value::Object(live))
}

#[test]
fn renders_and_casts_what_is_given() {
    for (given, expected) in [
        (json!({"name": "a"}), json!({"name": "a", "greeting": "hello a"})),
        (
            json!({"name": "{{ action_context.user }}", "count": "{{ 1 + 1 }}"}),
            json!({"name": "stanley", "count": 2, "greeting": "hello stanley"}),
        ),
        (json!({"name": "a", "greeting": "x", "flag": "true"}), json!({"name": "a", "greeting": "x", "flag": true})),
        (
            json!({"name": "a", "greeting": "x", "list": "[1, 'a']"}),
            json!({"name": "a", "greeting": "x", "list": [1, "a"]}),
        ),
        (
            json!({"name": "a", "greeting": "x", "count": "7", "list": ["{{count}}", "{{ count }}", "n{{name}}"]}),
            json!({"name": "a", "greeting": "x", "count": 7, "list": ["7", "7", "na"]}),
        ),
        (
            json!({"name": "a", "greeting": "x", "list": ["{{config_context}}"]}),
            json!({"name": "a", "greeting": "x", "list": [{"region": "ams"}]}),
        ),
        (json!({"name": "a", "greeting": "x", "ratio": "1.5"}), json!({"name": "a", "greeting": "x", "ratio": 1.5})),
        (json!({"name": "{{ broken", "greeting": "x"}), json!({"name": "{{ broken", "greeting": "x"})),
        (
            json!({"name": "a", "greeting": null, "token": null}),
            json!({"name": "a", "greeting": "hello a", "token": null}),
        ),
        (json!({"name": "a", "greeting": "{{ none | use_none }}"}), json!({"name": "a", "greeting": null})),
    ] {
        assert_eq!(live(given.clone()), Ok(expected), "{given}");
    }
}

#[test]
fn refuses_in_stackstorms_words() {
    for (given, message) in [
        (json!({"greeting": "x"}), "'name' is a required property"),
        (json!({"name": "a", "nope": 1}), "Additional properties are not allowed ('nope' was unexpected)"),
        (json!({"name": "a", "count": "abc"}), "invalid literal for int() with base 10: 'abc'"),
        (json!({"name": 5, "greeting": "x"}), "Value \"5\" must either be a string or None. Got \"int\"."),
        (json!({"name": ["a"], "greeting": "x"}), "Value \"['a']\" must either be a string or None. Got \"list\"."),
        (json!({"name": "a", "map": [1]}), "[1] is not of type 'object', 'null'"),
        (json!({"name": "a", "fixed": "x"}), "Override of immutable parameter(s) ['fixed'] is unsupported."),
        (json!({"name": "a", "sudo": true}), "Override of immutable parameter(s) ['sudo'] is unsupported."),
        (json!({"name": "{{ nosuchvar }}"}), "Dependency unsatisfied in variable \"nosuchvar\""),
        (
            json!({"name": "{{ name }}"}),
            "Cyclic dependency found in the following variables: name. Likely the variable is referencing itself",
        ),
        (
            json!({"name": "{{ action_context.nosuch }}"}),
            "Failed to render parameter \"name\": 'dict object' has no attribute 'nosuch'",
        ),
        (json!({"name": null, "greeting": "x"}), "None is not of type 'string'"),
    ] {
        assert_eq!(live(given.clone()), Err(message.to_owned()), "{given}");
    }
}

#[test]
fn adds_defaults_once_and_never_renders_again() {
    let (runner, action) = (runner(), action());
    let schemas = Schemas { runner: &runner, action: &action, title: "greet", description: Some("says hello") };
    let given = object(json!({"name": "{{ 1 + 1 }}", "count": 5}));
    let (runner, action) = render_final(&Environment::default(), schemas, &given, &context()).unwrap();
    assert_eq!(Value::Object(runner), json!({"sudo": false, "timeout": 60}));
    assert_eq!(action["name"], "{{ 1 + 1 }}");
    assert_eq!(action["fixed"], "f-5");
    assert_eq!(action["greeting"], "hello {{ 1 + 1 }}");
    assert_eq!(action["token"], Value::Null);
}

#[test]
fn renders_mappings_and_keeps_types() {
    let context: Context = object(json!({"trigger": {"n": 5, "l": [1]}, "n": 5})).into_iter().collect();
    let mapping = object(
        json!({"a": "{{ trigger.n }}", "b": 7, "c": ["{{n}}", "{{ trigger.l }}"], "d": {"k": [true, null]}, "e": "plain"}),
    );
    let rendered = render_mapping(&Environment::default(), &mapping, &context).unwrap();
    assert_eq!(
        Value::Object(rendered),
        json!({"a": "5", "b": 7, "c": [5, "[1]"], "d": {"k": [true, null]}, "e": "plain"})
    );
    let missing = render_mapping(&Environment::default(), &object(json!({"x": "{{ trigger.nope }}"})), &context);
    assert_eq!(
        missing.unwrap_err().to_string(),
        "Failed to render parameter \"x\": 'dict object' has no attribute 'nope'"
    );
}

#[test]
fn masks_secrets_however_deep() {
    let parameters = object(json!({"name": "a", "token": "t", "unknown": "u"}));
    assert_eq!(
        Value::Object(mask_parameters(&action(), &parameters)),
        json!({"name": "a", "token": "********", "unknown": "********"})
    );
    let deep = json!({"type": "object", "properties": {"a": {"type": "array", "items": {"secret": true}}}, "patternProperties": {"^s_": {"secret": true}}, "additionalProperties": {"properties": {"p": {"secret": true}}}});
    let value = json!({"a": [1, 2], "s_x": {"y": 1}, "other": {"p": 1, "q": 2}});
    assert_eq!(
        mask_value(&deep, &value),
        json!({"a": ["********", "********"], "s_x": "********", "other": {"p": "********", "q": 2}})
    );
}

#[test]
fn what_is_made_of_a_secret_by_default_is_masked_like_it() {
    let schemas = object(json!({
        "token": {"secret": true}, "plain": {"default": "{{ tokens }} token"},
        "body": {"default": "{\"t\": \"{{ token }}\"}"}, "headers": {"default": {"X-Token": "{{token}}"}},
        "cmd": {"default": "curl -d '{{ body }}'"}, "loop": {"default": "{{ loop }}"},
    }));
    let parameters = object(json!({
        "token": "t", "plain": "p", "body": "b", "headers": {"X-Token": "t"}, "cmd": "c", "loop": "l",
    }));
    let mask = "********";
    assert_eq!(
        Value::Object(mask_parameters(&schemas, &parameters)),
        json!({"token": mask, "plain": "p", "body": mask, "headers": mask, "cmd": mask, "loop": "l"})
    );
}

#[test]
fn schema_violations_read_like_python_jsonschema() {
    for (rule, value, message) in [
        (json!({"type": "integer"}), json!("x"), "'x' is not of type 'integer'"),
        (json!({"type": ["integer", "null"]}), json!(true), "True is not of type 'integer', 'null'"),
        (json!({"enum": [1, "a"]}), json!("b"), "'b' is not one of [1, 'a']"),
        (json!({"minimum": 3}), json!(2), "2 is less than the minimum of 3"),
        (json!({"maximum": 3, "exclusiveMaximum": true}), json!(3), "3 is greater than or equal to the maximum of 3"),
        (json!({"maxLength": 2}), json!("abc"), "'abc' is too long"),
        (json!({"pattern": "^a$"}), json!("b"), "'b' does not match '^a$'"),
        (json!({"items": {"type": "string"}}), json!(["a", 1]), "1 is not of type 'string'"),
        (json!({"uniqueItems": true}), json!([1, 1]), "[1, 1] has non-unique elements"),
        (
            json!({"anyOf": [{"type": "string"}, {"type": "null"}]}),
            json!(1),
            "1 is not valid under any of the given schemas",
        ),
        (json!({"required": ["a"]}), json!({}), "'a' is a required property"),
        (
            json!({"properties": {"a": {"type": "string"}}, "additionalProperties": false}),
            json!({"a": 1, "b": 2, "c": 3}),
            "Additional properties are not allowed ('b', 'c' were unexpected)",
        ),
    ] {
        let found = schema::validate(&rule, &value);
        assert_eq!(found.first().map(|violation| violation.message.as_str()), Some(message), "{rule}");
    }
    assert_eq!(
        schema::validate(&json!({"type": "object", "properties": {"a": {"type": "number"}}}), &json!({"a": 1})),
        []
    );
}

#[test]
fn checks_results_against_output_schemas() {
    let runner =
        object(json!({"type": "object", "properties": {"result": {"type": "object"}}, "additionalProperties": true}));
    let legacy = json!({"code": {"type": "integer", "required": true}});
    assert_eq!(validate_output(&runner, &legacy, Some("result"), &json!({"result": {"code": 1}})), Ok(()));
    assert_eq!(
        validate_output(&runner, &legacy, Some("result"), &json!({"result": {"code": "x"}})),
        Err("'x' is not of type 'integer'\n\nFailed validating 'type' in schema['properties']['code']:\n    {'type': 'integer', \
             'required': True}\n\nOn instance['code']:\n    'x'"
            .to_owned())
    );
}

#[test]
fn a_result_with_secrets_is_refused_without_them() {
    let schema = json!({"type": "object", "properties": {"token": {"type": "integer", "secret": true}}});
    let refused = validate_output(&Map::new(), &schema, Some("result"), &json!({"result": {"token": "canary"}}));
    assert_eq!(refused, Err("The result does not fit the output schema.".to_owned()));
}

fn explained(schema: Value, value: Value) -> String {
    schema::validate(&schema, &value).first().map(schema::Violation::explanation).unwrap_or_default()
}

#[test]
fn explanations_show_the_part_of_the_schema_and_of_the_value() {
    let schema = json!({"type": "object", "properties": {"url": {"type": "string", "required": true}}, "additionalProperties": false});
    assert_eq!(
        explained(schema, json!({})),
        "'url' is a required property\n\nFailed validating 'required' in schema['properties']['url']:\n    {'type': 'object',\n     \
         'properties': {'url': {'type': 'string', 'required': True}},\n     'additionalProperties': False}\n\nOn instance['url']:\n    {}"
    );
    let listed = json!({"items": {"anyOf": [{"type": "integer"}, {"properties": {"a": {"enum": [1]}}}]}});
    assert_eq!(
        explained(listed, json!([1, {"a": 2}])),
        "{'a': 2} is not valid under any of the given schemas\n\nFailed validating 'anyOf' in schema['items']:\n    {'anyOf': [{'type': \
         'integer'}, {'properties': {'a': {'enum': [1]}}}]}\n\nOn instance[1]:\n    {'a': 2}"
    );
    let tuple = json!({"items": [{"type": "string"}, {"allOf": [{"minimum": 3}]}]});
    assert_eq!(
        explained(tuple, json!(["a", 1])),
        "1 is less than the minimum of 3\n\nFailed validating 'minimum' in schema['items'][1]['allOf'][0]:\n    {'minimum': \
         3}\n\nOn instance[1]:\n    1"
    );
}
