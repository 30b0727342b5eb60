//! Notices to subscribers: their kinds, the channels that bring them, and when they may be sent.
//!
//! A notice is planned once for each user, kind and subject, composed when it is due, and then shown in the portal and
//! sent by the channels that the user has chosen. Codes, links and PINs are no notices.

use std::fmt;

use super::calendar::{Moment, Span};
use super::id::{AccountId, NoticeId, UserId};

/// What a notice is about.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum NoticeKind {
    /// The charges of a month have come: a receipt can be formed.
    NewReceipt,
    /// A sum is due in some days.
    DueSoon,
    /// The provider accepts readings from today on.
    ReadingsOpen,
    /// The window of readings closes in two days, and no reading was sent.
    ReadingsClose,
    /// The verification of a meter ends soon, or has ended.
    Verification,
    /// A payment made in the portal is accepted.
    PaymentAccepted,
    /// The provider has credited a payment made in the portal.
    PaymentCredited,
    /// Two periods in a row are unpaid: the supplier may suspend the supply.
    Debt,
    /// An announcement of the provider.
    Announcement,
    /// An answer to a question.
    Answer,
    /// A change of a password, a contact or an access.
    Security,
}

impl NoticeKind {
    /// All kinds, in the order of the settings page.
    pub const ALL: [Self; 11] = [
        Self::NewReceipt,
        Self::DueSoon,
        Self::PaymentAccepted,
        Self::PaymentCredited,
        Self::ReadingsOpen,
        Self::ReadingsClose,
        Self::Verification,
        Self::Announcement,
        Self::Answer,
        Self::Debt,
        Self::Security,
    ];

    /// As stored, in forms, and the name of its text's file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NewReceipt => "new-receipt",
            Self::DueSoon => "due-soon",
            Self::ReadingsOpen => "readings-open",
            Self::ReadingsClose => "readings-close",
            Self::Verification => "verification",
            Self::PaymentAccepted => "payment-accepted",
            Self::PaymentCredited => "payment-credited",
            Self::Debt => "debt",
            Self::Announcement => "announcement",
            Self::Answer => "answer",
            Self::Security => "security",
        }
    }

    /// From storage or a form.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Its name on the settings page.
    pub const fn title(self) -> &'static str {
        match self {
            Self::NewReceipt => "Новая квитанция",
            Self::DueSoon => "Подходит срок оплаты",
            Self::ReadingsOpen => "Начался приём показаний",
            Self::ReadingsClose => "Приём показаний скоро закончится",
            Self::Verification => "Поверка счётчика",
            Self::PaymentAccepted => "Платёж принят",
            Self::PaymentCredited => "Платёж зачислен поставщиком",
            Self::Debt => "Долг за два месяца",
            Self::Announcement => "Объявления поставщика",
            Self::Answer => "Ответ на обращение",
            Self::Security => "Защита кабинета",
        }
    }

    /// Why a user cannot switch its letters and SMS off; `None`: it can be switched off.
    pub const fn why_always(self) -> Option<&'static str> {
        match self {
            Self::Debt => Some("По закону о долге нужно предупредить заранее, до отключения газа."),
            Self::Security => Some("Так вы узнаете, если в ваш кабинет войдёт кто-то другой."),
            _ => None,
        }
    }

    /// The channels of a user who has chosen none. An SMS costs the supplier money: without a choice it brings only what
    /// cannot wait, or goes to a user who has no e-mail address.
    pub fn default_channels(self, reach: Reach) -> Channels {
        let by_sms = self.why_always().is_some()
            || !reach.mail && matches!(self, Self::DueSoon | Self::PaymentAccepted | Self::Answer);
        let channels = Channels::NONE.with(NoticeChannel::Mail).with(NoticeChannel::Push);
        if by_sms { channels.with(NoticeChannel::Sms) } else { channels }
    }
}

/// What brings a notice outside the portal. In the portal itself each notice is shown.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum NoticeChannel {
    /// A letter, to the user's e-mail address: the login or the second contact.
    Mail,
    /// An SMS, to the user's phone: the login or the second contact.
    Sms,
    /// A push to each subscribed browser.
    Push,
}

impl NoticeChannel {
    /// All channels, in the order of the settings page.
    pub const ALL: [Self; 3] = [Self::Mail, Self::Sms, Self::Push];

