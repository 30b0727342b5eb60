//! The layout of the rooms: one layer each, above all rooms that it may import, and lines that do not cross boxes.
//!
//! An import that skips layers passes them at a bend. All imports of one room share one bend per layer, so that they
//! join into one line that ends in that room.

use std::collections::{BTreeMap, BTreeSet};

use super::imports::Rooms;

/// Width of a room's box, in pixels.
pub const BOX_WIDTH: f64 = 112.0;
/// Width that a line needs where it passes a layer.
const BEND_WIDTH: f64 = 8.0;
/// Minimum distance between the nodes of a layer.
const GAP: f64 = 20.0;
/// More sweeps do not change a picture of this size.
const SWEEPS: usize = 24;

/// A box, or a bend of the line to a room.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Node {
    /// The box of a room.
    Room(usize),
    /// The point where the line to a room passes a layer.
    Bend {
        /// The room where the line ends.
        to: usize,
        /// The layer.
        layer: usize,
    },
}

/// The positions of all nodes and lines.
#[derive(Debug)]
pub struct Layout {
    /// The layer of each room; 0 is the lowest.
    pub layers: Vec<usize>,
    /// The middle of each node, in pixels from the left.
    pub middles: BTreeMap<Node, f64>,
    /// Pieces of lines, each from one layer to the next below, with the room where the line ends.
    pub pieces: BTreeSet<(Node, Node, usize)>,
    /// Imports that do not lead downwards: the table allows rooms to import each other.
    pub upward: Vec<(usize, usize)>,
}

impl Layout {
    /// Lays the rooms out.
    pub fn of(rooms: &Rooms) -> Self {
        let layers = layers(rooms);
        let (down, upward): (Vec<_>, Vec<_>) =
            rooms.imports.iter().copied().partition(|(from, to)| layers[*from] > layers[*to]);
        let pieces: BTreeSet<_> = down.into_iter().flat_map(|(from, to)| pieces_of(&layers, from, to)).collect();
        let mut rows: Vec<Vec<Node>> = vec![Vec::new(); layers.iter().max().map_or(0, |top| top + 1)];
        let bends = pieces.iter().map(|(_, below, _)| *below).filter(|node| matches!(node, Node::Bend { .. }));
        let nodes: BTreeSet<Node> = (0..rooms.names.len()).map(Node::Room).chain(bends).collect();
        for node in nodes {
            rows[layer_of(&layers, node)].push(node);
        }
        let neighbours = Neighbours::of(&pieces);
        let rows = in_good_order(rows, &neighbours);
        Self { middles: middles(&rows, &neighbours), layers, pieces, upward }
    }

    /// The width of the picture.
    pub fn width(&self) -> f64 {
        self.middles.iter().map(|(node, middle)| middle + width(*node) / 2.0).fold(0.0, f64::max)
    }

    /// The layer of a node.
    pub fn layer(&self, node: Node) -> usize {
        layer_of(&self.layers, node)
    }
}

fn layer_of(layers: &[usize], node: Node) -> usize {
    match node {
        Node::Room(room) => layers[room],
        Node::Bend { layer, .. } => layer,
    }
}

/// One layer above the highest room that may be imported. Of two rooms that may import each other, the actual importer
/// is above; if both import, the first by name.
fn layers(rooms: &Rooms) -> Vec<usize> {
    fn layer(room: usize, rooms: &Rooms, under_way: &mut Vec<usize>, known: &mut [Option<usize>]) -> usize {
        if let Some(layer) = known[room] {
            return layer;
        }
        under_way.push(room);
        let mut own = 0;
        for &(_, to) in rooms.allowed.range((room, 0)..(room + 1, 0)) {
            let is_only_imported_back = rooms.allowed.contains(&(to, room))
                && rooms.imports.contains(&(to, room))
                && !rooms.imports.contains(&(room, to));
            if !is_only_imported_back && !under_way.contains(&to) {
                own = own.max(layer(to, rooms, under_way, known) + 1);
            }
        }
        under_way.pop();
        known[room] = Some(own);
        own
    }
    let mut known = vec![None; rooms.names.len()];
    (0..rooms.names.len()).map(|room| layer(room, rooms, &mut Vec::new(), &mut known)).collect()
}

