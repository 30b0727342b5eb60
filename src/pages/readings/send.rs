//! The form of the readings: the fields of an account's meters, the state of the window, what was sent.

use jiff::civil::Date;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::photo::{address, file_address};
use super::with_unit;
use crate::api::readings::{CONFIRMED, FIELD, ReadingsForm, SendReadings, TakeBackReading};
use crate::components::{
    Badge, BadgeKind, ButtonKind, Card, CheckboxField, Column, DataTable, DialFace, DialPrice, ErrorSummary,
    FieldError, Notice, NoticeKind, ReadingField, SubmitButton, error_of,
};
use crate::domain::account::LinkedAccount;
use crate::domain::calendar::{day_in_words, show_date};
use crate::domain::in_words::noun_after;
use crate::domain::provider::Provider;
use crate::domain::reading_rules::WindowOn;
use crate::domain::sent_reading::{SentReading, SentState};
use crate::islands::ServerForm;
use crate::pages::glance::contact_of;
use crate::service::readings::{MeterSheet, Sheet};

/// Most sent readings on a page: a year of two meters.
const MAX_SENT: usize = 24;

/// The window in words, with the days that are left.
pub fn window_words(window: WindowOn, today: Date) -> String {
    match window {
        WindowOn::Always => "Показания принимают в любой день.".to_owned(),
        WindowOn::Open { until } if until == today => "Сегодня последний день приёма показаний.".to_owned(),
        WindowOn::Open { until } => {
            let days = (until - today).get_days();
            format!("Показания принимают до {}: {}.", day_in_words(until), days_left(days))
        }
        WindowOn::Closed { opens, until } => {
            format!("Показания принимают с {} по {}.", day_in_words(opens), day_in_words(until))
        }
    }
}

/// `остался 1 день`, `осталось 5 дней`.
fn days_left(days: i32) -> String {
    let after = |forms| noun_after(days.unsigned_abs().into(), forms);
    format!("{} {days}\u{a0}{}", after(["остался", "осталось", "осталось"]), after(["день", "дня", "дней"]))
}

/// The state of the window of a provider, and where a reading goes outside it.
pub fn window_notice(provider: &Provider, today: Date) -> impl IntoView + use<> {
    let contact = contact_of(provider);
    match provider.readings.map(|rules| rules.window.on(today)) {
        None => view! {
            <Notice kind=NoticeKind::Info title="Показания принимает поставщик"><p>{contact}</p></Notice>
        }
        .into_any(),
        Some(closed @ WindowOn::Closed { .. }) => view! {
            <Notice kind=NoticeKind::Info title="Сейчас показания не принимают">
                <p>{window_words(closed, today)} " В другие дни их примет сам поставщик: " {contact}</p>
            </Notice>
        }
        .into_any(),
        Some(open) => view! { <p class="muted">{window_words(open, today)}</p> }.into_any(),
    }
}

/// The form of one account; the sent readings below it.
pub fn account_form(
    own: &LinkedAccount,
    sheet: &Sheet,
    form: &ReadingsForm,
    errors: &[FieldError],
) -> impl IntoView + use<> {
    let account_id = own.id.to_string();
    let action = format!("/accounts/{account_id}/readings");
    let view = fields(sheet, form, errors).map(|fields| {
        let (confirmation, errors) = (confirmation(form), errors.to_vec());
        view! {
            <Card title="Передать показания">
                <ServerForm function=SendReadings::PATH.to_owned() action>
                    <ErrorSummary errors/>
                    <input type="hidden" name="account_id" value=account_id/>
                    {fields}
                    {confirmation}
                    <SubmitButton busy="Отправляем…">"Передать показания"</SubmitButton>
                </ServerForm>
            </Card>
        }
    });
    view! {
        {window_notice(&own.provider, sheet.today)}
        {view}
    }
}

/// The fields of the meters whose readings are accepted; `None` when there are none.
pub fn fields(sheet: &Sheet, form: &ReadingsForm, errors: &[FieldError]) -> Option<impl IntoView + use<>> {
    let accepted = sheet.meters.iter().filter(|meter| meter.context.accepts(sheet.today).is_ok());
    let fields: Vec<_> = accepted.map(|meter| field(meter, sheet, form, errors)).collect();
    (!fields.is_empty()).then_some(fields)
}

fn field(meter: &MeterSheet, sheet: &Sheet, form: &ReadingsForm, errors: &[FieldError]) -> impl IntoView + use<> {
    let context = &meter.context;
    let id = format!("{FIELD}{}", context.meter.id);
    let label = context.meter.name();
    let price = sheet.price.as_ref().zip(context.previous).map(|(price, previous)| DialPrice {
        previous: previous.value,
        micro_roubles: context.meter.by_coefficient(price.micro_roubles).unwrap_or(i64::MAX),
    });
    let error = error_of(errors, &id);
    let value = form.typed(&id);
    let face = context.previous.map(|previous| DialFace::new(previous.value, context.digits(), context.decimals()));
    view! {
        <ReadingField id label value hint=hint(meter, sheet) face price error/>
    }
}

