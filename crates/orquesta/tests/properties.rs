//! What holds whatever is written and whatever happens first: reading never panics, and every order in which actions end
//! leads to one of the results that are allowed.

mod dice;

use std::collections::{BTreeSet, HashSet};

use dice::Dice;
use serde_json::{Map, Value, json};
use squall_orquesta::drawing::Drawing;
use squall_orquesta::engine::ActionKey;
use squall_orquesta::expressions::{Language, evaluate_for_author, referenced_variables, validate};
use squall_orquesta::{Effect, Engine, Event, EventKind, NoHost, Status, Workflow};

/// The text with a few characters gone, doubled, moved, or taken from elsewhere.
fn disturb(dice: &mut Dice, text: &str, others: &[&str]) -> String {
    let odd: Vec<char> = ODD.chars().collect();
    let mut characters: Vec<char> = text.chars().collect();
    for _ in 0..=dice.roll(4) {
        let at = dice.roll(characters.len() + 1);
        match dice.roll(5) {
            0 if at < characters.len() => drop(characters.remove(at)),
            1 if at < characters.len() => characters.insert(at, characters[at]),
            2 => {
                let foreign: Vec<char> = others[dice.roll(others.len())].chars().collect();
                let start = dice.roll(foreign.len());
                let end = (start + 1 + dice.roll(8)).min(foreign.len());
                characters.splice(at..at, foreign[start..end].iter().copied());
            }
            3 => characters.truncate(at),
            _ => characters.insert(at, odd[dice.roll(odd.len())]),
        }
    }
    characters.into_iter().collect()
}

const ODD: &str = "<%>{}()[]'\"\\$.#:-=\n\t\0é\u{1F600}\u{202E}";

const EXPRESSIONS: [&str; 8] = [
    "<% ctx().vms.where($.role = web and $.size > 1.5e3).select([$.name, $]) %>",
    "a <% ctx(x)[0] %> b <% dict(a => {b => -1}).get(a, 'c') %>",
    "<% let(x => 1, y => [2, 3]) -> $y.aggregate($1 + $2, $x) %>",
    "<% switch($ < 1 => `a\\`b`, true => not false and null) %>",
    "{{ ctx().a['k'] | default('x', true) | to_json_string }}",
    "{% for i in ctx().x if i != 'a' %}{{ loop.index }}-{{ i ~ \"b\" }}{% else %}none{% endfor %}",
    "{% raw %}{{ x }}{% endraw %}{{ 'a' if ctx('b') is defined else [1, (2, 3), {'k': 4}][::-1] }}",
    "x, y in <% zip(ctx(a), ctx().b.c.d) %>",
];

const DEFINITIONS: [&str; 3] = [
    "version: 1.0\ninput: [a, {b: 2}]\nvars: [{c: <% ctx().a %>}]\ntasks:\n  t:\n    action: core.echo m=<% ctx(b) %> n='x'\n    \
     retry: {count: 3, delay: 1, when: <% failed() %>}\n    next: [{when: <% succeeded() %>, publish: c=1 d=<% result() %>, do: 'u, v'}]\n  \
     u: {with: {items: i in <% range(3) %>, concurrency: 2}, action: core.noop, next: [{do: w}]}\n  v: {next: [{do: [w, noop]}]}\n  \
     w: {join: all, delay: 1}\noutput: [{c: <% ctx(c) %>}]\n",
    "tasks:\n  a: &a {action: core.a, next: [{do: b}]}\n  b:\n    <<: *a\n    next:\n      - do: retry\n        when: '{{ failed() }}'\n      - do: a\n",
    "{\"tasks\": {\"a\": {\"action\": \"x.y\", \"input\": {\"p\": \"{{ ctx().q }}\"}, \"with\": \"<% [1] %>\"}}}",
];

#[test]
fn reading_expressions_never_panics() {
    let mut dice = Dice(0x5EED);
    let context = Map::from_iter([("x".to_owned(), json!(["a", {"b": null}])), ("a".to_owned(), json!({"k": 1}))]);
    for round in 0..6_000 {
        let text = disturb(&mut dice, EXPRESSIONS[round % EXPRESSIONS.len()], &EXPRESSIONS);
        let value = Value::from(text.as_str());
        for error in validate(&value) {
            assert!(text.contains(&error.expression), "{text:?}");
        }
        referenced_variables(&value);
        for language in [None, Some(Language::Yaql), Some(Language::Jinja)] {
            if let Err(unmet) = evaluate_for_author(&value, language, &context, &NoHost) {
                assert!(unmet.at.is_none_or(|at| at <= text.chars().count()), "{text:?}: {unmet:?}");
            }
        }
    }
}

#[test]
fn reading_definitions_never_panics() {
    let mut dice = Dice(0xBEE);
    for round in 0..3_000 {
        let text = disturb(&mut dice, DEFINITIONS[round % DEFINITIONS.len()], &DEFINITIONS);
        let Ok(workflow) = Workflow::compile(&text) else { continue };
        for entry in workflow.inspect(&Map::new()) {
            assert!(entry.line.is_none_or(|line| line <= text.lines().count() + 1), "{text:?}: {entry:?}");
        }
        let drawing = Drawing::of(&workflow);
        assert!(drawing.to_svg().ends_with("</svg>\n") && drawing.to_mermaid().starts_with("flowchart"), "{text:?}");
        let mut engine = Engine::new(workflow);
        let start = EventKind::Started { inputs: Map::new(), context: Map::new() };
        engine.apply(&mut Event::from(start), &NoHost).ok();
    }
}

