//! The picture as SVG, written by hand: boxes, and lines in the colour of the room where they end.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::imports::Rooms;
use super::layout::{BOX_WIDTH, Layout, Node};

/// Distance between layers.
const LAYER_HEIGHT: f64 = 84.0;
const BOX_HEIGHT: f64 = 32.0;
const MARGIN: f64 = 24.0;
/// The height of an arrowhead.
const HEAD: f64 = 7.0;
/// Distance from the side of a box to its first line.
const INSET: f64 = 14.0;
/// Readable on white; as many as there are rooms, so that all lines differ.
const COLOURS: [&str; 18] = [
    "#1f5fa8", "#b3421d", "#2b7a3d", "#7a3d9a", "#8a6d00", "#00727a", "#a32a5f", "#4b5563", "#5b4bc4", "#6b4226",
    "#0d8a6a", "#c2570c", "#0b4a6f", "#111827", "#4d6b12", "#9333b8", "#8f2d2d", "#3b3f8f",
];

/// The picture.
pub fn render(rooms: &Rooms, layout: &Layout) -> String {
    let picture = Picture { rooms, layout, ends: ends(layout) };
    let top = layout.layers.iter().max().copied().unwrap_or_default();
    let (width, height) = (layout.width() + 2.0 * MARGIN, top as f64 * LAYER_HEIGHT + BOX_HEIGHT + 2.0 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\" \
         font-family=\"sans-serif\" font-size=\"14\">\n<title>Which room imports which</title>\n"
    );
    // `write!` into a string cannot fail.
    let _ = writeln!(svg, "<desc>{}</desc>", picture.in_words());
    let _ = writeln!(svg, "<rect width=\"{width:.0}\" height=\"{height:.0}\" fill=\"#fff\"/>");
    layout.pieces.iter().for_each(|piece| picture.draw_piece(&mut svg, *piece));
    layout.upward.iter().for_each(|import| picture.draw_upward(&mut svg, *import));
    (0..rooms.names.len()).for_each(|room| picture.draw_room(&mut svg, room));
    svg.push_str("</svg>\n");
    svg
}

/// The ends of lines on the sides of boxes: by piece, the upper and the lower end.
type Ends = BTreeMap<(Node, Node, usize), (f64, f64)>;

/// Lines start and end side by side at a box, in the order of their other ends, so that they do not cross there.
fn ends(layout: &Layout) -> Ends {
    let mut ends: Ends =
        layout.pieces.iter().map(|piece| (*piece, (layout.middles[&piece.0], layout.middles[&piece.1]))).collect();
    let rooms = (0..layout.layers.len()).map(Node::Room);
    for room in rooms {
        let mut below: Vec<_> = layout.pieces.iter().copied().filter(|piece| piece.0 == room).collect();
        below.sort_by(|a, b| layout.middles[&a.1].total_cmp(&layout.middles[&b.1]));
        let mut above: Vec<_> = layout.pieces.iter().copied().filter(|piece| piece.1 == room).collect();
        above.sort_by(|a, b| layout.middles[&a.0].total_cmp(&layout.middles[&b.0]));
        for (at, piece) in below.iter().enumerate() {
            ends.entry(*piece).and_modify(|end| end.0 = port(layout.middles[&room], at, below.len()));
        }
        for (at, piece) in above.iter().enumerate() {
            ends.entry(*piece).and_modify(|end| end.1 = port(layout.middles[&room], at, above.len()));
        }
    }
    ends
}

fn port(middle: f64, at: usize, count: usize) -> f64 {
    let room = BOX_WIDTH - 2.0 * INSET;
    let step = if count > 1 { (room / (count - 1) as f64).min(INSET) } else { 0.0 };
    middle + (at as f64 - (count - 1) as f64 / 2.0) * step
}

struct Picture<'a> {
    rooms: &'a Rooms,
    layout: &'a Layout,
    ends: Ends,
}

