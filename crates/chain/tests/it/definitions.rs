//! What is a chain and what is not, each mistake with its place.

use squall_chain::{Chain, ChainError};

fn start(definition: &str) -> String {
    Chain::compile(definition).expect("the chain compiles").start.clone()
}

#[test]
fn the_first_task_is_the_one_that_none_leads_to() {
    let tasks = "chain: [{name: b, ref: t.b}, {name: a, ref: t.a, on-success: b}]";
    assert_eq!(start(tasks), "a");
    assert_eq!(start(&format!("{tasks}\ndefault: b")), "b");
    assert_eq!(start("chain: [{name: x, ref: t.x, on-failure: y}, {name: y, ref: t.y, on-success: x}]"), "x");
}

#[test]
fn fields_that_nobody_knows_are_refused_in_the_first_task_alone() {
    let chain = "chain:\n- {name: a, ref: t.a}\n- {name: b, ref: t.b, colour: blue}\n";
    assert!(Chain::compile(chain).is_ok(), "StackStorm runs it");
    let told: Vec<(String, _)> =
        Chain::unknown_fields(chain).iter().map(|error| (error.to_string(), error.position())).collect();
    let message = "Additional properties are not allowed ('colour' was unexpected)";
    assert_eq!(told, [(message.to_owned(), Some((3, 3)))]);
}

#[test]
fn every_mistake_has_stackstorms_text_and_a_place() {
    let cases = [
        (
            "chain:\n- {name: c1, ref: t.a, on-success: nosuch}\n",
            "Unable to find node with name \"nosuch\" referenced in \"on-success\" in task \"c1\".",
            Some((2, 24)),
        ),
        (
            "chain:\n- {name: c1, ref: t.a}\n- name: c2\n  ref: t.b\n  on-failure: nosuch\n",
            "Unable to find node with name \"nosuch\" referenced in \"on-failure\" in task \"c2\".",
            Some((5, 3)),
        ),
        (
            "chain: [{name: c1, ref: t.a}]\ndefault: c9\n",
            "Unable to find node with name \"c9\" referenced in \"default\".",
            Some((2, 1)),
        ),
        (
            "chain:\n- name: c1\n  ref: t.a\n  params: {a: 1}\n  parameters: {b: 2}\n",
            "Either \"params\" or \"parameters\" attribute needs to be provided, but not both",
            Some((5, 3)),
        ),
        ("chain: []\n", "Failed to find default node in flow.", None),
        ("- a\n", "Failed to parse action chain definition from \"flow.yaml\": Expected \"dict\", got \"list\"", None),
        ("chain:\n- {name: a, ref: t.a}\n- {name: b}\n", "'ref' is a required property", Some((3, 3))),
        (
            "chain: [{name: a, ref: t.a}]\ndefault: '{{ x }}'\non-success: [\n",
            "Failed to parse action chain definition",
            Some((3, 13)),
        ),
    ];
    for (definition, message, place) in cases {
        let error = Chain::compile(definition).expect_err(definition);
        let told = error.describe("flow", "flow.yaml");
        assert!(told.starts_with(message), "{definition}: {told}");
        assert_eq!(error.position(), place, "{definition}");
    }
}

#[test]
fn what_does_not_fit_the_schema_is_explained_as_python_does() {
    let error =
        Chain::compile("chain: [{name: a, ref: t.a}]\nvar: {x: 1}\n").expect_err("`var` is no field of a chain");
    assert!(matches!(&error, ChainError::Mistake { .. }));
    let told = error.to_string();
    let beginning = "Additional properties are not allowed ('var' was unexpected)\n\nFailed validating 'additionalProperties' in schema:\n";
    assert!(told.starts_with(beginning), "{told}");
}
