//! M7, M9: the receipt, the settlements and the payment page show the same sum.

use std::path::Path;

use super::portal::{Portal, Reply};
use crate::demo_town::{ShowcaseAccount, Town};
use crate::domain::account::AccountNumber;
use crate::domain::money::Money;
use crate::domain::paging::AskedPage;
use crate::domain::settlement::Balance;
use crate::exchange::Kind;
use crate::service::access::FullAccess;
use crate::service::accounts::{balance, payments, settlements};
use crate::service::receipts::receipt_of;
use crate::service::statements::statement_of;
use crate::storage::testing::{TestDatabase, on_both_engines};
use crate::storage::{accounts, providers};

/// Every account of the town, as if linked in full access.
async fn accounts_of(portal: &Portal, town: &Town) -> Vec<FullAccess> {
    let mut connection = portal.services.db().read().await.unwrap();
    let mut found = Vec::new();
    for file in town.files.iter().filter(|file| file.kind == Kind::Accounts) {
        let provider = providers::by_code(&mut connection, file.provider_code.unwrap()).await.unwrap().unwrap();
        for number in numbers(&file.path) {
            let account = accounts::find(&mut connection, &provider.id, &number).await.unwrap().unwrap();
            found.push(FullAccess::unlocked(provider.clone(), account));
        }
    }
    found
}

/// The first cell of each row of a file.
fn numbers(file: &Path) -> Vec<AccountNumber> {
    let rows = std::fs::read_to_string(file).unwrap();
    let number = |row: &str| AccountNumber::trusted(row.split(';').next().unwrap().to_owned());
    rows.lines().skip(1).map(number).collect()
}

/// The payment page with the sum offered to the owner of an account.
async fn offered(portal: &Portal, shown: &ShowcaseAccount) -> Reply {
    let person = portal.person(&format!("{}@example.ru", shown.number)).await;
    let fields = [("provider", shown.provider_code), ("number", shown.number.as_str())];
    let account = person.posts("/accounts/link", &fields).await.location.unwrap();
    person.posts(&format!("{account}/pin"), &[("pin", shown.pin.reveal())]).await.leads_to("/accounts/");
    person.opens(&format!("{account}/pay")).await
}

on_both_engines! {
    async fn in_the_whole_town_the_receipt_asks_for_what_the_settlements_leave_after_payments(database: TestDatabase) {
        let (portal, town) = Portal::over_the_demo_town(database).await;
        let services = &portal.services;
        let mut compared = 0;
        for access in accounts_of(&portal, &town).await {
            let number = &access.linked().number;
            let Some(settlements) = settlements(services, &access, None).await.unwrap() else { continue };
            let newest = &settlements.months[0];
            let listed = payments(services, &access, None, AskedPage::FIRST).await.unwrap().listed;
            let later = listed.iter().filter(|payment| payment.date > newest.period.last_day());
            let later = Money::checked_sum(later.map(|payment| payment.amount)).unwrap();
            let now = balance(services, &access).await.unwrap();
            let receipt = receipt_of(services, access.provider(), access.account(), newest.period).await.unwrap().unwrap();
            assert_eq!(receipt.totals().unwrap().closing, newest.closing, "{number}: the month's end");
            assert_eq!(receipt.balance().unwrap(), Balance::of(Some(newest.closing), later), "{number}: after payments");
            assert_eq!(receipt.balance().unwrap(), now.balance, "{number}: what the accounts' page shows");
            let stated = statement_of(services, &access, newest.period.months_before(24), newest.period).await.unwrap();
            assert_eq!(stated.statement.closing, newest.closing, "{number}: the statement");
            assert_eq!(Balance::of(Some(stated.statement.closing), stated.paid_since), now.balance, "{number}: stated");
            if let Some(shown) = town.showcase.iter().find(|shown| shown.number == *number) {
                let payable = receipt.payable().unwrap();
                let page = offered(&portal, shown).await;
                if payable.is_zero() {
                    page.is(200).hides("Весь долг");
                } else {
                    page.is(200).shows(&format!("{}\u{a0}рублей", payable.plain()));
                }
            }
            compared += 1;
        }
        assert!(compared >= 1_900, "{compared} accounts have charges");
    }
}
