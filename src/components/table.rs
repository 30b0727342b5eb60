//! Tables of data, which become cards on a phone.
//!
//! The convention: `<table class="data">`, a `<thead>` with `<th scope="col">`, and in every `<td>` a `data-label`
//! with the words of its column, shown on a phone where there is no head. Sums and volumes carry
//! `class="number"`. The first cell of a row is a `<th scope="row">`.

use leptos::prelude::*;

use crate::domain::calendar::by_year;

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
    frame(caption, told_above, head, view! { <tbody>{children()}</tbody> })
}

/// A table of rows by year. Rows of several years are grouped, and the head of each year stays in sight while its rows
/// pass.
///
/// ```
/// # use kabinet::{components::*, domain::money::Money};
/// # use leptos::prelude::*;
/// # let _ = |sum: Money| {
/// let row = view! { <tr><th scope="row">"05.11.2026"</th><td class="number" data-label="Сумма"><MoneyText sum/></td></tr> };
/// let head = vec![Column::Text("Дата"), Column::Number("Сумма")];
/// view! { <YearTable caption="Платежи" head rows=vec![(2026, row.into_any())]/> }
/// # };
/// ```
#[component]
pub fn YearTable(
    /// What the table shows, for a screen reader and above the table.
    #[prop(into)]
    caption: String,
    /// Whether the heading above says the same: then the caption is for a screen reader only.
    #[prop(optional)]
    told_above: bool,
    /// The columns.
    head: Vec<Column>,
    /// Each row with its year; the years in order.
    rows: Vec<(i16, AnyView)>,
) -> impl IntoView {
    let (columns, years) = (head.len(), by_year(rows));
    let has_heads = years.len() > 1;
    let body = move |(year, rows): (i16, Vec<AnyView>)| {
        let head = has_heads.then(|| year_row(year, columns));
        view! { <tbody>{head} {rows}</tbody> }
    };
    frame(caption, told_above, head, years.into_iter().map(body).collect_view())
}

fn year_row(year: i16, columns: usize) -> impl IntoView {
    view! {
        <tr class="year">
            <th scope="rowgroup" colspan=columns.to_string()>{format!("{year}\u{a0}год")}</th>
        </tr>
    }
}

fn frame(caption: String, told_above: bool, head: Vec<Column>, bodies: impl IntoView) -> impl IntoView {
    view! {
        <table class="data">
            <caption class=told_above.then_some("visually-hidden")>{caption}</caption>
            <thead>
                <tr>{head.into_iter().map(head_cell).collect_view()}</tr>
            </thead>
            {bodies}
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
