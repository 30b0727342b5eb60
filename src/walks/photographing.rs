//! The photo of a meter as the proof of a sent reading: attaching, showing, its end.

use std::io::Cursor;

use axum::body::Body;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ExtendedColorType, ImageEncoder as _, ImageFormat, Rgb, RgbImage};
use leptos::server_fn::ServerFn as _;

use super::portal::{INDEBTED, MASHAS, PERM, Person, Portal, Reply};
use crate::api::readings::{SendReadings, TakeBackReading};
use crate::domain::calendar::Span;
use crate::domain::id::AccountId;
use crate::exchange::Kind;
use crate::service::photos::MAX_PHOTO;
use crate::service::readings::export;
use crate::service::sessions;
use crate::storage::testing::{TestDatabase, on_both_engines};

/// EXIF with one entry: the picture lies on its side (6).
const ON_ITS_SIDE: &[u8] = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";

/// A reading that ivan sent today.
struct Sent<'a> {
    ivan: Person<'a>,
    account: AccountId,
    /// The page of the readings.
    readings: String,
    /// The field of the meter's reading.
    field: String,
    id: String,
}

impl<'a> Sent<'a> {
    async fn open(portal: &'a Portal) -> Self {
        let provider = format!("code;name;readings_window\n{PERM};Межрегионгаз Пермь;always\n");
        portal.billing_brings(Kind::Providers, &provider).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        let meters = format!("account;serial;model;digits;decimals\n{INDEBTED};00-777;ВК-G4;5;3\n");
        portal.billing_brings(Kind::Meters, &meters).await;
        let readings = format!("/accounts/{account}/readings");
        let shown = ivan.opens(&readings).await.is(200).text();
        let field = format!("reading-{}", after(&shown, "name=\"reading-"));
        let mut sent = Self { ivan, account, readings, field, id: String::new() };
        sent.sends("1050").await;
        sent.id = after(&sent.ivan.opens(&sent.readings).await.text(), "name=\"reading_id\" value=\"");
        sent
    }

    async fn sends(&self, value: &str) {
        let form = [("account_id", self.account.as_str()), (self.field.as_str(), value)];
        self.ivan.calls(SendReadings::PATH, &form).await.leads_to(&self.readings);
    }

    fn page(&self) -> String {
        format!("{}/photo/{}", self.readings, self.id)
    }

    fn file(&self) -> String {
        format!("{}/file", self.page())
    }

    fn for_operators(&self) -> String {
        format!("/console/photos/{}", self.id)
    }

    async fn attaches(&self, file: &[u8]) {
        self.ivan.uploads(&self.page(), file).await.leads_to(&self.readings);
    }

    /// The stored photo.
    async fn photo(&self) -> Reply {
        let reply = self.ivan.opens(&self.file()).await;
        assert_eq!(reply.is(200).headers["content-type"], "image/jpeg");
        reply
    }
}

/// The text after a mark up to the next quote.
fn after(page: &str, mark: &str) -> String {
    let found = page.split(mark).nth(1).and_then(|rest| rest.split('"').next());
    found.unwrap_or_else(|| panic!("{mark} is not on the page")).to_owned()
}

impl Person<'_> {
    /// Submits the form with a file that the browser calls a JPEG, whatever it is.
    async fn uploads(&self, address: &str, file: &[u8]) -> Reply {
        let head = "--mark\r\ncontent-disposition: form-data; name=\"photo\"; filename=\"meter.jpg\"\r\n\
                    content-type: image/jpeg\r\n\r\n";
        let body = [head.as_bytes(), file, b"\r\n--mark--\r\n"].concat();
        let request = self
            .request("POST", address)
            .header("content-type", "multipart/form-data; boundary=mark")
            .header("content-length", body.len())
            .header("sec-fetch-site", "same-origin");
        self.sends(request.body(Body::from(body)).unwrap()).await
    }
}

fn dial(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| Rgb([x / 8, y / 8, (x + y) / 16].map(|shade| shade as u8)))
}

fn written(format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(dial(320, 240)).write_to(&mut file, format).unwrap();
    file.into_inner()
}

fn on_its_side() -> Vec<u8> {
    let (mut file, picture) = (Vec::new(), dial(2000, 1500));
    let mut encoder = JpegEncoder::new_with_quality(&mut file, 95);
    encoder.set_exif_metadata(ON_ITS_SIDE.to_vec()).unwrap();
    encoder.write_image(picture.as_raw(), 2000, 1500, ExtendedColorType::Rgb8).unwrap();
    file
}

fn size(jpeg: &[u8]) -> (u32, u32) {
    let picture = image::load_from_memory_with_format(jpeg, ImageFormat::Jpeg).unwrap();
    (picture.width(), picture.height())
}

