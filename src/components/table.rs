//! Tables of data, which become cards on a phone.
//!
//! The convention: `<table class="data">`, a `<thead>` with `<th scope="col">`, and in every `<td>` a `data-label`
//! with the words of its column, shown on a phone where there is no head. Sums and volumes carry
//! `class="number"`. The first cell of a row is a `<th scope="row">`.

use leptos::prelude::*;

/// A table with its caption and head; the rows are the children. Wide ones scroll inside their own frame.
///
/// ```ignore
/// <DataTable caption="Платежи" head=vec!["Дата", "Сумма"]>
///     <tr><th scope="row">"05.11.2026"</th><td class="number" data-label="Сумма"><MoneyText sum/></td></tr>
/// </DataTable>
/// ```
#[component]
pub fn DataTable(
    /// What the table shows, for a screen reader and above the table.
    #[prop(into)]
    caption: String,
    /// Words of the columns.
    head: Vec<&'static str>,
    /// The rows.
    children: Children,
) -> impl IntoView {
    view! {
        <table class="data">
            <caption>{caption}</caption>
            <thead>
                <tr>{head.into_iter().map(|words| view! { <th scope="col">{words}</th> }).collect_view()}</tr>
            </thead>
            <tbody>{children()}</tbody>
        </table>
    }
}
