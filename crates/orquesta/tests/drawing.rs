//! Definitions as pictures.

use squall_orquesta::Workflow;
use squall_orquesta::drawing::{Drawing, Kind};

const DEFINITION: &str = r#"
tasks:
  first:
    action: core.noop
    next:
      - when: <% succeeded() %>
        do: [each, end]
      - when: <% failed() %>
        do: fail
  each:
    with: {items: i in <% ctx().list %>, concurrency: 2}
    action: core.echo
    retry: {count: 3}
    next:
      - when: <% result() > 1 and "<b>" in "a" %>
        do: end
  end: {join: all, delay: 5, next: [{do: lost}, {when: '{{ failed() }}', do: first}]}
"#;

fn drawing(definition: &str) -> Drawing {
    Drawing::of(&Workflow::compile(definition).expect("a definition"))
}

#[test]
fn boxes_say_what_matters_of_a_task() {
    let drawing = drawing(DEFINITION);
    let told: Vec<(&str, Kind, String)> =
        drawing.nodes.iter().map(|node| (node.name.as_str(), node.kind, node.notes.join("; "))).collect();
    assert_eq!(
        told,
        [
            ("first", Kind::Task, "core.noop".to_owned()),
            (
                "each",
                Kind::Task,
                "core.echo; for each i in <% ctx().list %>, 2 at once; retry up to 3 times".to_owned()
            ),
            ("end", Kind::Task, "join all; after 5 s".to_owned()),
            ("fail", Kind::Command, String::new()),
            ("lost", Kind::Undefined, String::new()),
        ]
    );
}

#[test]
fn mermaid_takes_nothing_of_a_definition_for_its_own() {
    assert_eq!(
        drawing(DEFINITION).to_mermaid(),
        r##"flowchart TD
    t0["<b>first</b><br/>core.noop"]
    t1["<b>each</b><br/>core.echo<br/>for each i in #60;% ctx().list %#62;, 2 at once<br/>retry up to 3 times"]
    t2["<b>end</b><br/>join all<br/>after 5 s"]
    t3{{"<b>fail</b>"}}
    t4>"<b>lost</b>"]
    t0 -->|"succeeded"| t1
    t0 -->|"succeeded"| t2
    t0 -->|"failed"| t3
    t1 -->|"result() #62; 1 and #34;#60;b#62;#34; in #34;a#34;"| t2
    t2 --> t4
    t2 -->|"failed"| t0
    style t4 stroke:#c00,stroke-dasharray:4
"##
    );
}

#[test]
fn dot_quotes_what_it_must() {
    let dot = drawing(DEFINITION).to_dot();
    assert!(dot.contains(r#"t1 -> t2 [label="result() > 1 and \"<b>\" in \"a\""];"#), "{dot}");
    assert!(dot.contains(r#"t4 [label="lost", style=dashed, color=red];"#), "{dot}");
    assert!(dot.starts_with("digraph workflow {\n") && dot.ends_with("}\n"), "{dot}");
}

#[test]
fn a_picture_shows_every_task_once_and_every_way() {
    let drawing = drawing(DEFINITION);
    let svg = drawing.to_svg();
    assert_eq!(svg.matches("<rect class=").count(), drawing.nodes.len());
    assert_eq!(svg.matches("class=\"arrow\"").count(), drawing.arrows.len());
    assert!(svg.contains("&lt;b&gt;") && !svg.contains("<b>"), "{svg}");
    assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
}

#[test]
fn a_thousand_tasks_in_a_row_can_be_drawn() {
    let tasks: Vec<String> = (0..1_000).map(|task| format!("  t{task}: {{next: [{{do: t{}}}]}}", task + 1)).collect();
    let svg = drawing(&format!("tasks:\n{}\n  t1000: {{}}\n", tasks.join("\n"))).to_svg();
    assert_eq!(svg.matches("<rect class=").count(), 1_001);
}
