//! What a notice says, read when it is composed: `None` when its reason is gone.

use jiff::civil::Date;

use crate::domain::account::Account;
use crate::domain::announcement::{AnnouncementState, Audience};
use crate::domain::calendar::{Period, date_in_words, day_in_words};
use crate::domain::debt::{Debt, DebtStage, Standing};
use crate::domain::id::{AccountId, AnnouncementId, PaymentId};
use crate::domain::in_words::noun_after;
use crate::domain::markdown::{Block, Inline, paragraphs};
use crate::domain::meter::ReadingSource;
use crate::domain::notice::{NoticeKind, PlannedNotice};
use crate::domain::notice_occasion::{Subject, VerificationStage};
use crate::domain::notice_text::NoticeValues;
use crate::domain::provider::Provider;
use crate::domain::sent_reading::SentState;
use crate::service::accounts::balance_on;
use crate::service::messages::AttachedReceipt;
use crate::service::{Fault, Services, debts, paperless};
use crate::storage::links::{self, Linked};
use crate::storage::{Connection, StorageError, announcements, meters, payments, readings, sent_readings};

/// Longest text of an announcement in an SMS and in the portal's list, in characters.
const SHORT: usize = 160;
/// The page of announcements.
const ANNOUNCEMENTS: &str = "/announcements";

/// The values of a notice.
pub(super) struct Facts {
    pub values: NoticeValues,
    /// The page of the portal that it leads to, from the first slash.
    pub link: String,
    pub receipt: Option<AttachedReceipt>,
}

impl Facts {
    const fn new(values: NoticeValues, link: String) -> Self {
        Self { values, link, receipt: None }
    }
}

/// The account of a notice, with billing's data.
struct Of<'a> {
    services: &'a Services,
    account: Account,
    provider: Provider,
    today: Date,
}

impl Of<'_> {
    const fn id(&self) -> &AccountId {
        &self.account.id
    }

    fn values(&self) -> NoticeValues {
        common(self.account.number.as_str(), &self.account.address, &self.provider.name)
    }

    fn page(&self, part: &str) -> String {
        format!("/accounts/{}/{part}", self.account.id)
    }
}

fn common(number: &str, place: &str, provider: &str) -> NoticeValues {
    NoticeValues::default().with("account", number).with("place", place).with("provider", provider)
}

/// What a planned notice says now; `None` when its reason is gone, or the user has no access to the account any more.
///
/// # Errors
/// [`Fault`] when the storage fails or a stored value is invalid.
pub(super) async fn facts_of(
    services: &Services,
    connection: &mut Connection,
    notice: &PlannedNotice,
) -> Result<Option<Facts>, Fault> {
    let corrupt = StorageError::Corrupt { what: "subject of a notice" };
    let subject = Subject::parse(notice.kind, &notice.subject).ok_or(corrupt)?;
    let Some(account_id) = &notice.account_id else { return Ok(None) };
    let Some(Linked { own, account }) = links::linked(connection, &notice.user_id, account_id).await? else {
        return Ok(None);
    };
    if let (NoticeKind::Announcement, Subject::Other(id)) = (notice.kind, &subject) {
        let place = account.as_ref().map_or("", |account| account.address.as_str());
        let values = common(own.number.as_str(), place, &own.provider.name);
        return announcement(services, connection, (id, account_id), values).await;
    }
    let today = services.today();
    let Some(account) = account.filter(|account| account.closed_on.is_none_or(|day| day > today)) else {
        return Ok(None);
    };
    let of = Of { services, account, provider: own.provider, today };
    match (notice.kind, subject) {
        (NoticeKind::NewReceipt, Subject::Month(period)) => new_receipt(&of, connection, notice, period).await,
        (NoticeKind::DueSoon, Subject::Month(period)) => due_soon(&of, connection, period).await,
        (NoticeKind::Debt, Subject::Month(_)) => debt(&of, connection).await,
        (NoticeKind::ReadingsOpen | NoticeKind::ReadingsClose, Subject::Window(until)) => {
            window(&of, connection, until).await
        }
        (NoticeKind::Verification, Subject::Verification(stage, date)) => {
            verification(&of, connection, stage, date).await
        }
        (NoticeKind::PaymentCredited, Subject::Other(id)) => payment(&of, connection, &id).await,
        _ => Err(StorageError::Corrupt { what: "kind of a planned notice" }.into()),
    }
}

