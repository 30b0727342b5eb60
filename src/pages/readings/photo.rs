//! `/accounts/{id}/readings/photo/{reading}`: the photo of the meter that proves a sent reading.
//!
//! The form is a plain one, without an island: its file goes as multipart, which the island's `fetch` of a urlencoded
//! form does not send, and the budget of the WebAssembly has no room for more. So the POST calls its use case itself,
//! and there is no server function.

use axum::Router;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{DefaultBodyLimit, Multipart, Path};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use leptos::prelude::*;

use crate::api::words;
use crate::components::{Card, ErrorSummary, FieldError, FileField, Notice, NoticeKind, SubmitButton, error_of};
use crate::domain::account::LinkedAccount;
use crate::domain::calendar::show_date;
use crate::domain::id::{AccountId, SentReadingId};
use crate::http::Web;
use crate::http::account::FullAccount;
use crate::http::answer::{Answer, Failure};
use crate::http::upload::{self, Upload};
use crate::pages::account::account_head;
use crate::service::photos::{self, MAX_PHOTO, PhotoError, PhotoOf};
use crate::service::refused::Refused;

/// The field of the file.
const FIELD: &str = "photo";
/// What the browser offers to choose. A phone with photos in HEIC converts them for this list, where it can.
const ACCEPT: &str = "image/jpeg,image/png,image/webp";
/// The width of the shown photo, in pixels: it fits into the narrowest screen, and a link opens the whole photo.
const SHOWN_WIDTH: &str = "280";

/// The page with the form, whose body may be large.
pub fn uploads() -> Router<Web> {
    // The limit of the body is a layer of `app`; axum's own would be 2 MB.
    let form = get(show).post(submit).layer(DefaultBodyLimit::disable());
    Router::new().route("/accounts/{id}/readings/photo/{reading}", form)
}

/// The photo itself.
pub fn router() -> Router<Web> {
    Router::new().route("/accounts/{id}/readings/photo/{reading}/file", get(file))
}

/// The address of the page.
pub fn address(account_id: &AccountId, id: &SentReadingId) -> String {
    format!("/accounts/{account_id}/readings/photo/{id}")
}

/// The address of the photo.
pub fn file_address(account_id: &AccountId, id: &SentReadingId) -> String {
    format!("{}/file", address(account_id, id))
}

fn parse(reading: &str) -> Result<SentReadingId, Failure> {
    SentReadingId::parse(reading).map_err(|_| Failure::NotFound)
}

async fn show(account: FullAccount, Path((_, reading)): Path<(String, String)>) -> Answer {
    page(&account, &parse(&reading)?, Vec::new()).await
}

async fn submit(
    account: FullAccount,
    Path((_, reading)): Path<(String, String)>,
    form: Result<Multipart, MultipartRejection>,
) -> Answer {
    let (id, form) = (parse(&reading)?, form.map_err(|_| Failure::BadRequest)?);
    let FullAccount { signed_in, access } = &account;
    let attached = match upload::read(form, FIELD, MAX_PHOTO).await? {
        None => Err(PhotoError::Busy.into()),
        Some(Upload { file, place: _kept }) => {
            photos::attach(signed_in.services(), access, &id, file, &signed_in.visit.visitor).await
        }
    };
    let refused = match attached {
        Ok(()) => {
            let readings = format!("/accounts/{}/readings", access.id());
            return signed_in.redirect(&readings, NoticeKind::Success, "Фото приложено к показанию.").await;
        }
        Err(Refused::This(PhotoError::NotFound)) => return Err(Failure::NotFound),
        Err(Refused::This(error)) => refused_error(error),
        Err(Refused::TooOften(limit)) => FieldError::no_mistake(FIELD, words::WAIT, words::too_often(limit)),
        Err(Refused::Fault(fault)) => return Err(fault.into()),
    };
    page(&account, &id, vec![refused]).await
}

/// The error of the form: a full queue and a decision of the provider are no mistakes of the person.
fn refused_error(error: PhotoError) -> FieldError {
    let title = match error {
        PhotoError::Busy => Some(words::WAIT),
        PhotoError::Changed => Some("Показание изменилось"),
        PhotoError::Decided => Some("Фото больше не нужно"),
        _ => None,
    };
    let words = refused_words(error);
    match title {
        Some(title) => FieldError::no_mistake(FIELD, title, words),
        None => FieldError::new(FIELD, words),
    }
}

