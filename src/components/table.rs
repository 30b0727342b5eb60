//! Tables of data, which become cards on a phone.
//!
//! The convention: `<table class="data">`, a `<thead>` with `<th scope="col">`, and in every `<td>` a `data-label`
//! with the words of its column, shown on a phone where there is no head. Sums and volumes carry
//! `class="number"`. The first cell of a row is a `<th scope="row">`.

use leptos::prelude::*;

/// A column: its heading and the kind of its cells.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Column {
    /// Words, dates, badges.
    Text(&'static str),
    /// Sums and volumes: aligned right, the heading too.
    Number(&'static str),
}

/// A table with its caption and head; the rows are the children. Wide ones scroll inside their own frame.
///
/// ```
/// # use kabinet::{components::*, domain::money::Money};
/// # use leptos::prelude::*;
/// # let _ = |sum: Money| view! {
/// <DataTable caption="Платежи" head=vec![Column::Text("Дата"), Column::Number("Сумма")]>
///     <tr><th scope="row">"05.11.2026"</th><td class="number" data-label="Сумма"><MoneyText sum/></td></tr>
/// </DataTable>
/// # };
/// ```
#[component]
pub fn DataTable(
    /// What the table shows, for a screen reader and above the table.
    #[prop(into)]
    caption: String,
    /// Whether the heading above says the same: then the caption is for a screen reader only.
    #[prop(optional)]
    told_above: bool,
    /// The columns.
    head: Vec<Column>,
    /// The rows.
    children: Children,
) -> impl IntoView {
    view! {
        <table class="data">
            <caption class=told_above.then_some("visually-hidden")>{caption}</caption>
            <thead>
                <tr>{head.into_iter().map(head_cell).collect_view()}</tr>
            </thead>
            <tbody>{children()}</tbody>
        </table>
    }
}

fn head_cell(column: Column) -> impl IntoView {
    let (words, class) = match column {
        Column::Text(words) => (words, None),
        Column::Number(words) => (words, Some("number")),
    };
    view! { <th scope="col" class=class>{words}</th> }
}