/// The results that a workflow may have: its status and output, as text.
struct Allowed {
    definition: &'static str,
    /// Tasks whose actions fail; the others answer their name.
    failing: &'static [&'static str],
    results: &'static [(&'static str, &'static str)],
}

const ALLOWED: [Allowed; 5] = [
    Allowed {
        definition: "
tasks:
  a: {action: core.a, next: [{publish: x=<% result() %>, do: j}]}
  b: {action: core.b, next: [{publish: x=<% result() %>, do: j}]}
  c: {action: core.c, next: [{publish: y=<% result() %>, do: j}]}
  j: {join: all, action: core.j}
output: [{x: <% ctx(x) %>}, {y: <% ctx(y) %>}]
",
        failing: &[],
        // Who ends last has the last word on `x`.
        results: &[("succeeded", r#"{"x":"a","y":"c"}"#), ("succeeded", r#"{"x":"b","y":"c"}"#)],
    },
    Allowed {
        definition: "
tasks:
  a: {action: core.a, next: [{when: <% succeeded() %>, do: j}, {when: <% failed() %>, do: noop}]}
  b: {action: core.b, next: [{when: <% succeeded() %>, do: j}]}
  c: {action: core.c, next: [{when: <% succeeded() %>, do: j}]}
  j: {join: 2, action: core.j}
output: [{j: <% task_status(j) %>}]
",
        failing: &["a"],
        results: &[("succeeded", r#"{"j":"succeeded"}"#)],
    },
    Allowed {
        definition: "
tasks:
  a: {action: core.a, next: [{when: <% succeeded() %>, do: j}]}
  b: {action: core.b, next: [{when: <% succeeded() %>, do: j}]}
  j: {join: all, action: core.j}
output: [{j: <% task_status(j) %>}]
",
        failing: &["b"],
        results: &[("failed", r#"{"j":"null"}"#)],
    },
    Allowed {
        definition: "
vars: [{n: 0}]
tasks:
  each: {with: 'i in <% range(4) %>', action: core.each, next: [{publish: got=<% result() %>, do: s}]}
  b: {action: core.b, next: [{do: s}]}
  s: {action: core.s, next: [{publish: n=<% ctx(n) + 1 %>}]}
output: [{got: <% ctx().get(got) %>}, {n: <% ctx(n) %>}]
",
        failing: &[],
        results: &[("succeeded", r#"{"got":["each","each","each","each"],"n":1}"#)],
    },
    Allowed {
        definition: "
vars: [{n: 0}]
tasks:
  a: {action: core.a, retry: {count: 2}, next: [{when: <% failed() %>, publish: sad=true, do: c}]}
  b: {action: core.b, next: [{do: c}]}
  c: {action: core.c, next: [{do: d}]}
  d: {action: core.d, next: [{publish: n=<% ctx(n) + 1 %>}]}
output: [{n: <% ctx(n) %>}, {sad: <% ctx(sad) %>}]
",
        failing: &["a"],
        results: &[("succeeded", r#"{"n":1,"sad":true}"#)],
    },
];

/// Every state that can be reached by ending the awaited actions in any order.
struct Orders<'a> {
    failing: &'a [&'a str],
    seen: HashSet<String>,
    results: BTreeSet<(String, String)>,
}

impl Orders<'_> {
    fn follow(
        &mut self,
        engine: &Engine,
        workflow: &std::sync::Arc<Workflow>,
        awaited: &[ActionKey],
        effects: &[Effect],
    ) {
        let mut awaited = awaited.to_vec();
        for effect in effects {
            match effect {
                Effect::RequestAction { task_id, route, attempt, item_id, .. } => {
                    let (route, attempt, item_id) = (*route, *attempt, *item_id);
                    awaited.push(ActionKey { task_id: task_id.clone(), route, attempt, item_id });
                }
                Effect::Finished { status, output, .. } => {
                    self.results.insert((status.to_string(), output.to_string()));
                }
                _ => {}
            }
        }
        let snapshot = engine.snapshot();
        if !self.seen.insert(format!("{snapshot:?}")) {
            return;
        }
        assert!(
            !awaited.is_empty() || engine.status().is_completed(),
            "{} and nothing left to wait for",
            engine.status()
        );
        for index in 0..awaited.len() {
            let mut left = awaited.clone();
            let ActionKey { task_id, route, attempt, item_id } = left.remove(index);
            let status = if self.failing.contains(&task_id.as_str()) { Status::Failed } else { Status::Succeeded };
            let result = json!(task_id);
            let mut next = Engine::restore(workflow.clone(), snapshot.clone()).expect("a snapshot");
            let mut event = Event::from(EventKind::ActionChanged { task_id, route, attempt, item_id, status, result });
            let effects = next.apply(&mut event, &NoHost).expect("an action that was asked for");
            self.follow(&next, workflow, &left, &effects);
        }
    }
}

#[test]
fn every_order_of_ends_leads_to_a_result_that_is_allowed() {
    for Allowed { definition, failing, results } in ALLOWED {
        let workflow = Workflow::compile(definition).expect("a definition");
        let mut engine = Engine::new(workflow.clone());
        let start = EventKind::Started { inputs: Map::new(), context: Map::new() };
        let effects = engine.apply(&mut Event::from(start), &NoHost).expect("the first event");
        let mut orders = Orders { failing, seen: HashSet::new(), results: BTreeSet::new() };
        orders.follow(&engine, &workflow, &[], &effects);
        let allowed = results.iter().map(|(status, output)| ((*status).to_owned(), (*output).to_owned())).collect();
        assert_eq!(orders.results, allowed, "{definition}");
        assert!(orders.seen.len() > 3, "{definition}: only {} states", orders.seen.len());
    }
}
