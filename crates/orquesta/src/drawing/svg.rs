//! SVG, for a page without a drawing program behind it.

use std::collections::HashMap;
use std::fmt::Write;

use super::layout::{self, Place};
use super::{Arrow, Drawing, Kind, Node};

/// Pixels of a character, a line, the room inside boxes, between boxes and between layers.
const CHARACTER: f64 = 7.5;
const LINE: f64 = 17.0;
const PADDING: f64 = 12.0;
const GAP: f64 = 36.0;
const LAYER_GAP: f64 = 64.0;
const MARGIN: f64 = 24.0;
/// The room that an arrow takes that only passes.
const PASSAGE: f64 = 16.0;

const HEAD: &str = r##"<style>
text { font: 13px sans-serif; fill: #222; text-anchor: middle }
.name { font-weight: bold }
.label { font-size: 11px; fill: #555; paint-order: stroke; stroke: #fff; stroke-width: 4px }
.box { fill: #f5f7fa; stroke: #456; stroke-width: 1.2 }
.start { fill: #e3f1e3 }
.command { fill: #fbeedd }
.undefined { fill: #fff; stroke: #c00; stroke-dasharray: 4 }
.arrow { fill: none; stroke: #456; stroke-width: 1.2; marker-end: url(#head) }
</style>
<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8z" fill="#456"/></marker></defs>
"##;

#[derive(Clone, Copy)]
struct Frame {
    /// The middle.
    x: f64,
    top: f64,
    width: f64,
    height: f64,
}

pub(super) fn write(drawing: &Drawing) -> String {
    let placed = Placed::of(drawing);
    let (width, height) = (placed.width, placed.height);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\">\n{HEAD}<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    let mut labels = String::new();
    for (number, arrow) in drawing.arrows.iter().enumerate() {
        placed.draw_arrow(number, arrow, &mut out, &mut labels);
    }
    for (node, frame) in drawing.nodes.iter().zip(&placed.frames) {
        draw_box(node, *frame, &mut out);
    }
    out.push_str(&labels);
    out.push_str("</svg>\n");
    out
}

/// A drawing with its measures.
struct Placed {
    frames: Vec<Frame>,
    /// Where arrows pass through a layer, from top to bottom: the middle, the layer's top and its bottom.
    passages: HashMap<usize, Vec<(f64, f64, f64)>>,
    points_up: Vec<bool>,
    width: f64,
    height: f64,
    /// Right of every box.
    right: f64,
}

impl Placed {
    fn of(drawing: &Drawing) -> Self {
        let layout = layout::of(drawing);
        let sizes: Vec<(f64, f64)> = drawing.nodes.iter().map(size).collect();
        let width_of = |place: &Place| match place {
            Place::Node(node) => sizes[*node].0,
            Place::Arrow(_) => PASSAGE,
        };
        let widths: Vec<f64> = layout
            .layers
            .iter()
            .map(|layer| layer.iter().map(|place| width_of(place) + GAP).sum::<f64>() - GAP)
            .collect();
        let widest = widths.iter().copied().fold(0.0, f64::max);
        let mut frames = vec![Frame { x: 0.0, top: 0.0, width: 0.0, height: 0.0 }; drawing.nodes.len()];
        let mut passages: HashMap<usize, Vec<(f64, f64, f64)>> = HashMap::new();
        let mut top = MARGIN;
        for (layer, width) in layout.layers.iter().zip(&widths) {
            let tallest = layer.iter().map(|place| match place {
                Place::Node(node) => sizes[*node].1,
                Place::Arrow(_) => 0.0,
            });
            let height = tallest.fold(0.0, f64::max);
            let mut left = MARGIN + (widest - width) / 2.0;
            for place in layer {
                let x = left + width_of(place) / 2.0;
                match place {
                    Place::Node(node) => {
                        let (width, own) = sizes[*node];
                        frames[*node] = Frame { x, top: top + (height - own) / 2.0, width, height: own };
                    }
                    Place::Arrow(number) => passages.entry(*number).or_default().push((x, top, top + height)),
                }
                left += width_of(place) + GAP;
            }
            top += height + LAYER_GAP;
        }
        let right = MARGIN + widest;
        let loops = layout.points_up.iter().filter(|points_up| **points_up).count();
        let longest = drawing.arrows.iter().zip(&layout.points_up).filter(|(_, points_up)| **points_up);
        let longest = longest.map(|(arrow, _)| text_width(&arrow.label)).fold(0.0, f64::max);
        let room = if loops == 0 { 0.0 } else { PASSAGE * (loops as f64 + 1.0) + longest };
        let height = top - LAYER_GAP + MARGIN;
        Self { frames, passages, points_up: layout.points_up, width: right + room + MARGIN, height, right }
    }

    fn draw_arrow(&self, number: usize, arrow: &Arrow, out: &mut String, labels: &mut String) {
        let (from, to) = (self.frames[arrow.from], self.frames[arrow.to]);
        let label = if self.points_up[number] {
            // Around the right side, each in a lane of its own; a box to itself stays beside it.
            let lane = self.points_up[..number].iter().filter(|points_up| **points_up).count() as f64;
            let to_itself = arrow.from == arrow.to;
            let x = if to_itself { from.x + from.width / 2.0 } else { self.right + PASSAGE * lane } + PASSAGE;
            let (start, end) = (from.top + from.height * 0.7, to.top + to.height * 0.3);
            let (left, target) = (from.x + from.width / 2.0, to.x + to.width / 2.0);
            let _ = writeln!(
                out,
                "<path class=\"arrow\" d=\"M{left:.1} {start:.1} C{x:.1} {start:.1} {x:.1} {start:.1} {x:.1} {:.1} \
                 C{x:.1} {end:.1} {x:.1} {end:.1} {target:.1} {end:.1}\"/>",
                f64::midpoint(start, end),
            );
            (x + text_width(&arrow.label) / 2.0, f64::midpoint(start, end))
        } else {
            let mut path = format!("M{:.1} {:.1}", from.x, from.top + from.height);
            let mut at = (from.x, from.top + from.height);
            let mut label = None;
            let last = (to.x, to.top, to.top);
            for (x, top, bottom) in self.passages.get(&number).into_iter().flatten().copied().chain([last]) {
                let middle = f64::midpoint(at.1, top);
                let _ = write!(path, " C{:.1} {middle:.1} {x:.1} {middle:.1} {x:.1} {top:.1}", at.0);
                if bottom > top {
                    let _ = write!(path, " L{x:.1} {bottom:.1}");
                }
                // Near the target, where arrows from one box have come apart.
                label.get_or_insert((at.0 * 0.35 + x * 0.65, at.1 * 0.35 + top * 0.65));
                at = (x, bottom);
            }
            let _ = writeln!(out, "<path class=\"arrow\" d=\"{path}\"/>");
            label.unwrap_or(at)
        };
        if !arrow.label.is_empty() {
            let (x, y) = label;
            let _ =
                writeln!(labels, "<text class=\"label\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>", escaped(&arrow.label));
        }
    }
}

fn text_width(text: &str) -> f64 {
    text.chars().count() as f64 * CHARACTER
}

fn size(node: &Node) -> (f64, f64) {
    let lines = std::iter::once(&node.name).chain(&node.notes);
    let widest = lines.map(|line| text_width(line)).fold(0.0, f64::max);
    ((widest + PADDING * 2.0).max(60.0), LINE * (node.notes.len() + 1) as f64 + PADDING * 1.4)
}

fn draw_box(node: &Node, frame: Frame, out: &mut String) {
    let Frame { x, top, width, height } = frame;
    let (class, corner) = match node.kind {
        Kind::Start => ("box start", height / 2.0),
        Kind::Task => ("box", 4.0),
        Kind::Command => ("box command", 12.0),
        Kind::Undefined => ("box undefined", 0.0),
    };
    let _ = writeln!(
        out,
        "<rect class=\"{class}\" x=\"{:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"{corner:.1}\"/>",
        x - width / 2.0,
    );
    for (line, text) in std::iter::once(&node.name).chain(&node.notes).enumerate() {
        let y = top + PADDING * 0.7 + LINE * (line as f64 + 0.75);
        let class = if line == 0 { " class=\"name\"" } else { "" };
        let _ = writeln!(out, "<text{class} x=\"{x:.1}\" y=\"{y:.1}\">{}</text>", escaped(text));
    }
}

fn escaped(text: &str) -> String {
    let text: String = text.chars().filter(|character| !character.is_control()).collect();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
