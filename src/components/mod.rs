//! Stateless pieces of a view, rendered on the server: fields with their errors, buttons, notices, money, tables,
//! charts. They do no input or output, keep no state, and import `domain` and `leptos` only.
//!
//! Every text that they get is escaped. No component writes a `style` attribute: the content policy forbids it.
//! `pages::showcase` shows each in every state.

mod button;
mod card;
mod chart;
mod dialog;
mod error_summary;
mod field;
mod file_field;
mod hint;
mod icon;
mod ids;
mod illustration;
mod menu;
mod moment;
mod money;
mod notice;
mod pager;
mod period;
mod progress;
mod reading_field;
mod row_link;
mod skeleton;
mod steps;
mod table;
mod tabs;
mod toast;

pub use button::{ButtonKind, LinkButton, PrintButton, SubmitButton};
pub use card::{Badge, BadgeKind, Card, EmptyState};
pub use chart::{BarChart, ConsumptionChart, MonthBar, Sparkline};
pub use dialog::{CloseDialog, Dialog};
pub use error_summary::ErrorSummary;
pub use field::{
    CheckboxField, CodeField, FieldError, PasswordField, PinField, SelectField, SelectOption, TextArea, TextField,
    error_of, errors_of,
};
pub use file_field::FileField;
pub use hint::{FieldWithHint, Hint, WithHint};
pub use icon::{Icon, Logo};
pub use ids::PageIds;
pub use illustration::Illustration;
pub use menu::{MenuItem, MenuList};
pub use moment::MomentText;
pub use money::{BalanceText, MoneyText};
pub use notice::{FoldedNotice, Notice, NoticeKind};
pub use pager::Pager;
pub use period::PeriodRange;
pub use progress::{
    PROGRESS_OFFLINE, PROGRESS_SIGNED_OUT, PROGRESS_SLOW, PROGRESS_WAITING, PROGRESS_WORDS, ProgressLine,
};
pub use reading_field::{DialFace, DialPrice, ReadingField};
pub use row_link::RowLink;
pub use skeleton::Skeleton;
pub use steps::{Step, StepState, Steps};
pub use table::{Column, DataTable, YearTable};
pub use tabs::{Tab, Tabs};
pub use toast::{CopyButton, ToastPlace};

#[cfg(all(test, feature = "ssr"))]
mod tests;
