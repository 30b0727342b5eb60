//! Texts in a part of Markdown as elements: the consent, the help, announcements.

use leptos::prelude::*;

use crate::components::{Notice, NoticeKind};
use crate::domain::markdown::{Block, Inline};

/// A block of a text.
pub fn block(block: &Block) -> AnyView {
    match block {
        Block::Heading(text) => view! { <h2>{text.clone()}</h2> }.into_any(),
        Block::Paragraph(pieces) => {
            let has_link = pieces.iter().any(|piece| matches!(piece, Inline::Link { .. }));
            view! { <p class=has_link.then_some("long-text")>{line(pieces)}</p> }.into_any()
        }
        Block::List { numbered, items } => {
            let items = items.iter().map(|item| view! { <li>{line(item)}</li> }).collect_view();
            if *numbered { view! { <ol>{items}</ol> }.into_any() } else { view! { <ul>{items}</ul> }.into_any() }
        }
        Block::Notice { title, text } => {
            let text = line(text);
            view! { <Notice kind=NoticeKind::Warning title=title.clone()><p>{text}</p></Notice> }.into_any()
        }
    }
}

/// The inline parts of a line of a text.
pub fn line(pieces: &[Inline]) -> Vec<AnyView> {
    let piece = |piece: &Inline| match piece {
        Inline::Text(text) => text.clone().into_any(),
        Inline::Strong(text) => view! { <strong>{text.clone()}</strong> }.into_any(),
        Inline::Link { text, address } => view! { <a href=address.clone()>{text.clone()}</a> }.into_any(),
    };
    pieces.iter().map(piece).collect()
}
