//! Which nodes of a graph lie on a cycle: Tarjan's strongly connected components, without recursion.

/// For every node, whether some path leads from it back to itself.
pub(crate) fn cyclic_nodes(edges: &[Vec<usize>]) -> Vec<bool> {
    let mut search = Search {
        edges,
        order: vec![None; edges.len()],
        low: vec![0; edges.len()],
        stacked: vec![false; edges.len()],
        stack: Vec::new(),
        cyclic: vec![false; edges.len()],
        visited: 0,
    };
    for root in 0..edges.len() {
        if search.order[root].is_none() {
            search.from(root);
        }
    }
    search.cyclic
}

struct Search<'a> {
    edges: &'a [Vec<usize>],
    order: Vec<Option<usize>>,
    low: Vec<usize>,
    stacked: Vec<bool>,
    stack: Vec<usize>,
    cyclic: Vec<bool>,
    visited: usize,
}

impl Search<'_> {
    fn from(&mut self, root: usize) {
        let mut path = vec![(root, 0)];
        self.enter(root);
        while let Some((node, position)) = path.last_mut() {
            let node = *node;
            if let Some(target) = self.edges[node].get(*position).copied() {
                *position += 1;
                match self.order[target] {
                    None => {
                        self.enter(target);
                        path.push((target, 0));
                    }
                    Some(order) if self.stacked[target] => self.low[node] = self.low[node].min(order),
                    Some(_) => {}
                }
                continue;
            }
            path.pop();
            if let Some((parent, _)) = path.last() {
                self.low[*parent] = self.low[*parent].min(self.low[node]);
            }
            if self.order[node] == Some(self.low[node]) {
                self.close_component(node);
            }
        }
    }

    fn enter(&mut self, node: usize) {
        self.order[node] = Some(self.visited);
        self.low[node] = self.visited;
        self.visited += 1;
        self.stacked[node] = true;
        self.stack.push(node);
    }

    fn close_component(&mut self, root: usize) {
        let start = self.stack.iter().rposition(|node| *node == root).unwrap_or(0);
        let component = self.stack.split_off(start);
        let is_cycle = component.len() > 1 || self.edges[root].contains(&root);
        for node in component {
            self.stacked[node] = false;
            self.cyclic[node] = is_cycle;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::cyclic_nodes;

    #[test]
    fn finds_self_loops_and_longer_cycles_and_nothing_else() {
        // 0 -> 1 -> 2 -> 1, 2 -> 3, 3 -> 3, 4 -> 0
        let edges = vec![vec![1], vec![2], vec![1, 3], vec![3], vec![0]];
        assert_eq!(cyclic_nodes(&edges), [false, true, true, true, false]);
    }

    #[test]
    fn survives_a_chain_of_a_hundred_thousand() {
        let length = 100_000;
        let edges: Vec<Vec<usize>> = (0..length).map(|node| vec![(node + 1) % length]).collect();
        assert!(cyclic_nodes(&edges).into_iter().all(|cyclic| cyclic));
    }
}