/// What is wrong with the file, and what to do.
fn refused_words(error: PhotoError) -> String {
    const KINDS: &str = "Подойдёт снимок в формате JPEG, PNG или WebP";
    let words = match error {
        PhotoError::OtherKind(kind) => return format!("Это {kind}. {KINDS}"),
        PhotoError::NotAPicture => return format!("Это не снимок. {KINDS}"),
        PhotoError::NotFound | PhotoError::Changed => {
            "Это показание отозвано или заменено другим. Вернитесь к показаниям и выберите новое"
        }
        PhotoError::Decided => "Поставщик уже принял решение по этому показанию: фото больше не нужно",
        PhotoError::Empty => "Выберите снимок или сделайте новый",
        PhotoError::TooLarge => "Снимок больше 10\u{a0}МБ. Уменьшите его или пришлите снимок экрана с этой фотографией",
        PhotoError::TooManyPixels => {
            "На снимке слишком много точек: больше 50\u{a0}мегапикселей. Снимите в обычном режиме камеры или пришлите \
             снимок экрана с этой фотографией"
        }
        PhotoError::Heic => {
            "Телефон сохранил снимок в формате HEIC, а его показывают не все устройства. В настройках камеры выберите \
             «Наиболее совместимый» и снимите ещё раз или пришлите снимок экрана с этой фотографией"
        }
        PhotoError::Damaged => "Снимок повреждён или пришёл не целиком. Отправьте его ещё раз или сделайте новый",
        PhotoError::Busy => "Сейчас приходит очень много снимков. Подождите минуту и отправьте ещё раз",
    };
    words.to_owned()
}

async fn page(account: &FullAccount, id: &SentReadingId, errors: Vec<FieldError>) -> Answer {
    let FullAccount { signed_in, access } = account;
    let shown = photos::of_reading(signed_in.services(), access, id).await?.ok_or(Failure::NotFound)?;
    let page = signed_in.page("Фото счётчика").under("/readings").errors(&errors);
    page.show(move || view(access.linked(), &shown, errors)).await
}

fn view(own: &LinkedAccount, shown: &PhotoOf, errors: Vec<FieldError>) -> impl IntoView + use<> {
    let PhotoOf { reading, serial, is_attached } = shown;
    let meter = serial.as_ref().map(|serial| format!(", счётчик №\u{a0}{serial}"));
    let what = format!("Показание {} на {}{}.", reading.value, show_date(reading.date), meter.unwrap_or_default());
    let photo = is_attached.then(|| photo_view(file_address(&own.id, &reading.id)));
    let form = if reading.takes_photo() {
        form(address(&own.id, &reading.id), *is_attached, errors).into_any()
    } else {
        view! {
            <Notice kind=NoticeKind::Info title="Новое фото не нужно">
                <p>"Поставщик уже принял решение по этому показанию."</p>
            </Notice>
        }
        .into_any()
    };
    view! {
        {account_head(own, "readings")}
        <h2>"Фото счётчика"</h2>
        <p>{what}</p>
        {photo}
        {form}
        <p><a href=format!("/accounts/{}/readings", own.id)>"Вернуться к показаниям"</a></p>
    }
}

fn photo_view(address: String) -> impl IntoView {
    let href = address.clone();
    view! {
        <p>
            <a href=href>
                <img src=address width=SHOWN_WIDTH alt="Приложенное фото счётчика, открыть целиком"/>
            </a>
        </p>
    }
}

fn form(action: String, is_attached: bool, errors: Vec<FieldError>) -> impl IntoView {
    let error = error_of(&errors, FIELD);
    let title = if is_attached { "Заменить фото" } else { "Приложить фото" };
    view! {
        <Card title>
            <p>
                "На снимке должны быть видны все цифры счётчика и его заводской номер. Фото увидят поставщик и те, кому "
                "открыта полная версия этого лицевого счёта. Место и время съёмки мы из него удалим."
            </p>
            <form method="post" action=action enctype="multipart/form-data" novalidate>
                <ErrorSummary errors/>
                <FileField id=FIELD label="Снимок счётчика" hint="JPEG, PNG или WebP, до 10 МБ." accept=ACCEPT error/>
                <SubmitButton busy="Отправляем…">{title}</SubmitButton>
            </form>
        </Card>
    }
}

async fn file(FullAccount { signed_in, access }: FullAccount, Path((_, reading)): Path<(String, String)>) -> Answer {
    let photo = photos::own(signed_in.services(), &access, &parse(&reading)?).await?;
    Ok(answer(photo.ok_or(Failure::NotFound)?))
}

/// The answer with a photo: the browser shows it and keeps no copy. Every answer forbids to guess another type.
pub fn answer(photo: Vec<u8>) -> Response {
    let headers = [
        (CONTENT_TYPE, "image/jpeg"),
        (CACHE_CONTROL, "private, no-store"),
        (CONTENT_DISPOSITION, "inline; filename=\"schetchik.jpg\""),
    ];
    (headers, photo).into_response()
}