/// The receipt of a month that is still the newest one.
async fn new_receipt(
    of: &Of<'_>,
    connection: &mut Connection,
    notice: &PlannedNotice,
    period: Period,
) -> Result<Option<Facts>, Fault> {
    let balance = balance_on(of.services, connection, of.id()).await?;
    if balance.period != Some(period) {
        return Ok(None);
    }
    let values = of.values().with("period", period.to_string()).with("sum", balance.balance.due().to_string());
    let values = values.with("until", day_in_words(period.due_date()));
    let link = format!("/accounts/{}/receipt?period={}&formed=1", of.id(), period.machine());
    let is_attached = paperless::wants_receipt(connection, &notice.user_id, of.id()).await?;
    let receipt = is_attached.then(|| AttachedReceipt::new(of.id().clone(), period));
    Ok(Some(Facts { receipt, ..Facts::new(values, link) }))
}

/// The sum that is due on the due date of a month; nothing when it is paid or the day has passed.
async fn due_soon(of: &Of<'_>, connection: &mut Connection, period: Period) -> Result<Option<Facts>, Fault> {
    let due_date = period.due_date();
    let due = balance_on(of.services, connection, of.id()).await?.balance.due();
    if due.is_zero() || due_date < of.today {
        return Ok(None);
    }
    let values = of.values().with("sum", due.to_string()).with("until", day_in_words(due_date));
    let when = match of.today.until(due_date).map_or(0, |span| span.get_days()) {
        0 => "сегодня".to_owned(),
        1 => "завтра".to_owned(),
        days => format!("через {}", days_in_words(days.into())),
    };
    Ok(Some(Facts::new(values.with("when", when), of.page("pay"))))
}

fn days_in_words(days: i64) -> String {
    format!("{days} {}", noun_after(days.unsigned_abs(), ["день", "дня", "дней"]))
}

/// A debt of so many periods in a row that the supply may be suspended.
async fn debt(of: &Of<'_>, connection: &mut Connection) -> Result<Option<Facts>, Fault> {
    let debts::DebtOn { standing, .. } = debts::debt_of(of.services, connection, of.id(), &of.provider.name).await?;
    let Standing::Owed(debt) = standing else { return Ok(None) };
    let (DebtStage::MayBeSuspended { .. }, Some(notice_days)) = (debt.stage, debt.notice_days()) else {
        return Ok(None);
    };
    let values = of.values().with("sum", debt.total.to_string()).with("months", months_in_words(&debt, of.today));
    Ok(Some(Facts::new(values.with("notice_days", days_in_words(notice_days)), of.page("debt"))))
}

/// «август и сентябрь 2026», «с июля по сентябрь 2026»: the months that are past their due dates.
fn months_in_words(debt: &Debt, today: Date) -> String {
    let late: Vec<Period> =
        debt.months.iter().map(|month| month.period).filter(|period| period.due_date() < today).collect();
    match (late.first(), late.last()) {
        (Some(first), Some(last)) if first == last => last.to_string(),
        (Some(first), Some(last)) if first.next() == *last => format!("{} и {last}", first.accusative(Some(*last))),
        (Some(first), Some(last)) => format!("с {} по {last}", first.genitive(Some(*last))),
        _ => String::new(),
    }
}

/// A window of readings in which a meter has none.
async fn window(of: &Of<'_>, connection: &mut Connection, until: Date) -> Result<Option<Facts>, Fault> {
    let Some(rules) = of.provider.readings else { return Ok(None) };
    let Some(opened) = rules.window.opened_on(of.today).filter(|_| of.today <= until) else { return Ok(None) };
    if !lacks_reading(of, connection, opened).await? {
        return Ok(None);
    }
    Ok(Some(Facts::new(of.values().with("until", day_in_words(until)), of.page("readings"))))
}

/// Whether an installed meter has no reading of the subscriber since a day.
async fn lacks_reading(of: &Of<'_>, connection: &mut Connection, since: Date) -> Result<bool, StorageError> {
    let sent = sent_readings::of_account(connection, of.id()).await?;
    let listed = readings::newest(connection, of.id()).await?;
    let meters = meters::of_account(connection, of.id()).await?;
    let has_reading = |meter: &crate::domain::meter::Meter| {
        let is_sent = sent
            .iter()
            .any(|sent| sent.meter_id == meter.id && sent.date >= since && sent.state != SentState::Rejected);
        let is_listed = listed
            .iter()
            .filter(|last| last.meter_id == meter.id)
            .filter_map(|last| last.reading)
            .any(|reading| reading.date >= since && reading.source != ReadingSource::Calculated);
        is_sent || is_listed
    };
    Ok(meters.iter().any(|meter| meter.removed_by(of.today).is_none() && !has_reading(meter)))
}

