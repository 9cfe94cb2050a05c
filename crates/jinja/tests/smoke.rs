//! Each part once, by hand.

use serde_json::{Value, json};
use squall_jinja::{Context, Environment, Evaluated};

fn context() -> Context {
    let Value::Object(pairs) =
        json!({"name": "web", "n": 7, "f": 1e16, "l": [1, "a", null, true], "d": {"a": {"b": [1.0]}}})
    else {
        unreachable!()
    };
    pairs.into_iter().collect()
}

#[test]
fn prints_what_python_prints() {
    let environment = Environment::default();
    for (template, text) in [
        ("x{{ name }}y", "xwebay".replace("webay", "weby").as_str()),
        ("{{ n }} {{ f }} {{ l }} {{ d }}", "7 1e+16 [1, 'a', None, True] {'a': {'b': [1.0]}}"),
        ("{{ d.a.b[0] }}", "1.0"),
        ("{{ {'x': 1} | to_json_string }}", "{\"x\": 1}"),
        ("{% for i in l %}{{ i }},{% endfor %}", "1,a,None,True,"),
        ("plain\n", "plain"),
    ] {
        assert_eq!(environment.render(template, &context()).as_deref(), Ok(text), "{template}");
    }
}

#[test]
fn keeps_types_of_expressions() {
    let environment = Environment::orquesta(squall_jinja::Limits::default());
    for (expression, value) in
        [("d.a", json!({"b": [1.0]})), ("n + 1", json!(8)), ("version_compare('1.0.0', '0.9.0')", json!(1))]
    {
        assert_eq!(environment.evaluate(expression, &context()), Ok(Evaluated::Value(value)), "{expression}");
    }
    assert_eq!(environment.evaluate("d.nothing", &context()), Ok(Evaluated::Undefined));
}
