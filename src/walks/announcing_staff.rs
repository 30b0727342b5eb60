//! Announcements in the console: drafting, the preview, publishing and withdrawing, and what is refused.

use leptos::server_fn::ServerFn as _;

use super::portal::{PERM, Person, Portal};
use crate::api::ApiError;
use crate::api::console::announcements::{PublishAnnouncement, SaveAnnouncement, WithdrawAnnouncement};
use crate::exchange::Kind;
use crate::storage::testing::{TestDatabase, on_both_engines};

const NEW: &str = "/console/announcements/new";

/// A valid form, with some of its fields replaced.
fn form<'a>(replaced: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let valid = [
        ("provider", PERM),
        ("kind", "works"),
        ("title", "Отключение газа"),
        ("text", "Газа не будет **до вечера**."),
        ("starts", "2026-11-22T12:00"),
        ("ends", "2026-11-25T18:00"),
        ("audience", "street"),
        ("street", "ул. Береговая"),
        ("houses", "1–3"),
    ];
    let value = |(field, value): (&'a str, &'a str)| {
        let found = replaced.iter().find(|(name, _)| *name == field);
        (field, found.map_or(value, |(_, value)| *value))
    };
    let added = replaced.iter().filter(|(name, _)| valid.iter().all(|(field, _)| field != name));
    valid.into_iter().map(value).chain(added.copied()).collect()
}

/// Saves a draft and returns the address of its page.
async fn drafts(olga: &Person<'_>, fields: &[(&str, &str)]) -> String {
    let saved = olga.posts(NEW, fields).await;
    saved.leads_to("/console/announcements/");
    saved.location.unwrap()
}

