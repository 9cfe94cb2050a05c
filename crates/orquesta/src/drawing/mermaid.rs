//! Mermaid, as wikis and code hosts draw it.

use std::fmt::Write;

use super::{Drawing, Kind, Node};

pub(super) fn write(drawing: &Drawing) -> String {
    let mut out = "flowchart TD\n".to_owned();
    for (number, node) in drawing.nodes.iter().enumerate() {
        let (open, close) = match node.kind {
            Kind::Start => ("([", "])"),
            Kind::Task => ("[", "]"),
            Kind::Command => ("{{", "}}"),
            Kind::Undefined => (">", "]"),
        };
        // Names of ours: `end` and `graph` are words of the language.
        let _ = writeln!(out, "    t{number}{open}\"{}\"{close}", text(node));
    }
    for arrow in &drawing.arrows {
        let label = if arrow.label.is_empty() { String::new() } else { format!("|\"{}\"|", escaped(&arrow.label)) };
        let _ = writeln!(out, "    t{} -->{label} t{}", arrow.from, arrow.to);
    }
    for (number, node) in drawing.nodes.iter().enumerate() {
        if node.kind == Kind::Undefined {
            let _ = writeln!(out, "    style t{number} stroke:#c00,stroke-dasharray:4");
        }
    }
    out
}

fn text(node: &Node) -> String {
    let name = format!("<b>{}</b>", escaped(&node.name));
    let notes = node.notes.iter().map(|note| escaped(note));
    std::iter::once(name).chain(notes).collect::<Vec<_>>().join("<br/>")
}

/// What Mermaid would take for its own is written as the number of the character.
fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, character| {
        match character {
            '"' | '<' | '>' | '&' | '#' | '`' | '\\' | '|' => {
                let _ = write!(out, "#{};", u32::from(character));
            }
            other => out.push(other),
        }
        out
    })
}
