//! Letters and SMS about decisions on instalment plans.

use crate::domain::calendar::date_in_words;
use crate::domain::id::AccountId;
use crate::domain::instalment::{Instalment, InstalmentPlan, months_in_words};
use crate::service::Services;
use crate::service::messages::Text;

impl Services {
    /// The schedule that an operator agreed to.
    pub(super) fn text_instalments_agreed(&self, number: &str, plan: &InstalmentPlan) -> Text {
        let instalments = plan.agreement.as_ref().map(|agreement| agreement.instalments.as_slice()).unwrap_or_default();
        let lines: Vec<String> = instalments.iter().map(line).collect();
        let first = instalments
            .first()
            .map(|first| format!(" Первый платёж: {} до {}.", first.sum, date_in_words(first.due_on)));
        let (months, address) = (months_in_words(plan.months), self.debt_page(&plan.account_id));
        Text {
            subject: "Рассрочка согласована",
            letter: self.letter(&format!(
                "Поставщик согласовал рассрочку долга по лицевому счёту {number}: {} на {months}.\n\n{}\n\n\
                 Новые начисления платите как обычно, сверх этих сумм.\n\nГрафик и что уже оплачено: {address}",
                plan.total,
                lines.join("\n")
            )),
            sms: format!(
                "Рассрочка по л/с {number} согласована: {} на {months}.{} График: {address}",
                plan.total,
                first.unwrap_or_default()
            ),
        }
    }

    /// The reason why an operator refused.
    pub(super) fn text_instalments_refused(&self, number: &str, account_id: &AccountId, reason: &str) -> Text {
        let address = self.debt_page(account_id);
        Text {
            subject: "В рассрочке отказано",
            letter: self.letter(&format!(
                "Поставщик не согласовал рассрочку долга по лицевому счёту {number}.\n\nПричина: {reason}\n\n\
                 Можно попросить рассрочку на другой срок или заплатить часть: {address}"
            )),
            sms: format!("В рассрочке по л/с {number} отказано: {reason}"),
        }
    }

    fn debt_page(&self, account_id: &AccountId) -> String {
        format!("{}/accounts/{account_id}/debt", self.settings().public_url)
    }
}

/// `1. До 15 декабря 2026 — 411,52 ₽`.
fn line(Instalment { number, sum, due_on }: &Instalment) -> String {
    format!("{number}. До {} — {sum}", date_in_words(*due_on))
}