/// A PNG whose header claims 900 megapixels.
fn bomb() -> Vec<u8> {
    let mut file = Vec::new();
    drop(png::Encoder::new(&mut file, 30_000, 30_000).write_header().unwrap());
    file
}

on_both_engines! {
    async fn a_photo_is_attached_without_javascript_and_shown(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let sent = Sent::open(&portal).await;
        sent.ivan.opens(&sent.readings).await.shows("Приложить фото").shows(&sent.page()).hides(&sent.file());
        let form = sent.ivan.opens(&sent.page()).await;
        form.is(200).shows("enctype=\"multipart/form-data\"").shows("capture=\"environment\"");
        form.shows("Показание 1\u{a0}050 на 22.11.2026, счётчик №\u{a0}00-777").hides("<leptos-island");
        sent.ivan.opens(&sent.file()).await.is(404);

        sent.attaches(&written(ImageFormat::Jpeg)).await;
        let page = sent.ivan.opens(&sent.readings).await;
        page.shows("Фото приложено к показанию.").shows(&sent.file()).shows("Заменить фото");
        sent.ivan.opens(&sent.page()).await.shows(&format!("src=\"{}\"", sent.file()));
        let photo = sent.photo().await;
        assert_eq!(photo.headers["cache-control"], "private, no-store");
        assert_eq!(photo.headers["x-content-type-options"], "nosniff");
        assert!(photo.headers["content-disposition"].to_str().unwrap().starts_with("inline"));
        sent.ivan.opens("/settings/events").await.shows("Приложено фото счётчика");
    }

    async fn every_accepted_format_is_stored_as_a_small_jpeg_without_metadata(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let sent = Sent::open(&portal).await;
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
            sent.attaches(&written(format)).await;
            assert_eq!(size(&sent.photo().await.bytes), (320, 240), "{format:?}");
        }
        sent.attaches(&on_its_side()).await;
        let stored = sent.photo().await.bytes;
        assert!(stored.len() <= 300_000, "{} bytes", stored.len());
        assert!(!stored.windows(4).any(|part| part == b"Exif"));
        assert_eq!(size(&stored), (1200, 1600), "it stands upright");
    }

    async fn a_stored_photo_is_sealed_and_one_for_a_reading(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let sent = Sent::open(&portal).await;
        sent.attaches(&written(ImageFormat::Jpeg)).await;
        sent.attaches(&written(ImageFormat::Png)).await;
        let rows = portal.dump("reading_photos").await;
        assert_eq!(rows.lines().count(), 1);
        assert!(rows.contains("|v2.") && !rows.contains("JFIF"));
    }

    async fn what_is_no_photo_is_refused_in_words(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let sent = Sent::open(&portal).await;
        let whole = written(ImageFormat::Jpeg);
        let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec();
        let large = [whole.clone(), vec![0; MAX_PHOTO + 1 - whole.len()]].concat();
        let refused = [
            (Vec::new(), "Выберите снимок"),
            (heic, "Наиболее совместимый"),
            (b"GIF89a\x01\0\x01\0\0\0\0".to_vec(), "Это файл GIF. Подойдёт снимок в формате JPEG"),
            (b"a text that is called meter.jpg".to_vec(), "Это не снимок"),
            (whole[..whole.len() / 2].to_vec(), "повреждён или пришёл не целиком"),
            ([b"\xff\xd8\xff".as_slice(), b"a lie"].concat(), "повреждён или пришёл не целиком"),
            (bomb(), "слишком много точек"),
            (large, "Снимок больше 10\u{a0}МБ"),
        ];
        for (file, words) in refused {
            let reply = sent.ivan.uploads(&sent.page(), &file).await;
            reply.is(422).shows(words).shows("id=\"photo-error\"").shows("Исправьте ошибку");
        }
        assert_eq!(portal.dump("reading_photos").await, "");
        sent.ivan.uploads(&sent.page(), &vec![0; MAX_PHOTO + 20_000]).await.is(413).shows("Слишком большой снимок");
        sent.ivan.posts(&sent.page(), &[("photo", "text")]).await.is(400);
    }

    async fn a_user_attaches_some_photos_in_an_hour(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let sent = Sent::open(&portal).await;
        for _ in 0..20 {
            sent.ivan.uploads(&sent.page(), b"a text").await.is(422).shows("Это не снимок");
        }
        sent.ivan.uploads(&sent.page(), &written(ImageFormat::Jpeg)).await.is(422).shows("Слишком много попыток");
    }

    async fn a_photo_is_for_those_with_full_access_to_its_account(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let sent = Sent::open(&portal).await;
        sent.attaches(&written(ImageFormat::Jpeg)).await;
        let masha = portal.person("masha@example.ru").await;
        let own = masha.linked(MASHAS).await;
        masha.enters_pin(&own, "87654321").await.leads_to("/accounts/");
        let through_own = format!("/accounts/{own}/readings/photo/{}", sent.id);
        for page in [sent.page(), through_own.clone()] {
            masha.opens(&page).await.is(404);
            masha.opens(&format!("{page}/file")).await.is(404);
            masha.uploads(&page, &written(ImageFormat::Png)).await.is(404);
        }
        let petr = portal.person("petr@example.ru").await;
        let closed = format!("/accounts/{}?closed=1", petr.linked(INDEBTED).await);
        for page in [sent.page(), sent.file()] {
            petr.opens(&page).await.leads_to(&closed);
            portal.browser().opens(&page).await.leads_to("/sign-in");
        }
        petr.uploads(&sent.page(), &written(ImageFormat::Png)).await.leads_to(&closed);
        assert_eq!(size(&sent.photo().await.bytes), (320, 240));
    }

    async fn a_photo_is_attached_after_the_export_until_billing_decides(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let sent = Sent::open(&portal).await;
        export(&portal.services, PERM, &mut Vec::new(), |_| Ok(())).await.unwrap();
        sent.ivan.opens(&sent.readings).await.shows("передано поставщику").shows("Приложить фото");
        sent.attaches(&written(ImageFormat::Jpeg)).await;
        let accepted = format!("account;serial;date;value;source\n{INDEBTED};00-777;2026-11-22;1050;subscriber\n");
        portal.billing_brings(Kind::Readings, &accepted).await;
        sent.ivan.opens(&sent.readings).await.shows(&sent.file()).hides("Заменить фото");
        sent.ivan.opens(&sent.page()).await.is(200).shows("Новое фото не нужно").hides("multipart");
        let late = sent.ivan.uploads(&sent.page(), &written(ImageFormat::Png)).await;
        late.is(422).shows("уже принял решение");
        sent.photo().await;
    }

    async fn a_photo_ends_with_its_reading_with_its_value_and_after_its_time(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let sent = Sent::open(&portal).await;
        sent.attaches(&written(ImageFormat::Jpeg)).await;
        sent.sends("1060").await;
        assert_eq!(portal.dump("reading_photos").await, "", "it proved another value");
        sent.attaches(&written(ImageFormat::Jpeg)).await;
        let form = [("account_id", sent.account.as_str()), ("reading_id", sent.id.as_str())];
        sent.ivan.calls(TakeBackReading::PATH, &form).await.leads_to(&sent.readings);
        assert_eq!(portal.dump("reading_photos").await, "");
        sent.ivan.opens(&sent.file()).await.is(404);
        sent.ivan.uploads(&sent.page(), &written(ImageFormat::Jpeg)).await.is(404);

        sent.sends("1070").await;
        let id = after(&sent.ivan.opens(&sent.readings).await.text(), "name=\"reading_id\" value=\"");
        let sent = Sent { id, ..sent };
        sent.attaches(&written(ImageFormat::Jpeg)).await;
        portal.passes(Span::days(399));
        sessions::expire(&portal.services).await.unwrap();
        assert_eq!(portal.dump("reading_photos").await.lines().count(), 1);
        portal.passes(Span::days(2));
        sessions::expire(&portal.services).await.unwrap();
        assert_eq!(portal.dump("reading_photos").await, "");
        assert_eq!(portal.dump("sent_readings").await.lines().count(), 1, "the reading stays");
    }

    async fn an_operator_of_the_provider_sees_a_photo_and_the_trail_says_so(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let sent = Sent::open(&portal).await;
        let other = "code;name;region;account_length\nufa-gas;Газ Уфа;Башкортостан;8\n";
        portal.billing_brings(Kind::Providers, other).await;
        let olga = portal.operator_with("olga", None, &[PERM]).await;
        let pavel = portal.operator_with("pavel", None, &["ufa-gas"]).await;
        olga.opens(&sent.for_operators()).await.is(404);
        sent.attaches(&written(ImageFormat::Jpeg)).await;
        let shown = olga.opens(&sent.for_operators()).await;
        assert_eq!(shown.is(200).headers["content-type"], "image/jpeg");
        assert_eq!(shown.headers["cache-control"], "private, no-store");
        assert_eq!(shown.bytes, sent.photo().await.bytes);
        pavel.opens(&sent.for_operators()).await.is(404);
        olga.opens("/console/photos/no-identifier").await.is(404);
        sent.ivan.opens(&sent.for_operators()).await.leads_to("/console/sign-in");
        olga.opens("/console/events").await.shows("Оператор посмотрел фото счётчика");
        pavel.opens("/console/events").await.hides("посмотрел фото");
        sent.ivan.opens("/settings/events").await.shows("Оператор посмотрел фото счётчика");
        assert_eq!(portal.dump("audit").await.matches("photo_shown").count(), 1);
    }
}