on_both_engines! {
    async fn an_operator_drafts_previews_publishes_and_withdraws(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        ivan.has_full_access().await;
        let olga = portal.operator("olga").await;
        olga.opens("/console/announcements").await.is(200).shows("Объявлений нет");
        olga.opens(NEW).await.is(200).shows("Межрегионгаз Пермь").shows("2026-11-22T12:00");
        let page = drafts(&olga, &form(&[])).await;
        let preview = olga.opens(&page).await;
        preview.is(200).shows("Черновик сохранён").shows("<strong>до вечера</strong>").shows("лицевых счетов: 3");
        preview.shows("ул. Береговая, дома: 1–3").shows("Опубликовать");
        ivan.opens("/accounts").await.hides("Отключение газа");

        olga.posts(&format!("{page}/publish"), &[]).await.leads_to(&page);
        olga.opens(&page).await.shows("абоненты его уже видят").hides("Опубликовать").shows("Отозвать");
        ivan.opens("/accounts").await.shows("Отключение газа");
        olga.posts(&format!("{page}/withdraw"), &[]).await.leads_to("/console/announcements");
        olga.opens("/console/announcements").await.shows("Объявление отозвано").shows("отозвано");
        ivan.opens("/accounts").await.hides("Отключение газа");
        let trail = olga.opens("/console/events").await;
        trail.shows("Подготовлено объявление").shows("Опубликовано объявление").shows("Отозвано объявление");
    }

    async fn a_draft_is_changed_until_it_is_published(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let olga = portal.operator("olga").await;
        let page = drafts(&olga, &form(&[("audience", "accounts"), ("accounts", "59000001 59000002")])).await;
        let edit = format!("{page}/edit");
        olga.opens(&edit).await.is(200).shows("59000001\n59000002").shows("2026-11-25T18:00");
        olga.posts(&edit, &form(&[("title", "Новый заголовок")])).await.leads_to(&page);
        olga.opens(&page).await.shows("Новый заголовок").shows("лицевых счетов: 3");
        olga.posts(&format!("{page}/publish"), &[]).await.leads_to(&page);
        olga.posts(&edit, &form(&[("title", "Поздно")])).await.leads_to(&page);
        olga.opens(&page).await.shows("Другой сотрудник уже изменил").hides("Поздно");
        olga.opens(&edit).await.leads_to(&page);
        assert_eq!(portal.dump("announcement_accounts").await, "");
    }

    async fn every_empty_field_is_named_at_once(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let olga = portal.operator("olga").await;
        let reply = olga.calls(SaveAnnouncement::PATH, &[("title", "")]).await;
        reply.refuses("provider", "Выберите поставщика").refuses("kind", "о чём объявление");
        reply.refuses("title", "Напишите заголовок").refuses("text", "Напишите текст");
        reply.refuses("starts", "Укажите день и время").refuses("ends", "Укажите день и время");
        reply.refuses("audience", "кому показать");
        olga.posts(NEW, &[("title", "")]).await.is(422).shows("Напишите заголовок").shows("Напишите текст");
        assert_eq!(portal.dump("announcements").await, "");
    }

    async fn a_form_is_refused_the_same_by_call_and_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let olga = portal.operator("olga").await;
        let refused = [
            (("text", "Читайте\n\n[здесь](javascript:alert(1))"), "Строку 3 портал не покажет"),
            (("text", "<script>alert(1)</script>"), "Строку 1 портал не покажет"),
            (("ends", "2026-11-22T11:00"), "Конец должен быть позже начала"),
            (("ends", "2028-01-01T00:00"), "не дольше года"),
            (("street", ""), "Напишите улицу"),
            (("street", "ул. Береговая, 1"), "Здесь только улица"),
            (("houses", "пять"), "«пять» — не дом"),
            (("title", "5555 5555 5555 4444"), "Похоже на номер карты"),
        ];
        for ((field, value), words) in refused {
            olga.is_refused_both_ways((SaveAnnouncement::PATH, NEW), &form(&[(field, value)]), (field, words)).await;
        }
        let of_accounts = form(&[("audience", "accounts"), ("accounts", "59000001 590")]);
        let way = (SaveAnnouncement::PATH, NEW);
        olga.is_refused_both_ways(way, &of_accounts, ("accounts", "Номер на 2-м месте")).await;
        let of_debtors = form(&[("audience", "debtors"), ("debt", "много")]);
        olga.is_refused_both_ways(way, &of_debtors, ("debt", "Введите сумму в рублях")).await;
        assert_eq!(portal.dump("announcements").await, "");
    }

    async fn an_operator_of_another_provider_finds_nothing(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let file = "code;name;region;account_length\nufa-gas;Газ Уфа;Башкортостан;8\n";
        portal.billing_brings(Kind::Providers, file).await;
        let ours = portal.operator_with("olga", None, &[PERM]).await;
        let page = drafts(&ours, &form(&[])).await;
        let id = page.rsplit('/').next().unwrap();
        let foreign = portal.operator_with("pavel", None, &["ufa-gas"]).await;
        foreign.opens("/console/announcements").await.is(200).hides("Отключение газа");
        for part in ["", "/edit"] {
            foreign.opens(&format!("{page}{part}")).await.is(404).hides("Отключение газа");
        }
        for part in ["/publish", "/withdraw"] {
            foreign.posts(&format!("{page}{part}"), &[]).await.is(404);
        }
        foreign.posts(&format!("{page}/edit"), &form(&[("provider", "ufa-gas")])).await.is(404);
        for function in [PublishAnnouncement::PATH, WithdrawAnnouncement::PATH] {
            foreign.calls(function, &[("announcement_id", id)]).await.fails(ApiError::NotFound);
        }
        foreign.calls(SaveAnnouncement::PATH, &form(&[])).await.refuses("provider", "Выберите поставщика");
        foreign.opens(NEW).await.is(200).shows("Газ Уфа").hides("Межрегионгаз Пермь");
        ours.opens(&page).await.is(200).shows("Опубликовать");
    }

    async fn an_announcement_is_closed_to_users_and_guests(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let olga = portal.operator("olga").await;
        let page = drafts(&olga, &form(&[])).await;
        let id = page.rsplit('/').next().unwrap();
        let ivan = portal.person("ivan@example.ru").await;
        for person in [&ivan, &portal.browser()] {
            person.opens(&page).await.leads_to("/console/sign-in");
            person.posts(&format!("{page}/publish"), &[]).await.leads_to("/console/sign-in");
            person.calls(PublishAnnouncement::PATH, &[("announcement_id", id)]).await.fails(ApiError::SignedOut);
        }
        olga.opens(&page).await.is(200).shows("Опубликовать");
    }
}
