//! What would run for ever or fill the memory, written into workflows: each ends `failed`, with the reason in its result.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::server::{Options, Server};

/// A workflow, and what one of its errors says.
struct Case {
    name: &'static str,
    definition: String,
    says: &'static str,
    /// Where the error says that it is: a task or a part of the definition.
    place: Option<&'static str>,
}

fn case(name: &'static str, definition: impl Into<String>, says: &'static str, place: Option<&'static str>) -> Case {
    Case { name, definition: definition.into(), says, place }
}

/// A workflow that evaluates an expression before its first task.
fn variable(name: &'static str, expression: &str, says: &'static str) -> Case {
    let vars = json!([{"x": expression}]);
    case(name, format!("vars: {vars}\ntasks: {{a: {{action: core.noop}}}}\n"), says, None)
}

/// A workflow that evaluates an expression for its task.
fn input(name: &'static str, expression: &str, says: &'static str) -> Case {
    let input = json!({"message": expression});
    case(name, format!("tasks: {{a: {{action: core.echo, input: {input}}}}}\n"), says, Some("a"))
}

const DEEP: usize = 100_000;

fn cases() -> Vec<Case> {
    let jinja_loops = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}";
    let nested = |open: &str, close: &str| format!("{}1{}", open.repeat(DEEP), close.repeat(DEEP));
    vec![
        variable("endless_list", "<% sequence().toList() %>", "CollectionTooLargeException"),
        input("endless_count", "<% sequence().len() %>", "EvaluationLimitException"),
        variable("endless_loops", jinja_loops, "more work than is allowed"),
        input("cross_join", "<% let(range(3000).toList()) -> $.join($, true, 1).len() %>", "EvaluationLimitException"),
        input("recursion", "<% def(f, f($) + f($)) -> f(1) %>", "RecursionError"),
        input("macros", "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}", "recursion"),
        input("long_text", "<% 'a' * 1000000000 %>", "MemoryQuotaExceededException"),
        variable("long_rendered_text", "{{ 'a' * 1000000000 }}", "more work than is allowed"),
        input("deep_expression", &format!("<% {} %>", nested("(", ")")), "the expression is too long"),
        input("deep_template", &format!("{{{{ {} }}}}", nested("[", "]")), "too many operators in one tag"),
        case("deep_definition", format!("tasks: {}", nested("{a: ", "}")), "more than 100 levels", None),
        case(
            "cyclic_anchors",
            "tasks: &t\n  a: {action: core.noop}\n  b: *t\n",
            "inside the value that it stands for",
            None,
        ),
        case("cyclic_parameters_of_an_action", "tasks: {a: {action: bad.cyclic}}\n", "Cyclic dependency", Some("a")),
        case(
            "join_that_cannot_be",
            "tasks: {a: {next: [{do: b}]}, b: {join: 5, action: core.noop}}\n",
            "UnreachableJoinError",
            Some("b"),
        ),
        case(
            "task_that_names_itself",
            "tasks: {a: {action: core.noop, next: [{do: a}]}}\n",
            "Unable to identify any tasks to start",
            None,
        ),
        case("loop_without_actions", "tasks: {a: {next: [{do: b}]}, b: {next: [{do: b}]}}\n", "never ends", Some("b")),
        input("unknown_function", "<% nowhere(1) %>", "Unknown function \"nowhere\""),
        input("unknown_template_function", "{{ nowhere(1) }}", "nowhere"),
    ]
}

fn write_pack(directory: &Path, cases: &[Case]) {
    let actions = directory.join("bad/actions");
    fs::create_dir_all(actions.join("workflows")).expect("the directory is writable");
    let write = |path: &str, text: &str| fs::write(directory.join("bad").join(path), text).expect("it is writable");
    write("pack.yaml", "ref: bad\nname: bad\nversion: 1.0.0\nauthor: us\n");
    let mut cyclic = "name: cyclic\nrunner_type: noop\nparameters:\n".to_owned();
    for (own, other) in [("one", "two"), ("two", "one")] {
        let _ = writeln!(cyclic, "  {own}: {{type: string, default: '{{{{ {other} }}}}'}}");
    }
    write("actions/cyclic.yaml", &cyclic);
    for Case { name, definition, .. } in cases {
        let action = format!("name: {name}\nrunner_type: orquesta\nentry_point: workflows/{name}.yaml\n");
        write(&format!("actions/{name}.yaml"), &action);
        write(&format!("actions/workflows/{name}.yaml"), definition);
    }
}

/// What is wrong with how a workflow ended.
fn complaint(case: &Case, ended: &Value) -> Option<String> {
    let errors = ended["result"]["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    let text = |error: &Value, key: &str| error[key].as_str().unwrap_or_default().to_owned();
    let is_at = |error: &Value| {
        let task = case.place.map(|place| (place.to_owned(), format!("tasks.{place}.")));
        task.is_none_or(|(name, path)| text(error, "task_id") == name || text(error, "spec_path").starts_with(&path))
    };
    let is_told = |error: &&Value| text(error, "message").contains(case.says) && is_at(error);
    let fits = ended["status"] == "failed" && errors.iter().any(|error| is_told(&error));
    (!fits).then(|| {
        let result = ended["result"].to_string();
        // Some quote an expression that is long.
        let (start, end) =
            (result.get(..300).unwrap_or(&result), result.get(result.len().max(300) - 300..).unwrap_or_default());
        format!("{}: {} {start} … {end}", case.name, ended["status"])
    })
}

#[test]
fn what_never_ends_or_needs_too_much_ends_a_workflow_as_failed_with_the_reason_in_its_result() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let cases = cases();
    write_pack(directory.path(), &cases);
    let server = Server::start(Options { packs_dirs: vec![directory.path().to_owned()], ..Options::default() });
    let requested: Vec<String> =
        cases.iter().map(|case| server.request(&format!("bad.{}", case.name), &json!({}))).collect();
    let ended = requested.iter().map(|id| server.finished(id));
    let complaints: Vec<String> = cases.iter().zip(ended).filter_map(|(case, ended)| complaint(case, &ended)).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    assert_eq!(server.run("core.noop", &json!({}))["status"], "succeeded", "the platform goes on");
}
