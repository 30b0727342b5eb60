//! Instalment plans: an overdue debt that a subscriber pays in monthly parts, by agreement with the supplier.
//!
//! Payments cover the oldest month first ([`super::balance::DueSplit`]), so they pay the agreed debt before later charges.
//! What is paid is not stored: it follows from the months of billing and the payments, and never contradicts the debt.

#[cfg(test)]
mod tests;

use std::iter;

use jiff::civil::Date;
use thiserror::Error;

use super::account::AccountNumber;
use super::calendar::{Moment, Period};
use super::id::{AccountId, InstalmentPlanId, UserId};
use super::in_words::noun_after;
use super::money::{Money, PAYMENT_LEAST};
use super::settlement::{Balance, MonthSettlement};

/// Fewest parts: one part is no plan.
pub const MIN_MONTHS: u8 = 2;
/// Most parts: within a year the penalties of a household's debt stay small, and the operator can follow the plan.
pub const MAX_MONTHS: u8 = 12;
/// Longest note of the person, in characters: a few sentences about the circumstances.
pub const MAX_NOTE: usize = 500;
/// Longest reason of a refusal, in characters: it must fit an SMS of several parts.
pub const MAX_REASON: usize = 300;
/// Days from the agreement to the first part, at least: the letter has to arrive, and the money has to be found.
const LEAD_DAYS: i32 = 10;
/// Days of delay after which a plan is broken: as many as the law gives without a penalty, and the next part is due then.
const BROKEN_AFTER_DAYS: i32 = 30;
/// Days for which a paid plan is still shown after its last part was due.
const SHOWN_DAYS: i32 = 31;

/// Why a debt cannot be divided.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum PlanError {
    /// Fewer parts than [`MIN_MONTHS`], or more than [`MAX_MONTHS`].
    #[error("a plan has from {MIN_MONTHS} to {MAX_MONTHS} parts")]
    Months,
    /// A part would be less than the least payment by card.
    #[error("a part is too small to be paid")]
    TooSmall,
}

/// The state of a plan, as stored.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PlanState {
    /// Waits for an operator.
    Asked,
    /// An operator agreed: the schedule applies.
    Agreed,
    /// An operator refused, with a reason.
    Refused,
    /// The person took the request back before a decision.
    Withdrawn,
    /// All parts are paid. Stored when another plan is asked for.
    Completed,
    /// A part was not paid for too long. Stored when another plan is asked for.
    Broken,
}

impl PlanState {
    const ALL: [Self; 6] = [Self::Asked, Self::Agreed, Self::Refused, Self::Withdrawn, Self::Completed, Self::Broken];

    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Agreed => "agreed",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
            Self::Completed => "completed",
            Self::Broken => "broken",
        }
    }

    /// From storage.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// The label on the operators' pages.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Asked => "ждёт решения",
            Self::Agreed => "согласована",
            Self::Refused => "отказано",
            Self::Withdrawn => "отозвана",
            Self::Completed => "выплачена",
            Self::Broken => "нарушена",
        }
    }

    /// An operator agreed.
    ///
    /// # Errors
    /// [`InvalidTransition`] unless it waits for a decision.
    pub fn agree(self) -> Result<Self, InvalidTransition> {
        self.become_from(Self::Asked, Self::Agreed)
    }

    /// An operator refused.
    ///
    /// # Errors
    /// [`InvalidTransition`] unless it waits for a decision.
    pub fn refuse(self) -> Result<Self, InvalidTransition> {
        self.become_from(Self::Asked, Self::Refused)
    }

    /// The person took the request back.
    ///
    /// # Errors
    /// [`InvalidTransition`] unless it waits for a decision.
    pub fn withdraw(self) -> Result<Self, InvalidTransition> {
        self.become_from(Self::Asked, Self::Withdrawn)
    }

    /// Closed with the outcome of its progress, before another plan.
    ///
    /// # Errors
    /// [`InvalidTransition`] unless it is agreed, and while it runs.
    pub fn close(self, progress: ProgressState) -> Result<Self, InvalidTransition> {
        match progress {
            ProgressState::Running => Err(InvalidTransition { from: self, to: self }),
            ProgressState::Completed => self.become_from(Self::Agreed, Self::Completed),
            ProgressState::Broken => self.become_from(Self::Agreed, Self::Broken),
        }
    }

    fn become_from(self, from: Self, to: Self) -> Result<Self, InvalidTransition> {
        if self == from { Ok(to) } else { Err(InvalidTransition { from: self, to }) }
    }
}

/// A transition that the state of a plan does not allow.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("an instalment plan that is `{}` cannot become `{}`", .from.as_str(), .to.as_str())]
pub struct InvalidTransition {
    /// The current state.
    pub from: PlanState,
    /// The refused state.
    pub to: PlanState,
}

/// A part of a plan.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Instalment {
    /// Its number, from 1.
    pub number: u8,
    /// Its sum.
    pub sum: Money,
    /// The last day to pay it.
    pub due_on: Date,
}

/// What an operator agreed to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Agreement {
    /// The newest month of the agreed debt. Charges of later months are paid as usual.
    pub through: Period,
    /// The parts, the first one first.
    pub instalments: Vec<Instalment>,
}

