//! DOT, for Graphviz.

use std::fmt::Write;

use super::{Drawing, Kind};

pub(super) fn write(drawing: &Drawing) -> String {
    let mut out =
        "digraph workflow {\n    node [shape=box, fontname=\"sans-serif\"];\n    edge [fontname=\"sans-serif\"];\n"
            .to_owned();
    for (number, node) in drawing.nodes.iter().enumerate() {
        let style = match node.kind {
            Kind::Start => ", style=\"rounded,bold\"",
            Kind::Task => "",
            Kind::Command => ", shape=hexagon",
            Kind::Undefined => ", style=dashed, color=red",
        };
        let lines: Vec<&str> = std::iter::once(&node.name).chain(&node.notes).map(String::as_str).collect();
        let _ = writeln!(out, "    t{number} [label=\"{}\"{style}];", escaped(&lines.join("\n")));
    }
    for arrow in &drawing.arrows {
        let label =
            if arrow.label.is_empty() { String::new() } else { format!(" [label=\"{}\"]", escaped(&arrow.label)) };
        let _ = writeln!(out, "    t{} -> t{}{label};", arrow.from, arrow.to);
    }
    out.push_str("}\n");
    out
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