    /// As stored and in forms.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Sms => "sms",
            Self::Push => "push",
        }
    }

    /// From storage or a form.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.as_str() == text)
    }

    const fn bit(self) -> u8 {
        match self {
            Self::Mail => 1,
            Self::Sms => 2,
            Self::Push => 4,
        }
    }
}

/// A set of channels.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Channels(u8);

impl Channels {
    /// No channel: a notice is only shown in the portal.
    pub const NONE: Self = Self(0);

    /// The set with one more channel.
    #[must_use]
    pub const fn with(self, channel: NoticeChannel) -> Self {
        Self(self.0 | channel.bit())
    }

    /// The set without a channel.
    #[must_use]
    pub const fn without(self, channel: NoticeChannel) -> Self {
        Self(self.0 & !channel.bit())
    }

    /// Whether a channel is in the set.
    pub const fn has(self, channel: NoticeChannel) -> bool {
        self.0 & channel.bit() != 0
    }

    /// The channels, in the order of the settings page.
    pub fn iter(self) -> impl Iterator<Item = NoticeChannel> {
        NoticeChannel::ALL.into_iter().filter(move |channel| self.has(*channel))
    }

    /// From storage: `mail push`; `None` for an unknown word.
    pub fn parse(text: &str) -> Option<Self> {
        text.split_whitespace().map(NoticeChannel::parse).try_fold(Self::NONE, |set, channel| Some(set.with(channel?)))
    }
}

/// As stored.
impl fmt::Display for Channels {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.iter().map(NoticeChannel::as_str).collect();
        formatter.write_str(&words.join(" "))
    }
}

/// The kinds of address that a user has confirmed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Reach {
    /// An e-mail address: the login or the second contact.
    pub mail: bool,
    /// A phone: the login or the second contact.
    pub sms: bool,
}

/// A notice that is planned, before its text exists.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PlannedNotice {
    /// Random.
    pub id: NoticeId,
    /// The user.
    pub user_id: UserId,
    /// The kind.
    pub kind: NoticeKind,
    /// What it is about; the user is told once for each kind and subject.
    pub subject: String,
    /// The account that it is about.
    pub account_id: Option<AccountId>,
    /// When it is composed and sent, at the earliest.
    pub due_at: Moment,
}

/// A notice as the portal shows it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ShownNotice {
    /// The notice.
    pub id: NoticeId,
    /// The kind.
    pub kind: NoticeKind,
    /// The title.
    pub title: String,
    /// The text below it.
    pub body: String,
    /// The page that it leads to.
    pub link: String,
    /// When it was shown first.
    pub shown_at: Moment,
    /// Whether the user has read it.
    pub is_read: bool,
}

/// The hours of a night in which no notice is sent, by the provider's clock.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct QuietHours {
    /// The first hour of the quiet time, 0–23.
    pub from: u8,
    /// The hour at which it ends, 0–23; the same hour as `from`: there is no quiet time.
    pub until: u8,
}

impl QuietHours {
    /// No quiet time.
    pub const NONE: Self = Self { from: 0, until: 0 };
    /// From nine in the evening to nine in the morning.
    pub const USUAL: Self = Self { from: 21, until: 9 };

    /// The moment itself, or the end of the quiet time that it lies in. `offset_hours` is that of the provider's clock.
    pub fn after(self, moment: Moment, offset_hours: i8) -> Moment {
        const HOURS: i64 = 24;
        let hour_long = Span::hours(1).whole_micros();
        let of_day = moment.plus(Span::hours(offset_hours.into())).micros().rem_euclid(HOURS * hour_long);
        let hour = of_day / hour_long;
        let (from, until) = (i64::from(self.from), i64::from(self.until));
        let is_quiet = (hour - from).rem_euclid(HOURS) < (until - from).rem_euclid(HOURS);
        if !is_quiet {
            return moment;
        }
        let begin_of_hour = moment.minus(Span::micros(of_day % hour_long));
        begin_of_hour.plus(Span::hours((until - hour).rem_euclid(HOURS)))
    }
}

/// The most messages of a channel in a minute.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PerMinute(pub u32);

impl PerMinute {
    /// The time between two messages.
    pub fn interval(self) -> Span {
        Span::micros(60_000_000 / i64::from(self.0.max(1)))
    }
}