/// A plan. The note is personal, hence no full `Debug`.
#[derive(Clone, Eq, PartialEq)]
pub struct InstalmentPlan {
    /// Random.
    pub id: InstalmentPlanId,
    /// The account in debt.
    pub account_id: AccountId,
    /// The user who asked.
    pub user_id: UserId,
    /// Its state.
    pub state: PlanState,
    /// The overdue debt on the day of the request, then on the day of the agreement.
    pub total: Money,
    /// The number of parts, asked for or agreed.
    pub months: u8,
    /// What the person wrote to the operator.
    pub note: Option<String>,
    /// When it was asked for.
    pub asked_at: Moment,
    /// Why it was refused.
    pub reason: Option<String>,
    /// The agreement; `None` before it and without it.
    pub agreement: Option<Agreement>,
}

crate::opaque_debug!(InstalmentPlan, id, state);

/// A plan as the operator who decides sees it.
#[derive(Clone, Eq, PartialEq)]
pub struct QueuedPlan {
    /// The plan.
    pub plan: InstalmentPlan,
    /// The account's number.
    pub number: AccountNumber,
    /// The provider's name.
    pub provider: String,
    /// The subscriber in billing.
    pub subscriber: Option<String>,
    /// The address in billing.
    pub address: String,
}

crate::opaque_debug!(QueuedPlan, plan);

/// A plan in the operators' list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ListedPlan {
    /// The plan's identifier.
    pub id: InstalmentPlanId,
    /// Its state.
    pub state: PlanState,
    /// The debt.
    pub total: Money,
    /// The number of parts.
    pub months: u8,
    /// When it was asked for.
    pub asked_at: Moment,
    /// The account's number.
    pub number: AccountNumber,
    /// The provider's name.
    pub provider: String,
}

/// The state of a part on a day.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PartState {
    /// Paid in full.
    Paid,
    /// Paid in part, and its day has not passed.
    PartlyPaid,
    /// Not paid, and its day has not passed.
    Due,
    /// Not paid in full, and its day has passed.
    Late,
}

impl PartState {
    /// The label on the page.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Paid => "оплачено",
            Self::PartlyPaid => "оплачено частично",
            Self::Due => "нужно оплатить",
            Self::Late => "просрочено",
        }
    }
}

/// A part with what is paid of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Part {
    /// The part.
    pub instalment: Instalment,
    /// What is left to pay of it.
    pub left: Money,
    /// Its state.
    pub state: PartState,
}

/// Where an agreed plan stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ProgressState {
    /// The schedule applies.
    Running,
    /// All parts are paid.
    Completed,
    /// A part is late by more than thirty days: another plan may be asked for.
    Broken,
}

/// An agreed plan on a day.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Progress {
    /// The parts, the first one first.
    pub parts: Vec<Part>,
    /// What is left to pay of all parts.
    pub left: Money,
    /// Where the plan stands.
    pub state: ProgressState,
}

impl Progress {
    /// The first part that is not paid in full.
    pub fn next(&self) -> Option<&Part> {
        self.parts.iter().find(|part| part.state != PartState::Paid)
    }
}

/// The line of a plan on the receipt of a month.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ReceiptInstalment {
    /// The agreed debt.
    pub total: Money,
    /// The part that is due with this receipt.
    pub part: Instalment,
    /// The number of parts.
    pub months: u8,
    /// What is left of the debt after this part.
    pub left_after: Money,
    /// The sum to pay now: the charges beyond the plan, and what is left of the parts up to this one.
    pub payable: Money,
}

impl InstalmentPlan {
    /// What is left of the agreed debt after all payments. `months` are the newest ones, newest first. Without an agreement,
    /// without months and on overflow it is the whole debt: nothing is known to be paid.
    pub fn left(&self, months: &[MonthSettlement], paid_since: Money) -> Money {
        let left = self.agreement.as_ref().and_then(|agreement| left_through(agreement.through, months, paid_since));
        left.map_or(self.total, |left| left.min(self.total))
    }

    /// The parts on a day, when `left` of the debt is not paid; `None` without an agreement.
    pub fn progress(&self, left: Money, today: Date) -> Option<Progress> {
        let agreement = self.agreement.as_ref()?;
        let mut unspent = self.total.checked_sub(left)?;
        let mut parts = Vec::with_capacity(agreement.instalments.len());
        for instalment in agreement.instalments.iter().copied() {
            let paid = unspent.max(Money::ZERO).min(instalment.sum);
            unspent = unspent.checked_sub(paid)?;
            parts.push(part_on(instalment, paid, today)?);
        }
        let state = progress_state(&parts, today);
        Some(Progress { parts, left, state })
    }