/// Meters whose verification still ends on the day.
async fn verification(
    of: &Of<'_>,
    connection: &mut Connection,
    stage: VerificationStage,
    date: Date,
) -> Result<Option<Facts>, Fault> {
    let meters = meters::of_account(connection, of.id()).await?;
    let ending =
        meters.iter().filter(|meter| meter.verified_until == Some(date) && meter.removed_by(of.today).is_none());
    let names: Vec<String> = ending.map(crate::domain::meter::Meter::name).collect();
    if names.is_empty() {
        return Ok(None);
    }
    let verb = if stage == VerificationStage::Over { "закончилась" } else { "закончится" };
    let values = of.values().with("meter", names.join(", ")).with("state", format!("{verb} {}", date_in_words(date)));
    Ok(Some(Facts::new(values, of.page("readings"))))
}

async fn payment(of: &Of<'_>, connection: &mut Connection, id: &str) -> Result<Option<Facts>, Fault> {
    let id = PaymentId::parse(id).map_err(|_| StorageError::Corrupt { what: "payment of a notice" })?;
    let Some(payment) = payments::by_id(connection, &id).await? else { return Ok(None) };
    let offset = of.services.settings().utc_offset_hours;
    let paid_on = payment.paid_at.unwrap_or(payment.created_at).date(offset);
    let values = of.values().with("sum", payment.amount.to_string()).with("date", date_in_words(paid_on));
    Ok(Some(Facts::new(values, format!("/payments/{id}"))))
}

/// An announcement that is published now.
async fn announcement(
    services: &Services,
    connection: &mut Connection,
    (id, account_id): (&str, &AccountId),
    values: NoticeValues,
) -> Result<Option<Facts>, Fault> {
    let id = AnnouncementId::parse(id).map_err(|_| StorageError::Corrupt { what: "announcement of a notice" })?;
    let Some(found) = announcements::by_id(connection, &id).await? else { return Ok(None) };
    let (announcement, now) = (found.announcement, services.now());
    if announcement.state_at(now) != AnnouncementState::Published || announcement.is_over(now) {
        return Ok(None);
    }
    if let Audience::Debtors(over) = announcement.audience
        && balance_on(services, connection, account_id).await?.balance.due() <= over
    {
        return Ok(None);
    }
    let blocks = paragraphs(&announcement.text).unwrap_or_default();
    let values = values.with("title", announcement.title).with("text", short(&blocks));
    Ok(Some(Facts::new(values.with_blocks(blocks), ANNOUNCEMENTS.to_owned())))
}

/// The first words of an announcement, without marks.
fn short(blocks: &[Block]) -> String {
    let words = |line: &[Inline]| -> String {
        let piece = |piece: &Inline| match piece {
            Inline::Text(text) | Inline::Strong(text) | Inline::Link { text, .. } => text.clone(),
        };
        line.iter().map(piece).collect()
    };
    let lines = blocks.iter().flat_map(|block| match block {
        Block::Heading(text) => vec![text.clone()],
        Block::Paragraph(line) => vec![words(line)],
        Block::List { items, .. } => items.iter().map(|item| words(item)).collect(),
        Block::Notice { title, text } => vec![title.clone(), words(text)],
    });
    let text = lines.collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(SHORT) {
        Some((at, _)) => {
            let whole_words = text[..at].rsplit_once(' ').map_or(&text[..at], |(words, _)| words);
            format!("{whole_words}…")
        }
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_announcement_in_an_sms_has_its_first_words_only() {
        let blocks = paragraphs("Завтра **с 9 до 12** газа не будет.\n\n- ул. Мира\n- ул. Ленина").unwrap();
        assert_eq!(short(&blocks), "Завтра с 9 до 12 газа не будет. ул. Мира ул. Ленина");
        let long = short(&paragraphs(&"Слово ".repeat(100)).unwrap());
        assert!(long.ends_with("Слово…") && long.chars().count() <= SHORT + 1, "{long}");
    }
}