impl Picture<'_> {
    /// The text alternative of the picture.
    fn in_words(&self) -> String {
        let of_room = |room: usize| {
            let imported =
                self.rooms.imports.range((room, 0)..(room + 1, 0)).map(|(_, to)| self.rooms.names[*to].as_str());
            let imported: Vec<&str> = imported.collect();
            let imported = if imported.is_empty() { "nothing".to_owned() } else { imported.join(", ") };
            format!("{} imports {imported}.", self.rooms.names[room])
        };
        (0..self.rooms.names.len()).map(of_room).collect::<Vec<_>>().join("\n")
    }

    /// The upper edge of the layer of a node.
    fn top(&self, node: Node) -> f64 {
        let highest = self.layout.layers.iter().max().copied().unwrap_or_default();
        MARGIN + (highest - self.layout.layer(node)) as f64 * LAYER_HEIGHT
    }

    fn draw_piece(&self, svg: &mut String, piece: (Node, Node, usize)) {
        let (upper, lower, to) = piece;
        let (begins, ends) = self.ends[&piece];
        let (x1, x2) = (begins + MARGIN, ends + MARGIN);
        let y1 = self.top(upper) + BOX_HEIGHT;
        let reaches_room = matches!(lower, Node::Room(_));
        let y2 = self.top(lower) - if reaches_room { HEAD } else { 0.0 };
        let middle = f64::midpoint(y1, y2);
        // A bend goes straight through its layer.
        let through = if reaches_room { String::new() } else { format!(" V{:.0}", y2 + BOX_HEIGHT) };
        let colour = colour(to);
        let _ = writeln!(
            svg,
            "<path d=\"M{x1:.0} {y1:.0} C{x1:.0} {middle:.0} {x2:.0} {middle:.0} {x2:.0} {y2:.0}{through}\" \
             fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\"/>"
        );
        if reaches_room {
            let (left, right, tip) = (x2 - HEAD / 2.0, x2 + HEAD / 2.0, y2 + HEAD);
            let _ = writeln!(
                svg,
                "<path d=\"M{left:.1} {y2:.0} L{right:.1} {y2:.0} L{x2:.0} {tip:.0} Z\" fill=\"{colour}\"/>"
            );
        }
    }

    /// A dashed line, from side to side.
    fn draw_upward(&self, svg: &mut String, (from, to): (usize, usize)) {
        let side = |room: usize| {
            let node = Node::Room(room);
            (self.layout.middles[&node] + BOX_WIDTH / 2.0 + MARGIN, self.top(node) + BOX_HEIGHT / 2.0)
        };
        let ((x1, y1), (x2, y2)) = (side(from), side(to));
        let far = x1.max(x2) + 2.0 * INSET;
        let colour = colour(to);
        let _ = writeln!(
            svg,
            "<path d=\"M{x1:.0} {y1:.0} C{far:.0} {y1:.0} {far:.0} {y2:.0} {x2:.0} {y2:.0}\" fill=\"none\" \
             stroke=\"{colour}\" stroke-width=\"1.5\" stroke-dasharray=\"5 4\"/>"
        );
    }

    fn draw_room(&self, svg: &mut String, room: usize) {
        let (name, colour, node) = (&self.rooms.names[room], colour(room), Node::Room(room));
        let (middle, top) = (self.layout.middles[&node] + MARGIN, self.top(node));
        let (left, baseline) = (middle - BOX_WIDTH / 2.0, top + BOX_HEIGHT / 2.0 + 5.0);
        let _ = writeln!(
            svg,
            "<rect x=\"{left:.0}\" y=\"{top:.0}\" width=\"{BOX_WIDTH:.0}\" height=\"{BOX_HEIGHT:.0}\" rx=\"6\" \
             fill=\"#f7f8fa\" stroke=\"{colour}\" stroke-width=\"2\"/>\n\
             <text x=\"{middle:.0}\" y=\"{baseline:.0}\" text-anchor=\"middle\" fill=\"#1a1d21\">{name}</text>"
        );
    }
}

fn colour(room: usize) -> &'static str {
    COLOURS[room % COLOURS.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_room_has_a_box_and_each_import_a_head() {
        let imports = [(0, 1), (0, 2), (1, 2)];
        let names = ["cli", "service", "domain"].map(str::to_owned).to_vec();
        let rooms = Rooms { names, allowed: imports.into(), imports: imports.into() };
        let svg = render(&rooms, &Layout::of(&rooms));
        assert_eq!(svg.matches("<text").count(), 3);
        assert_eq!(svg.matches(" Z\"").count(), 3);
        assert!(svg.contains("cli imports service, domain.") && svg.contains("domain imports nothing."));
    }

    #[test]
    fn the_ends_of_lines_stay_on_their_box() {
        for count in 1..20 {
            let half = BOX_WIDTH / 2.0;
            assert!(port(0.0, 0, count) >= -half && port(0.0, count - 1, count) <= half);
        }
    }
}