    /// The line on the receipt that is due on a day, when `left` of the debt is not paid and `payable` is the sum due with
    /// the whole debt; `None` when no part is due on that day, and on overflow.
    pub fn on_receipt(&self, due_on: Date, left: Money, payable: Money) -> Option<ReceiptInstalment> {
        let instalments = &self.agreement.as_ref()?.instalments;
        let place = instalments.iter().position(|instalment| instalment.due_on == due_on)?;
        let due = Money::checked_sum(instalments.iter().take(place + 1).map(|instalment| instalment.sum))?;
        let left_after = self.total.checked_sub(due)?;
        let later = left.min(left_after);
        Some(ReceiptInstalment {
            total: self.total,
            part: instalments[place],
            months: self.months,
            left_after,
            payable: payable.checked_sub(later)?.max(Money::ZERO),
        })
    }

    /// Whether a paid plan is still worth showing on a day.
    pub fn is_recent(&self, today: Date) -> bool {
        let last = self.agreement.as_ref().and_then(|agreement| agreement.instalments.last());
        last.is_some_and(|last| days_late(last.due_on, today) <= SHOWN_DAYS)
    }
}

/// What is left of the debt of the months up to `through`: the sum due without the charges of later months. A later
/// recalculation that reduces the debt reduces it here too.
fn left_through(through: Period, months: &[MonthSettlement], paid_since: Money) -> Option<Money> {
    let due = Balance::of(Some(months.first()?.closing), paid_since).due();
    let later = months.iter().take_while(|month| month.period > through).map(|month| month.charged);
    let left = due.checked_sub(Money::checked_sum(later)?)?;
    Some(left.clamp(Money::ZERO, due))
}

fn part_on(instalment: Instalment, paid: Money, today: Date) -> Option<Part> {
    let left = instalment.sum.checked_sub(paid)?;
    let state = if left.is_zero() {
        PartState::Paid
    } else if instalment.due_on < today {
        PartState::Late
    } else if paid.is_zero() {
        PartState::Due
    } else {
        PartState::PartlyPaid
    };
    Some(Part { instalment, left, state })
}

fn progress_state(parts: &[Part], today: Date) -> ProgressState {
    let Some(next) = parts.iter().find(|part| part.state != PartState::Paid) else { return ProgressState::Completed };
    if days_late(next.instalment.due_on, today) > BROKEN_AFTER_DAYS {
        ProgressState::Broken
    } else {
        ProgressState::Running
    }
}

/// Days since a day; below zero before it.
fn days_late(due_on: Date, today: Date) -> i32 {
    (today - due_on).get_days()
}

/// A number of parts with the sum of each, as a form offers it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Choice {
    /// The number of parts.
    pub months: u8,
    /// The sum of each part but the first, which takes the kopecks that do not divide.
    pub sum: Money,
}

/// The numbers of parts into which a debt can be divided; none for a debt of a few roubles.
pub fn choices(total: Money) -> Vec<Choice> {
    let choice = |months| Some(Choice { months, sum: split(total, months).ok()?.others });
    (MIN_MONTHS..=MAX_MONTHS).filter_map(choice).collect()
}

/// The sums of the parts of a debt.
struct Split {
    /// The first part takes the remainder.
    first: Money,
    /// Each other part.
    others: Money,
}

/// Divides a debt into equal parts of whole kopecks.
fn split(total: Money, months: u8) -> Result<Split, PlanError> {
    if !(MIN_MONTHS..=MAX_MONTHS).contains(&months) {
        return Err(PlanError::Months);
    }
    let (count, kopecks) = (i64::from(months), total.kopecks());
    let others = Money::from_kopecks(kopecks / count);
    if others < PAYMENT_LEAST {
        return Err(PlanError::TooSmall);
    }
    let first = Money::from_kopecks(kopecks / count + kopecks % count);
    Ok(Split { first, others })
}

/// The parts of a debt that is agreed today: each is due with the charges of a month, the first at least ten days ahead.
///
/// # Errors
/// [`PlanError`] when the number of parts is out of range, or a part would be too small to be paid.
pub fn schedule(total: Money, months: u8, today: Date) -> Result<Vec<Instalment>, PlanError> {
    let Split { first, others } = split(total, months)?;
    let periods = iter::successors(Some(first_period(today)), |period| Some(period.next()));
    let part = |(number, period): (u8, Period)| Instalment {
        number,
        sum: if number == 1 { first } else { others },
        due_on: period.due_date(),
    };
    Ok((1..=months).zip(periods).map(part).collect())
}

/// The month whose charges are due together with the first part.
fn first_period(today: Date) -> Period {
    let last_month = Period::of(today).previous();
    let days_ahead = -days_late(last_month.due_date(), today);
    if days_ahead >= LEAD_DAYS { last_month } else { last_month.next() }
}

/// Reads a typed or chosen number of parts.
///
/// # Errors
/// [`PlanError::Months`] when it is not a number from [`MIN_MONTHS`] to [`MAX_MONTHS`].
pub fn parse_months(text: &str) -> Result<u8, PlanError> {
    let months = text.trim().parse().map_err(|_| PlanError::Months)?;
    if (MIN_MONTHS..=MAX_MONTHS).contains(&months) { Ok(months) } else { Err(PlanError::Months) }
}

/// `3 месяца`.
pub fn months_in_words(months: u8) -> String {
    format!("{months}\u{a0}{}", noun_after(months.into(), ["месяц", "месяца", "месяцев"]))
}
