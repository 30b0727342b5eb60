//! `/console/announcements/new` and `/console/announcements/{id}/edit`: the form of an announcement.

use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Redirect};
use axum::routing::get;
use axum::{Form, Router};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::api::call::call;
use crate::api::console::announcements::{AnnouncementForm, LIST, SaveAnnouncement, save_announcement};
use crate::components::{
    ErrorSummary, FieldError, SelectField, SelectOption, SubmitButton, TextArea, TextField, error_of,
};
use crate::domain::announcement::{
    AnnouncementKind, AnnouncementState, Audience, AudienceKind, MAX_ACCOUNTS, MAX_TEXT, MAX_TITLE,
};
use crate::domain::id::AnnouncementId;
use crate::http::Web;
use crate::http::answer::{Answer, Failure};
use crate::http::session::Staff;
use crate::islands::ServerForm;
use crate::service::announcements::{Prepared, own_providers, prepared};

/// The type of a field with a day and a time of day.
const MOMENT: &str = "datetime-local";

pub(super) fn router() -> Router<Web> {
    Router::new()
        .route("/console/announcements/new", get(show_new).post(submit_new))
        .route("/console/announcements/{id}/edit", get(show_edit).post(submit_edit))
}

async fn show_new(staff: Staff) -> Answer {
    let services = &staff.web.services;
    let form = AnnouncementForm {
        kind: AnnouncementKind::Works.as_str().to_owned(),
        starts: services.now().field(services.settings().utc_offset_hours),
        audience: AudienceKind::All.as_str().to_owned(),
        ..AnnouncementForm::default()
    };
    page(&staff, form, Vec::new()).await
}

async fn submit_new(State(web): State<Web>, parts: Parts, Form(form): Form<AnnouncementForm>) -> Answer {
    submit(&web, parts, AnnouncementForm { announcement_id: String::new(), ..form }).await
}

async fn show_edit(staff: Staff, Path(id): Path<String>) -> Answer {
    let services = &staff.web.services;
    let id = AnnouncementId::parse(&id).map_err(|_| Failure::NotFound)?;
    let found = prepared(services, &staff.scope, &id).await?.ok_or(Failure::NotFound)?;
    if found.listed.announcement.stored != AnnouncementState::Draft {
        return Ok(Redirect::to(&format!("{LIST}/{id}")).into_response());
    }
    let form = filled(found, services.settings().utc_offset_hours);
    page(&staff, form, Vec::new()).await
}

async fn submit_edit(
    State(web): State<Web>,
    Path(id): Path<String>,
    parts: Parts,
    Form(form): Form<AnnouncementForm>,
) -> Answer {
    submit(&web, parts, AnnouncementForm { announcement_id: id, ..form }).await
}

async fn submit(web: &Web, parts: Parts, form: AnnouncementForm) -> Answer {
    let called = call(web, &parts, save_announcement(form.clone())).await?;
    called.or_page(web, parts, async |staff: Staff, errors| page(&staff, form, errors).await).await
}

/// The form of a stored draft.
fn filled(found: Prepared, offset_hours: i8) -> AnnouncementForm {
    let announcement = found.listed.announcement;
    let numbers: Vec<String> = found.accounts.iter().map(ToString::to_string).collect();
    let mut form = AnnouncementForm {
        announcement_id: announcement.id.to_string(),
        provider: found.provider_code,
        kind: announcement.kind.as_str().to_owned(),
        title: announcement.title,
        text: announcement.text,
        starts: announcement.starts_at.field(offset_hours),
        ends: announcement.ends_at.field(offset_hours),
        audience: announcement.audience.kind().as_str().to_owned(),
        accounts: numbers.join("\n"),
        ..AnnouncementForm::default()
    };
    match announcement.audience {
        Audience::Street(on) => {
            on.street().clone_into(&mut form.street);
            on.houses().clone_into(&mut form.houses);
        }
        Audience::Debtors(over) => form.debt = over.machine(),
        Audience::All | Audience::Accounts => {}
    }
    form
}

