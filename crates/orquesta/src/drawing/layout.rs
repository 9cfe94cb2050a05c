//! Where the boxes of a picture stand: in layers, so that arrows point down. Arrows over several layers get a place in
//! each of them, so that they pass between the boxes.

use super::Drawing;

/// Arrows take places of their own up to this many; a picture beyond it is past reading anyway.
const PLACES: usize = 20_000;
/// How often the layers are sorted by where their neighbours stand.
const SWEEPS: usize = 8;

/// One place in a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Node(usize),
    /// An arrow passes here.
    Arrow(usize),
}

pub(super) struct Layout {
    /// From top to bottom, each from left to right.
    pub(super) layers: Vec<Vec<Place>>,
    /// Arrows that point back up: they close a cycle.
    pub(super) points_up: Vec<bool>,
}

pub(super) fn of(drawing: &Drawing) -> Layout {
    let points_up = arrows_that_close_cycles(drawing);
    let depths = depths(drawing, &points_up);
    let mut layers = vec![Vec::new(); depths.iter().max().map_or(0, |deepest| deepest + 1)];
    for (node, depth) in depths.iter().enumerate() {
        layers[*depth].push(Place::Node(node));
    }
    let spans = |number: usize| {
        let arrow = &drawing.arrows[number];
        if points_up[number] { 0..0 } else { depths[arrow.from] + 1..depths[arrow.to] }
    };
    let needed: usize = (0..drawing.arrows.len()).map(|number| spans(number).len()).sum();
    if needed <= PLACES {
        for number in 0..drawing.arrows.len() {
            spans(number).for_each(|depth| layers[depth].push(Place::Arrow(number)));
        }
    }
    sort(drawing, &mut layers, &points_up);
    Layout { layers, points_up }
}

/// Walks depth first, without recursion, from the starts and then from whatever is left.
fn arrows_that_close_cycles(drawing: &Drawing) -> Vec<bool> {
    let mut outgoing: Vec<Vec<usize>> = vec![Vec::new(); drawing.nodes.len()];
    for (number, arrow) in drawing.arrows.iter().enumerate() {
        outgoing[arrow.from].push(number);
    }
    let mut points_up = vec![false; drawing.arrows.len()];
    let mut seen = vec![false; drawing.nodes.len()];
    let mut on_the_way = vec![false; drawing.nodes.len()];
    let mut begins: Vec<usize> = (0..drawing.nodes.len()).collect();
    begins.sort_by_key(|node| drawing.nodes[*node].kind != super::Kind::Start);
    for begin in begins {
        let mut way = if seen[begin] { Vec::new() } else { vec![(begin, 0)] };
        while let Some((node, next)) = way.pop() {
            seen[node] = true;
            on_the_way[node] = true;
            let Some(number) = outgoing[node].get(next).copied() else {
                on_the_way[node] = false;
                continue;
            };
            way.push((node, next + 1));
            let target = drawing.arrows[number].to;
            if on_the_way[target] {
                points_up[number] = true;
            } else if !seen[target] {
                way.push((target, 0));
            }
        }
    }
    points_up
}

/// How far down each box stands: below everything that leads to it.
fn depths(drawing: &Drawing, points_up: &[bool]) -> Vec<usize> {
    let mut waits_for = vec![0_usize; drawing.nodes.len()];
    let mut outgoing: Vec<Vec<usize>> = vec![Vec::new(); drawing.nodes.len()];
    for (arrow, _) in drawing.arrows.iter().zip(points_up).filter(|(_, points_up)| !**points_up) {
        waits_for[arrow.to] += 1;
        outgoing[arrow.from].push(arrow.to);
    }
    let mut depths = vec![0; drawing.nodes.len()];
    let mut ready: Vec<usize> = (0..drawing.nodes.len()).filter(|node| waits_for[*node] == 0).collect();
    while let Some(node) = ready.pop() {
        for target in &outgoing[node] {
            depths[*target] = depths[*target].max(depths[node] + 1);
            waits_for[*target] -= 1;
            if waits_for[*target] == 0 {
                ready.push(*target);
            }
        }
    }
    depths
}

/// Moves every place near to what it is connected with in the layer above, then below, and again.
fn sort(drawing: &Drawing, layers: &mut [Vec<Place>], points_up: &[bool]) {
    for sweep in 0..SWEEPS {
        let downwards = sweep % 2 == 0;
        for step in 1..layers.len() {
            let (fixed, moved) =
                if downwards { (step - 1, step) } else { (layers.len() - step, layers.len() - step - 1) };
            let wishes = wishes(drawing, layers, points_up, (fixed, moved));
            let mut order: Vec<usize> = (0..layers[moved].len()).collect();
            order.sort_by(|left, right| wishes[*left].total_cmp(&wishes[*right]));
            layers[moved] = order.into_iter().map(|index| layers[moved][index]).collect();
        }
    }
}

/// Where in a layer each place would stand by the mean of its neighbours in the other layer; where it is without any.
fn wishes(drawing: &Drawing, layers: &[Vec<Place>], points_up: &[bool], (fixed, moved): (usize, usize)) -> Vec<f64> {
    let mut positions = std::collections::HashMap::new();
    for (index, place) in layers[fixed].iter().enumerate() {
        positions.insert(place_key(*place), relative(index, layers[fixed].len()));
    }
    let mut sums: std::collections::HashMap<(bool, usize), (f64, f64)> = std::collections::HashMap::new();
    let downwards = fixed < moved;
    for (number, arrow) in drawing.arrows.iter().enumerate().filter(|(number, _)| !points_up[*number]) {
        let (near, far) = if downwards { (arrow.from, arrow.to) } else { (arrow.to, arrow.from) };
        let passes = (true, number);
        let at = positions.get(&passes).or_else(|| positions.get(&(false, near)));
        let Some(at) = at else { continue };
        for key in [passes, (false, far)] {
            let sum = sums.entry(key).or_insert((0.0, 0.0));
            *sum = (sum.0 + at, sum.1 + 1.0);
        }
    }
    let mean = |(index, place): (usize, &Place)| {
        sums.get(&place_key(*place)).map_or_else(|| relative(index, layers[moved].len()), |(sum, count)| sum / count)
    };
    layers[moved].iter().enumerate().map(mean).collect()
}

const fn place_key(place: Place) -> (bool, usize) {
    match place {
        Place::Node(node) => (false, node),
        Place::Arrow(number) => (true, number),
    }
}

fn relative(index: usize, count: usize) -> f64 {
    (index as f64 + 0.5) / count as f64
}
