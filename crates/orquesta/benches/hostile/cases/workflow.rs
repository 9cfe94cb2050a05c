//! Workflows, and the patterns of rules.

use serde_json::Map;
use squall_jinja::filters::Regex;
use squall_orquesta::{Effect, Engine, Event, EventKind, NoHost, Status, Workflow};

use super::{Case, short};

const DEFINITIONS: &[&str] = &[
    "vars: [{x: <% sequence().toList() %>}]\ntasks: {a: {action: core.noop}}",
    "vars: [{x: \"<% generate([1], true, [$, $]).limit(60).last() %>\"}]\ntasks: {a: {action: core.noop}}",
    "vars: [{x: \"{{ [[[[[[1] * 99] * 99] * 99] * 99] * 99] * 99 }}\"}]\ntasks: {a: {action: core.noop}}",
    "vars: [{x: \"{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}\"}]\ntasks: {a: {action: core.noop}}",
    "tasks: {a: {with: \"<% range(100000000).toList() %>\", action: core.noop}}",
    "tasks: {a: {with: \"{{ [1] * 100000000 }}\", action: core.noop}}",
    "tasks: {a: {action: core.noop, input: {x: \"<% 'a' * 1000000000 %>\"}}}",
    "tasks: {a: {action: core.noop, delay: \"<% pow(10, 100000) %>\"}}",
    "tasks: {a: {next: [{do: b}]}, b: {next: [{do: b}]}}",
    "tasks: {a: {next: [{do: [b, c]}]}, b: {next: [{do: [a, c]}]}, c: {next: [{do: [a, b]}]}}",
];

const PATTERNS: &[(&str, &str)] = &[
    ("^(a|aa)+$(?<!x)", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"),
    ("^(a|aa)+\\1$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"),
    ("(?=(a+)+$)b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"),
    ("(((a{100}){100}){100}){100}", "a"),
    ("(?=a)(((a{100}){100}){100}){100}", "a"),
];

fn started(definition: &str) -> Result<String, String> {
    let workflow = Workflow::compile(definition).map_err(|error| error.to_string())?;
    let found = workflow.inspect(&Map::new());
    if let Some(entry) = found.first() {
        return Err(entry.message.clone());
    }
    let mut engine = Engine::new(workflow);
    let mut event = Event::from(EventKind::Started { inputs: Map::new(), context: Map::new() });
    let effects = engine.apply(&mut event, &NoHost).map_err(|error| error.to_string())?;
    let errors = effects.into_iter().find_map(|effect| match effect {
        Effect::Finished { errors, .. } => Some(errors),
        _ => None,
    });
    match (engine.status(), errors.unwrap_or_default().first()) {
        (Status::Failed, Some(error)) => Err(error["message"].as_str().unwrap_or_default().to_owned()),
        (status, _) => Ok(format!("{status:?}")),
    }
}

pub(super) fn cases() -> Vec<Case> {
    let spec = |definition: &&'static str| {
        let definition = *definition;
        Case::new("orquesta", short(&definition.replace('\n', "; ")), move || started(definition))
    };
    let pattern = |(pattern, text): &(&'static str, &'static str)| {
        let (pattern, text) = (*pattern, *text);
        Case::new("regex", pattern, move || {
            let found = Regex::new(pattern, false).and_then(|regex| regex.find(text));
            found.map(|found| format!("{found:?}")).map_err(|error| error.message)
        })
    };
    DEFINITIONS.iter().map(spec).chain(PATTERNS.iter().map(pattern)).collect()
}