async fn page(staff: &Staff, form: AnnouncementForm, errors: Vec<FieldError>) -> Answer {
    let providers = own_providers(&staff.web.services, &staff.scope).await?;
    let title = if form.announcement_id.is_empty() {
        "Новое объявление"
    } else {
        "Черновик объявления"
    };
    let page = staff.page(title).under(LIST).errors(&errors);
    page.show(move || view(title, form, providers, &errors)).await
}

fn view(
    title: &'static str,
    form: AnnouncementForm,
    providers: Vec<(String, String)>,
    errors: &[FieldError],
) -> impl IntoView + use<> {
    let action = match form.announcement_id.as_str() {
        "" => format!("{LIST}/new"),
        id => format!("{LIST}/{id}/edit"),
    };
    let summary = errors.to_vec();
    let (what, when, whom) = (what(&form, providers, errors), when(&form, errors), whom(&form, errors));
    view! {
        <p class="breadcrumb"><a href=LIST>"Объявления"</a></p>
        <h1>{title}</h1>
        <ServerForm function=SaveAnnouncement::PATH.to_owned() action>
            <ErrorSummary errors=summary/>
            <input type="hidden" name="announcement_id" value=form.announcement_id/>
            {what}
            {when}
            {whom}
            <SubmitButton busy="Сохраняем…">"Сохранить черновик"</SubmitButton>
        </ServerForm>
    }
}

fn what(form: &AnnouncementForm, providers: Vec<(String, String)>, errors: &[FieldError]) -> impl IntoView + use<> {
    let providers = providers.into_iter().map(|(code, name)| SelectOption::new(code, name)).collect();
    let kinds = AnnouncementKind::ALL.map(|kind| SelectOption::new(kind.as_str(), kind.words())).to_vec();
    let hint = format!(
        "До {MAX_TEXT} знаков. Пустая строка начинает абзац, «- » — пункт списка, **так** — жирный, \
         [слова](https://example.ru) — ссылка."
    );
    view! {
        <SelectField id="provider" label="Поставщик" options=providers selected=form.provider.clone() error=error_of(errors, "provider")/>
        <SelectField id="kind" label="О чём" options=kinds selected=form.kind.clone() error=error_of(errors, "kind")/>
        <TextField id="title" label="Заголовок" value=form.title.clone() hint=format!("До {MAX_TITLE} знаков.") error=error_of(errors, "title") autocomplete="off"/>
        <TextArea id="text" label="Текст" value=form.text.clone() hint error=error_of(errors, "text") rows=10/>
    }
}

fn when(form: &AnnouncementForm, errors: &[FieldError]) -> impl IntoView + use<> {
    view! {
        <TextField id="starts" label="Показывать с" value=form.starts.clone() input_type=MOMENT error=error_of(errors, "starts") short=true/>
        <TextField id="ends" label="Показывать до" value=form.ends.clone() input_type=MOMENT hint="Не дольше года." error=error_of(errors, "ends") short=true/>
    }
}

fn whom(form: &AnnouncementForm, errors: &[FieldError]) -> impl IntoView + use<> {
    let kinds = AudienceKind::ALL.map(|kind| SelectOption::new(kind.as_str(), kind.words())).to_vec();
    let hint = "Заполните ниже только поля своего выбора. Те, кто не ввёл ПИН-код, видят лишь объявления для всех.";
    let houses = "Например: 1–15 нечётные, 20, 10к2. Диапазон берёт и корпуса, отдельный номер — только сам дом. \
                  Пусто — вся улица.";
    let accounts = format!("Для списка: до {MAX_ACCOUNTS} номеров, каждый с новой строки.");
    view! {
        <SelectField id="audience" label="Кому" options=kinds selected=form.audience.clone() hint error=error_of(errors, "audience")/>
        <TextField id="street" label="Улица" value=form.street.clone() hint="Например: г. Пермь, ул. Ленина." error=error_of(errors, "street") optional=true/>
        <TextField id="houses" label="Дома" value=form.houses.clone() hint=houses error=error_of(errors, "houses") optional=true/>
        <TextArea id="accounts" label="Лицевые счета" value=form.accounts.clone() hint=accounts error=error_of(errors, "accounts") rows=4 optional=true/>
        <TextField id="debt" label="Долг больше, ₽" value=form.debt.clone() hint="Для должников, например 1000." error=error_of(errors, "debt") inputmode="decimal" optional=true short=true/>
    }
}
