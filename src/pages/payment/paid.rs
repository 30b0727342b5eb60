//! An accepted payment: the sum, what has happened to it by now, and what to do next.

use leptos::prelude::*;

use super::Screen;
use crate::components::{ButtonKind, Illustration, LinkButton, Step, StepState, Steps};
use crate::domain::calendar::show_date;
use crate::domain::in_words::noun_after;
use crate::domain::payment::Payment;

pub(super) fn view(screen: &Screen) -> impl IntoView + use<> {
    let certificate = format!("/payments/{}/certificate", screen.payment.id);
    let again = screen.again().map(|href| view! { <LinkButton href kind=ButtonKind::Quiet>"Повторить"</LinkButton> });
    let next = next_link(screen.others_due);
    let to_account = screen.account_link(if next.is_some() { ButtonKind::Secondary } else { ButtonKind::Primary });
    view! {
        {Illustration::Done.draw()}
        {screen.head("Платёж принят")}
        <Steps items=steps(&screen.payment, screen.offset_hours)/>
        <div class="actions">
            {next}
            {to_account}
            <LinkButton href=certificate kind=ButtonKind::Secondary>"Справка об оплате"</LinkButton>
            {again}
        </div>
        <p>
            "Фискальный чек придёт отдельно: "<span class="whole">{screen.login_masked.clone()}</span>
            ". Его отправляет касса, поэтому в кабинете чека нет."
        </p>
    }
}

/// The way to the other accounts with a sum due.
fn next_link(others: usize) -> Option<impl IntoView> {
    let noun = noun_after(others as u64, ["счёт", "счёта", "счетов"]);
    let words = format!("Дальше: ещё {others} {noun}");
    (others > 0).then(|| view! { <LinkButton href="/pay" kind=ButtonKind::Primary>{words}</LinkButton> })
}

/// Only what the portal knows: that the bank took the money, that the balance counts it, and whether billing lists it.
fn steps(payment: &Payment, offset_hours: i8) -> Vec<Step> {
    let supplier = match payment.credited_at() {
        Some(at) => {
            let day = show_date(at.date(offset_hours));
            Step::new("Поставщик учёл платёж", StepState::Done).note(format!("Сообщил нам об этом {day}"))
        }
        None => Step::new("Поставщик учтёт платёж, когда получит реестр от банка", StepState::Ahead),
    };
    vec![
        Step::new("Банк принял оплату", StepState::Done).at(payment.accepted_at(), offset_hours),
        Step::new("Платёж учтён в балансе", StepState::Done).note("Сразу, ждать поставщика не нужно"),
        supplier,
    ]
}