fn hint(meter: &MeterSheet, sheet: &Sheet) -> String {
    let context = &meter.context;
    let unit = sheet.unit.as_deref();
    let previous = context.previous.map_or_else(
        || "Показаний ещё не было.".to_owned(),
        |previous| format!("Предыдущее: {} на {}.", with_unit(previous.value, unit), show_date(previous.date)),
    );
    let today = meter.today.as_ref().map(|sent| format!(" Сегодня вы передали {}: новое заменит его.", sent.value));
    let decimals = match context.decimals() {
        0 => String::new(),
        _ => " Красные цифры — после запятой, их можно не писать.".to_owned(),
    };
    format!("{previous}{}{decimals}", today.unwrap_or_default())
}

/// Confirms unusual readings; visible only below a question about them.
pub fn confirmation(form: &ReadingsForm) -> impl IntoView + use<> {
    view! {
        <div class="confirmation">
            <CheckboxField id=CONFIRMED checked=!form.confirmed.is_empty() optional=true error=None>
                "Показания верные"
            </CheckboxField>
        </div>
    }
}

/// The readings that were sent from the portal, with their states; empty when there are none.
pub fn sent_view(own: &LinkedAccount, sheet: &Sheet) -> impl IntoView + use<> {
    let head =
        vec![Column::Text("Дата"), Column::Text("Счётчик"), Column::Number("Показание"), Column::Text("Состояние")];
    let rows: Vec<_> = sheet.sent.iter().take(MAX_SENT).map(|sent| sent_row(own, sheet, sent)).collect();
    (!rows.is_empty()).then(|| {
        view! {
            <h2>"Переданные через кабинет"</h2>
            <DataTable caption="Показания, переданные через кабинет" told_above=true head>
                {rows}
            </DataTable>
        }
    })
}

fn sent_row(own: &LinkedAccount, sheet: &Sheet, sent: &SentReading) -> impl IntoView + use<> {
    let meter = sheet.installed().find(|meter| meter.context.meter.id == sent.meter_id);
    let serial = meter.map_or_else(|| "снят".to_owned(), |meter| format!("№\u{a0}{}", meter.context.meter.serial));
    let kind = match sent.state {
        SentState::Sent | SentState::Exported => BadgeKind::INFO,
        SentState::Accepted => BadgeKind::SUCCESS,
        SentState::Rejected => BadgeKind::WARNING,
    };
    let reason = (sent.state == SentState::Rejected).then(|| {
        let reason = sent.reason.clone().unwrap_or_else(|| "поставщик учёл другое показание".to_owned());
        view! { <p class="muted">{reason}</p> }
    });
    let take_back = sent.can_be_taken_back().then(|| {
        let (account_id, reading_id) = (own.id.to_string(), sent.id.to_string());
        view! {
            <ServerForm
                function=TakeBackReading::PATH.to_owned()
                action=format!("/accounts/{account_id}/readings/take-back")
            >
                <ErrorSummary errors=Vec::new()/>
                <input type="hidden" name="account_id" value=account_id/>
                <input type="hidden" name="reading_id" value=reading_id/>
                <SubmitButton kind=ButtonKind::Secondary busy="Отзываем…">"Отозвать"</SubmitButton>
            </ServerForm>
        }
    });
    let photo = photo_links(own, sent, sheet.with_photo.contains(&sent.id));
    view! {
        <tr>
            <th scope="row">{show_date(sent.date)}</th>
            <td data-label="Счётчик">{serial}</td>
            <td class="number" data-label="Показание">{sent.value.to_string()}</td>
            <td data-label="Состояние">
                <Badge kind text=sent.state.words()/>
                {reason}
                {photo}
                {take_back}
            </td>
        </tr>
    }
}

/// The links to the photo of a sent reading and to the form that attaches one.
fn photo_links(own: &LinkedAccount, sent: &SentReading, is_attached: bool) -> impl IntoView + use<> {
    let of_reading = |action: &str| format!("{action} к показанию на {}", show_date(sent.date));
    let shown = is_attached.then(|| {
        view! { <a href=file_address(&own.id, &sent.id) aria-label=of_reading("Фото")>"Фото"</a> " " }
    });
    let attach = sent.takes_photo().then(|| {
        let words = if is_attached { "Заменить фото" } else { "Приложить фото" };
        view! { <a href=address(&own.id, &sent.id) aria-label=of_reading(words)>{words}</a> }
    });
    (shown.is_some() || attach.is_some()).then(|| view! { <p>{shown} {attach}</p> })
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn day(month: i8, day: i8) -> Date {
        Date::constant(2026, month, day)
    }

    #[test]
    fn the_window_is_said_with_the_days_that_are_left() {
        let open = WindowOn::Open { until: day(11, 25) };
        assert_eq!(window_words(open, day(11, 24)), "Показания принимают до 25 ноября: остался 1\u{a0}день.");
        assert_eq!(window_words(open, day(11, 22)), "Показания принимают до 25 ноября: осталось 3\u{a0}дня.");
        assert_eq!(window_words(open, day(11, 14)), "Показания принимают до 25 ноября: осталось 11\u{a0}дней.");
        assert_eq!(window_words(open, day(11, 25)), "Сегодня последний день приёма показаний.");
        let closed = WindowOn::Closed { opens: day(12, 25), until: day(1, 5) };
        assert_eq!(window_words(closed, day(12, 1)), "Показания принимают с 25 декабря по 5 января.");
    }
}
