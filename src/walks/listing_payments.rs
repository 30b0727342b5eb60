//! M9: the payments of an account by all its owners, by year and page by page.

use super::paying::{begins, payment, pays_to_the_end};
use super::portal::{INDEBTED, Portal};
use crate::domain::calendar::Span;
use crate::exchange::Kind;
use crate::storage::testing::{TestDatabase, on_both_engines};

/// The header of a payment registry.
const HEAD: &str = "account;date;amount;operation_id;source\n";

/// The number of occurrences of a text in a page.
fn times(text: &str, words: &str) -> usize {
    text.matches(words).count()
}

on_both_engines! {
    async fn a_payment_of_another_owner_is_listed_without_a_name_and_without_a_link(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        pays_to_the_end(&ivan, &account).await;
        let of_ivan = format!("/payments/{}", payment(&ivan).await.id);
        let page = format!("/accounts/{account}/payments");
        ivan.opens(&page).await.is(200).shows(&of_ivan).shows("Личный кабинет</td>").hides("другой пользователь");

        let masha = portal.person("masha@example.ru").await;
        masha.has_full_access().await;
        let seen = masha.opens(&page).await;
        seen.is(200).shows("22.11.2026").shows("100,00").shows("Личный кабинет, другой пользователь");
        seen.hides(&of_ivan).hides("ivan").hides("i***@");
        masha.opens(&of_ivan).await.is(404);
    }

    async fn an_unpaid_payment_of_another_owner_is_not_listed(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        begins(&ivan, &account).await;
        let page = format!("/accounts/{account}/payments");
        ivan.opens(&page).await.shows("ожидает оплаты");
        let masha = portal.person("masha@example.ru").await;
        masha.has_full_access().await;
        masha.opens(&page).await.is(200).shows("Платежей пока нет");
    }

    async fn a_payment_that_billing_brought_back_is_listed_once_with_its_payers_link(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        let at_bank = pays_to_the_end(&ivan, &account).await;
        let registry = format!("{HEAD}{INDEBTED};2026-11-22;100,00;{at_bank};Кабинет\n{INDEBTED};2026-11-21;50,00;k;Касса\n");
        portal.billing_brings(Kind::Payments, &registry).await;
        let of_ivan = format!("/payments/{}", payment(&ivan).await.id);
        let page = format!("/accounts/{account}/payments");
        let seen = ivan.opens(&page).await;
        seen.is(200).shows(&of_ivan).shows("Кабинет</td>").shows("Касса</td>");
        assert_eq!(times(&seen.text(), "data-label=\"Сумма\""), 2);
        let masha = portal.person("masha@example.ru").await;
        masha.has_full_access().await;
        let seen = masha.opens(&page).await;
        seen.is(200).shows("Кабинет, другой пользователь").shows("Касса</td>").hides(&of_ivan);
        assert_eq!(times(&seen.text(), "data-label=\"Сумма\""), 2);
    }

    async fn a_payment_is_listed_on_the_day_the_bank_took_the_money(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        // 22.11.2026 23:50 in Perm; the bank answers after midnight.
        portal.passes(Span::minutes(11 * 60 + 50));
        ivan.signs_in("ivan@example.ru", "gaz2026").await;
        let at_bank = begins(&ivan, &account).await;
        let page = format!("/accounts/{account}/payments");
        ivan.opens(&page).await.is(200).shows("22.11.2026");
        portal.passes(Span::minutes(20));
        portal.bank.approves(&at_bank);
        ivan.opens(&format!("/payments/{}", payment(&ivan).await.id)).await.shows("Платёж принят");
        ivan.opens(&page).await.is(200).shows("23.11.2026").hides("22.11.2026");
    }

    async fn a_year_is_chosen_among_those_with_payments(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        let rows = ["2023-12-31;10,00;a", "2026-01-01;20,00;b"].map(|row| format!("{INDEBTED};{row};Касса\n")).concat();
        portal.billing_brings(Kind::Payments, &format!("{HEAD}{rows}")).await;
        let page = format!("/accounts/{account}/payments");
        let all = ivan.opens(&page).await;
        all.is(200).shows("01.01.2026").shows("31.12.2023").shows("?year=2026").shows("?year=2023").hides("?year=2024");
        all.shows("<th scope=\"rowgroup\" colspan=\"4\">2026\u{a0}год").shows("2023\u{a0}год</th>");
        let of_2023 = ivan.opens(&format!("{page}?year=2023")).await;
        of_2023.is(200).shows("31.12.2023").hides("01.01.2026").hides("rowgroup").shows("Все</a>");
        ivan.opens(&format!("{page}?year=2024")).await.is(200).shows("За 2024 год платежей нет").shows("?year=2026");
        for odd in ["x", "20261", "-202", "", "٢٠٢٦"] {
            let odd = url::form_urlencoded::byte_serialize(odd.as_bytes()).collect::<String>();
            ivan.opens(&format!("{page}?year={odd}")).await.is(200).shows("01.01.2026").shows("31.12.2023");
        }
    }

    async fn many_payments_are_leafed_through(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        let row = |number: u32| format!("{INDEBTED};2025-03-{:02};{number},00;op-{number};Касса\n", number % 28 + 1);
        let rows: String = (1..=45).map(row).collect();
        portal.billing_brings(Kind::Payments, &format!("{HEAD}{rows}")).await;
        let page = format!("/accounts/{account}/payments");
        ivan.opens(&page).await.is(200).shows("Страница 1 из 3").shows("28.03.2025");
        let last = ivan.opens(&format!("{page}?year=2025&page=3")).await;
        last.is(200).shows("Страница 3 из 3").shows("page=2\"").shows("01.03.2025");
        assert_eq!(times(&last.text(), "data-label=\"Сумма\""), 5);
        ivan.opens(&format!("{page}?page=999")).await.is(200).shows("Страница 3 из 3");
    }
}