fn pieces_of(layers: &[usize], from: usize, to: usize) -> Vec<(Node, Node, usize)> {
    let bends = (layers[to] + 1..layers[from]).rev().map(|layer| Node::Bend { to, layer });
    let nodes: Vec<Node> = [Node::Room(from)].into_iter().chain(bends).chain([Node::Room(to)]).collect();
    nodes.windows(2).map(|pair| (pair[0], pair[1], to)).collect()
}

/// The connections of each node.
struct Neighbours {
    above: BTreeMap<Node, Vec<Node>>,
    below: BTreeMap<Node, Vec<Node>>,
}

impl Neighbours {
    fn of(pieces: &BTreeSet<(Node, Node, usize)>) -> Self {
        let (mut above, mut below) = (BTreeMap::<_, Vec<_>>::new(), BTreeMap::<_, Vec<_>>::new());
        for (upper, lower, _) in pieces {
            above.entry(*lower).or_default().push(*upper);
            below.entry(*upper).or_default().push(*lower);
        }
        Self { above, below }
    }

    fn of_node(map: &BTreeMap<Node, Vec<Node>>, node: Node) -> &[Node] {
        map.get(&node).map_or(&[], Vec::as_slice)
    }
}

/// Sorts each layer by the mean position of its nodes' neighbours, downwards and upwards in turn; keeps the order with
/// the fewest crossings.
fn in_good_order(mut rows: Vec<Vec<Node>>, neighbours: &Neighbours) -> Vec<Vec<Node>> {
    let mut best = rows.clone();
    let mut fewest = crossings(&rows, neighbours);
    for sweep in 0..SWEEPS {
        let down = sweep % 2 == 0;
        let side = if down { &neighbours.above } else { &neighbours.below };
        let order: Vec<usize> = if down { (0..rows.len()).rev().collect() } else { (0..rows.len()).collect() };
        for layer in order {
            let places = places(&rows);
            let mean = |node: Node| mean(Neighbours::of_node(side, node).iter().map(|other| places[other]));
            let key = |node: &Node| mean(*node).unwrap_or(places[node]);
            rows[layer].sort_by(|a, b| key(a).total_cmp(&key(b)).then(a.cmp(b)));
        }
        let now = crossings(&rows, neighbours);
        if now < fewest {
            (fewest, best) = (now, rows.clone());
        }
    }
    best
}

/// Positions in a layer, counted from its middle.
fn places(rows: &[Vec<Node>]) -> BTreeMap<Node, f64> {
    let row_places = |row: &Vec<Node>| {
        let half = row.len() as f64 / 2.0;
        row.iter().enumerate().map(move |(at, node)| (*node, at as f64 - half)).collect::<Vec<_>>()
    };
    rows.iter().flat_map(row_places).collect()
}

fn crossings(rows: &[Vec<Node>], neighbours: &Neighbours) -> usize {
    let places = places(rows);
    let mut count = 0;
    for row in rows {
        let lower = |node: &Node| Neighbours::of_node(&neighbours.below, *node).iter().map(|other| places[other]);
        let ends: Vec<(f64, f64)> = row.iter().flat_map(|node| lower(node).map(|end| (places[node], end))).collect();
        for (at, one) in ends.iter().enumerate() {
            count += ends[at + 1..].iter().filter(|other| (one.0 - other.0) * (one.1 - other.1) < 0.0).count();
        }
    }
    count
}

/// Moves each node towards the mean of its connected nodes, as far as its neighbours in the layer allow.
fn middles(rows: &[Vec<Node>], neighbours: &Neighbours) -> BTreeMap<Node, f64> {
    let mut middles: BTreeMap<Node, f64> = places(rows).into_iter().map(|(node, at)| (node, at * BOX_WIDTH)).collect();
    for sweep in 0..SWEEPS {
        let order: Vec<usize> =
            if sweep % 2 == 0 { (0..rows.len()).rev().collect() } else { (0..rows.len()).collect() };
        for layer in order {
            let row = &rows[layer];
            let wished: Vec<f64> = row.iter().map(|node| wish(*node, neighbours, &middles)).collect();
            middles.extend(row.iter().copied().zip(apart(row, &wished)));
        }
    }
    let left = rows.iter().flatten().map(|node| middles[node] - width(*node) / 2.0).fold(f64::INFINITY, f64::min);
    for middle in middles.values_mut() {
        *middle -= left;
    }
    middles
}

