//! Money and balances in a form for people.

use leptos::prelude::*;

use crate::domain::money::Money;
use crate::domain::settlement::Balance;

/// A sum that never breaks across lines: `1 234,56 ₽`.
///
/// ```
/// # use kabinet::{components::*, domain::payment::Payment};
/// # use leptos::prelude::*;
/// # let _ = |payment: Payment| view! {
/// <MoneyText sum=payment.amount/>
/// # };
/// ```
#[component]
pub fn MoneyText(
    /// The sum.
    sum: Money,
) -> impl IntoView {
    view! { <data value=sum.machine()>{sum.to_string()}</data> }
}

/// A balance: the words first, then the sum, so that it reads without its sign and its colour.
///
/// ```
/// # use kabinet::{components::*, domain::{money::Money, settlement::Balance}};
/// # use leptos::prelude::*;
/// # let _ = |closing: Option<Money>, paid_since: Money| view! {
/// <BalanceText balance=Balance::of(closing, paid_since)/>
/// # };
/// ```
#[component]
pub fn BalanceText(
    /// The balance.
    balance: Balance,
) -> impl IntoView {
    let (class, sum) = match balance {
        Balance::Due(sum) => ("balance-line balance-due", Some(sum)),
        Balance::Overpaid(sum) => ("balance-line balance-overpaid", Some(sum)),
        Balance::Settled => ("balance-line balance-settled", None),
        Balance::Unknown => ("balance-line balance-unknown", None),
    };
    view! {
        <p class=class>
            <span class="balance-words">{balance.words()}</span>
            {sum.map(|sum| view! { " " <span class="balance-sum"><MoneyText sum/></span> })}
        </p>
    }
}