/// When and how fast notices are sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NoticeSettings {
    /// No notice is sent in these hours.
    pub quiet: QuietHours,
    /// The pace of letters.
    pub letters: PerMinute,
    /// The pace of SMS.
    pub sms: PerMinute,
    /// The pace of pushes.
    pub pushes: PerMinute,
    /// Days before the due date on which an unpaid sum is reminded of.
    pub due_in_days: u8,
}

impl NoticeSettings {
    /// The settings of an installation that sets none. Letters: a household's mail server accepts some tens a second. SMS:
    /// the usual limit of a gateway's contract.
    pub const USUAL: Self = Self {
        quiet: QuietHours::USUAL,
        letters: PerMinute(1_200),
        sms: PerMinute(300),
        pushes: PerMinute(3_000),
        due_in_days: 3,
    };

    /// The pace of a channel.
    pub const fn pace(self, channel: NoticeChannel) -> PerMinute {
        match channel {
            NoticeChannel::Mail => self.letters,
            NoticeChannel::Sms => self.sms,
            NoticeChannel::Push => self.pushes,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::calendar::parse_moment;

    const PERM: i8 = 5;

    fn at(text: &str) -> Moment {
        parse_moment(text, PERM).unwrap()
    }

    fn reach() -> impl Strategy<Value = Reach> {
        (any::<bool>(), any::<bool>()).prop_map(|(mail, sms)| Reach { mail, sms })
    }

    #[test]
    fn a_night_ends_in_the_morning_of_the_providers_clock() {
        let quiet = QuietHours::USUAL;
        assert_eq!(quiet.after(at("2026-11-27 21:00"), PERM), at("2026-11-28 09:00"));
        assert_eq!(quiet.after(at("2026-11-28 03:59"), PERM), at("2026-11-28 09:00"));
        for day in ["2026-11-28 09:00", "2026-11-28 20:59"] {
            assert_eq!(quiet.after(at(day), PERM), at(day), "{day}");
        }
    }

    #[test]
    fn a_quiet_time_inside_a_day_and_none_at_all_are_kept_too() {
        let noon = QuietHours { from: 12, until: 14 };
        assert_eq!(noon.after(at("2026-11-28 13:30"), PERM), at("2026-11-28 14:00"));
        assert_eq!(noon.after(at("2026-11-28 23:30"), PERM), at("2026-11-28 23:30"));
        for night in ["2026-11-28 00:30", "2026-11-28 23:30"] {
            assert_eq!(QuietHours::NONE.after(at(night), PERM), at(night));
        }
    }

    #[test]
    fn law_and_security_reach_a_phone_without_a_choice_and_a_new_receipt_does_not() {
        let reach = Reach { mail: true, sms: true };
        for kind in NoticeKind::ALL {
            let by_sms = kind.default_channels(reach).has(NoticeChannel::Sms);
            assert_eq!(by_sms, kind.why_always().is_some(), "{kind:?}");
        }
        let phone_only = Reach { mail: false, sms: true };
        assert!(NoticeKind::DueSoon.default_channels(phone_only).has(NoticeChannel::Sms));
        assert!(!NoticeKind::NewReceipt.default_channels(phone_only).has(NoticeChannel::Sms));
    }

    proptest! {
        #[test]
        fn no_moment_after_the_quiet_hours_lies_in_them(
            from in 0_u8..24, until in 0_u8..24, micros in 0_i64..4_000_000_000_000_000, offset in -12_i8..=14,
        ) {
            let quiet = QuietHours { from, until };
            let after = quiet.after(Moment::from_micros(micros), offset);
            prop_assert!(after.micros() >= micros);
            prop_assert!(after.since(Moment::from_micros(micros)).whole_seconds() <= 24 * 3600);
            prop_assert_eq!(quiet.after(after, offset), after);
        }

        #[test]
        fn channels_are_read_back_as_they_are_written(reach in reach(), kind in 0..NoticeKind::ALL.len()) {
            let channels = NoticeKind::ALL[kind].default_channels(reach);
            prop_assert_eq!(Channels::parse(&channels.to_string()), Some(channels));
            prop_assert_eq!(NoticeKind::parse(NoticeKind::ALL[kind].as_str()), Some(NoticeKind::ALL[kind]));
        }
    }

    #[test]
    fn an_unknown_channel_is_no_channel() {
        assert_eq!(Channels::parse("mail fax"), None);
        assert_eq!(Channels::parse(""), Some(Channels::NONE));
    }
}