fn wish(node: Node, neighbours: &Neighbours, middles: &BTreeMap<Node, f64>) -> f64 {
    let above = Neighbours::of_node(&neighbours.above, node);
    let below = Neighbours::of_node(&neighbours.below, node);
    mean(above.iter().chain(below).map(|other| middles[other])).unwrap_or(middles[&node])
}

/// The positions nearest to the wished ones with enough room between them: the mean of pushing to the right and pushing
/// to the left, which both have enough room.
fn apart(row: &[Node], wished: &[f64]) -> Vec<f64> {
    let distance = |at: usize| f64::midpoint(width(row[at]), width(row[at + 1])) + GAP;
    let (mut right, mut left) = (wished.to_vec(), wished.to_vec());
    for at in 1..row.len() {
        right[at] = right[at].max(right[at - 1] + distance(at - 1));
    }
    for at in (1..row.len()).rev() {
        left[at - 1] = left[at - 1].min(left[at] - distance(at - 1));
    }
    right.iter().zip(&left).map(|(right, left)| f64::midpoint(*right, *left)).collect()
}

fn width(node: Node) -> f64 {
    match node {
        Node::Room(_) => BOX_WIDTH,
        Node::Bend { .. } => BEND_WIDTH,
    }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (count, sum) = values.fold((0.0, 0.0), |(count, sum), value| (count + 1.0, sum + value));
    (count > 0.0).then(|| sum / count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rooms(count: usize, allowed: &[(usize, usize)]) -> Rooms {
        let allowed: BTreeSet<_> = allowed.iter().copied().collect();
        Rooms { names: (0..count).map(|room| format!("r{room}")).collect(), imports: allowed.clone(), allowed }
    }

    #[test]
    fn a_room_is_above_all_that_it_may_import() {
        assert_eq!(layers(&rooms(4, &[(0, 1), (0, 2), (1, 2), (2, 3)])), [3, 2, 1, 0]);
    }

    #[test]
    fn rooms_that_may_import_each_other_have_layers_and_an_upward_import() {
        let layout = Layout::of(&rooms(3, &[(0, 1), (1, 0), (1, 2)]));
        assert_eq!(layout.layers, [2, 1, 0]);
        assert_eq!(layout.upward, [(1, 0)]);
    }

    #[test]
    fn of_two_rooms_that_may_import_each_other_the_importing_one_is_above() {
        let mut rooms = rooms(2, &[(0, 1), (1, 0)]);
        rooms.imports.remove(&(0, 1));
        assert_eq!(Layout::of(&rooms).layers, [0, 1]);
    }

    #[test]
    fn imports_of_one_room_share_their_bends() {
        let layout = Layout::of(&rooms(4, &[(0, 1), (1, 2), (2, 3), (0, 3), (1, 3)]));
        let bends: Vec<_> = layout.middles.keys().filter(|node| matches!(node, Node::Bend { .. })).collect();
        assert_eq!(bends, [&Node::Bend { to: 3, layer: 1 }, &Node::Bend { to: 3, layer: 2 }]);
    }

    #[test]
    fn nothing_of_a_layer_lies_over_another_thing() {
        let row = [Node::Room(0), Node::Bend { to: 7, layer: 1 }, Node::Room(1), Node::Room(2)];
        let places = apart(&row, &[0.0, -50.0, 10.0, 1_000.0]);
        for (at, pair) in places.windows(2).enumerate() {
            let least = f64::midpoint(width(row[at]), width(row[at + 1])) + GAP;
            assert!(pair[1] - pair[0] >= least - 1e-6, "{places:?}");
        }
    }
}
