use std::collections::BTreeSet;
use std::sync::LazyLock;

use jiff::civil::Date;
use proptest::prelude::*;
use typst::layout::{Frame, FrameItem};

use super::*;
use crate::document::letters::{BREAK, HYPHEN};
use crate::document::object_streams::with_contents;
use crate::document::{cases, sample};
use crate::domain::decimal::Volume;
use crate::domain::meter::{Reading, ReadingSource};
use crate::domain::money::Money;
use crate::domain::receipt::ReceiptError;

static PRESS: LazyLock<Press> = LazyLock::new(Press::new);

/// The typeset pages, for reading their text.
fn set(receipt: &Receipt) -> PagedDocument {
    PRESS.set_sheet(Sheet::of(&PRESS.letters, receipt, 0).unwrap()).unwrap()
}

/// The text of a receipt as a reader sees it: page after page, no-break spaces as spaces.
fn text(receipt: &Receipt) -> String {
    let mut text = String::new();
    set(receipt).pages().iter().for_each(|page| collect_text(&page.frame, &mut text));
    text.replace('\u{a0}', " ").replace([BREAK, HYPHEN], "")
}

/// Runs on one line are joined: a word of two scripts is split into several.
fn collect_text(frame: &Frame, text: &mut String) {
    let mut line = None;
    for (place, item) in frame.items() {
        match item {
            FrameItem::Group(group) => {
                text.push('\n');
                collect_text(&group.frame, text);
            }
            FrameItem::Text(run) => {
                if line.replace(place.y) != Some(place.y) {
                    text.push('\n');
                }
                text.push_str(&run.text);
            }
            _ => {}
        }
    }
}

/// A run of text on a page: start, end, baseline, size, text.
type Run = (f64, f64, f64, f64, String);

fn collect_runs(frame: &Frame, (x, y): (f64, f64), runs: &mut Vec<Run>) {
    for (place, item) in frame.items() {
        let (x, y) = (x + place.x.to_pt(), y + place.y.to_pt());
        match item {
            FrameItem::Group(group) => collect_runs(&group.frame, (x, y), runs),
            FrameItem::Text(run) => {
                runs.push((x, x + run.width().to_pt(), y, run.size.to_pt(), run.text.to_string()));
            }
            _ => {}
        }
    }
}

/// Two overlapping lines of text, on any page.
fn collision(receipt: &Receipt) -> Option<(String, String)> {
    set(receipt).pages().iter().find_map(|page| {
        let mut runs = Vec::new();
        collect_runs(&page.frame, (0.0, 0.0), &mut runs);
        let over = |a: &Run, b: &Run| (a.2 - b.2).abs() < 0.68 * a.3.min(b.3) && a.1.min(b.1) - a.0.max(b.0) > 0.5;
        runs.iter().enumerate().find_map(|(index, run)| {
            let other = runs[..index].iter().find(|other| over(run, other))?;
            Some((run.4.clone(), other.4.clone()))
        })
    })
}

fn holds(file: &[u8], words: &str) -> bool {
    file.windows(words.len()).any(|window| window == words.as_bytes())
}

fn assert_told(text: &str, told: &[&str]) {
    for words in told {
        assert!(text.contains(words), "«{words}» is not on the receipt:\n{text}");
    }
}

fn assert_untold(text: &str, untold: &[&str]) {
    for words in untold {
        assert!(!text.contains(words), "«{words}» is on the receipt:\n{text}");
    }
}

#[test]
fn usual_receipts_are_one_page_of_tagged_pdf_and_the_same_bytes_twice() {
    for receipt in [cases::metered(), cases::by_norm(), cases::in_debt(), cases::overpaid()] {
        assert_eq!(set(&receipt).pages().len(), 1);
        let pdf = PRESS.receipt(&receipt).unwrap();
        assert_eq!(pdf, Press::new().receipt(&receipt).unwrap());
        assert!(pdf.starts_with(b"%PDF-1.7"));
        assert!(!holds(&pdf, "/StructTreeRoot"), "small objects are packed");
        let pdf = with_contents(&pdf);
        for mark in ["/StructTreeRoot", "/Marked true", "/Lang(ru)", "<pdfuaid:part>1</pdfuaid:part>", "/Alt"] {
            assert!(holds(&pdf, mark) || (mark == "/Alt" && receipt.payable().unwrap().is_zero()), "{mark}");
        }
        assert!(!holds(&pdf, "/Suspects"));
        for mark in ["<pdfaid:part>2</pdfaid:part>", "<pdfaid:conformance>A</pdfaid:conformance>"] {
            assert!(holds(&pdf, mark), "{mark}");
        }
    }
}

#[test]
fn what_describes_the_file_names_the_month_and_the_account_and_never_the_pin() {
    let receipt = cases::metered();
    let pdf = PRESS.receipt(&receipt).unwrap();
    assert!(holds(&pdf, "Квитанция за ноябрь 2026, лицевой счёт 59012345"), "the metadata are plain text");
    let pdf = with_contents(&pdf);
    let pin = receipt.pin.unwrap();
    let wide: Vec<u8> = pin.reveal().encode_utf16().flat_map(u16::to_be_bytes).collect();
    let wide = data_encoding::HEXUPPER.encode(&wide);
    assert!(!holds(&pdf, pin.reveal()) && !holds(&pdf, &wide));
}

#[test]
fn a_preview_is_one_page_of_a4_that_asks_for_nothing_from_elsewhere() {
    for receipt in [cases::metered(), cases::long()] {
        let preview = PRESS.receipt_preview(&receipt).unwrap();
        assert!(preview.starts_with("<svg") && preview.contains("viewBox=\"0 0 595.27"), "{}", &preview[..200]);
        assert_eq!(preview.matches("<svg").count(), 1);
        assert!(!preview.contains("<script") && !preview.contains("href=\"http"), "nothing but shapes");
    }
    let mut changed = cases::metered();
    changed.address.push('1');
    let (first, again) =
        (PRESS.receipt_preview(&cases::metered()).unwrap(), PRESS.receipt_preview(&cases::metered()).unwrap());
    assert!(Arc::ptr_eq(&first, &again), "the same page is drawn once");
    assert_ne!(first, PRESS.receipt_preview(&changed).unwrap());
    let mut empty = cases::metered();
    empty.rows.clear();
    assert!(matches!(PRESS.receipt_preview(&empty), Err(DocumentError::Receipt(ReceiptError::NoCharges))));
}

#[test]
fn a_metered_receipt_tells_who_pays_whom_how_much_and_by_when() {
    let text = text(&cases::metered());
    assert_told(&text, &["Квитанция за ноябрь 2026", "59012345", "60АА000593", "Морозова Мария Ивановна"]);
    assert_told(&text, &["К оплате", "422,05 ₽", "Оплатить до", "15.12.2026", "Наведите камеру"]);
    assert_told(&text, &["АО «Горгаз Тихоярск»", "ИНН 5900000122", "40702810300000000123", "БИК 045799999"]);
    assert_told(&text, &["ВК-G4Т № 0123456", "1 204,311", "1 233,831", "29,520", "до 20.04.2031"]);
    assert_told(&text, &["Газоснабжение природным газом", "30,37 м³", "7,328", "по прибору учёта", "222,55"]);
    assert_untold(&text, &["Переплата", "Пени", "Перерасчёт", "Льгота", "Страница", "долг за прошлые"]);
}

#[test]
fn the_pin_stands_before_the_breakdown() {
    let text = text(&cases::metered());
    let at = |words| text.find(words).unwrap();
    assert!(at("40718253") < at("Расчёт за ноябрь 2026"));
}

#[test]
fn a_receipt_by_the_norm_tells_the_norm() {
    let text = text(&cases::by_norm());
    assert_told(&text, &["по нормативу 12 м³", "36 м³", "543 м³", "Количество проживающих: 3"]);
    assert_untold(&text, &["Приборы учёта"]);
}

#[test]
fn a_debt_is_told_with_its_penalty_its_recalculation_and_what_was_paid_since() {
    let text = text(&cases::in_debt());
    assert_told(&text, &["711,84 ₽", "в том числе долг за прошлые месяцы", "553,50 ₽"]);
    assert_told(&text, &["Пени", "Пеня за газ", "4,12", "−42,10", "Возврат за дни без газа"]);
    assert_told(&text, &["истекла", "14.10.2026", "Платежи учтены по 30.11.2026", "Оплачено после расчёта 200,00 ₽"]);
}

#[test]
fn an_agreed_plan_is_told_with_its_part_and_the_sum_to_pay_with_it() {
    let told = ["Рассрочка долга 3 000,00 ₽", "Платёж 2 из 6", "500,00 ₽ до 15.12.2026", "2 000,00 ₽", "722,55 ₽"];
    assert_told(&text(&cases::instalment()), &told);
    assert_untold(&text(&cases::metered()), &["Рассрочка"]);
}

#[test]
fn an_overpayment_is_told_in_words_and_nothing_is_asked_for() {
    let text = text(&cases::overpaid());
    assert_told(&text, &["К оплате", "0,00 ₽", "Переплата", "212,37 ₽", "Платить не нужно"]);
    assert_untold(&text, &["Оплатить до", "Наведите камеру", "−212,37"]);
}

#[test]
fn an_absent_field_leaves_no_label() {
    let text = text(&cases::bare());
    assert_untold(&text, &["ИНН", "КПП", "БИК", "счёт 4", "Получатель", "Единый", "Абонент", "проживающих"]);
    assert_untold(&text, &["Площадь", "ПИН", "Приборы", "Платежи учтены", "none", "null"]);
}

#[test]
fn calculated_readings_are_marked_and_missing_ones_left_empty() {
    let mut receipt = cases::metered();
    receipt.meters[0].current =
        receipt.meters[0].current.map(|reading| Reading { source: ReadingSource::Calculated, ..reading });
    (receipt.meters[1].current, receipt.meters[1].difference) = (None, None);
    assert_told(&text(&receipt), &["расчётное"]);
}

#[test]
fn all_fields_of_the_record_are_described_beside_the_template_and_no_others() {
    let described = include_str!("../templates/receipt.md");
    let names = described.lines().filter(|line| line.starts_with("| `")).flat_map(|line| {
        let cell = line.split('|').nth(1).unwrap_or_default();
        let mut group = "";
        let names: Vec<String> = cell
            .split('`')
            .skip(1)
            .step_by(2)
            .map(|name| {
                if let Some(rest) = name.strip_prefix('.') {
                    return format!("{group}.{rest}");
                }
                group = name.split('.').next().unwrap_or_default();
                name.to_owned()
            })
            .collect();
        names
    });
    let described: BTreeSet<String> = names.collect();
    let mut given = BTreeSet::new();
    for case in &cases::CASES {
        let code = CodePicture { side: 1, file: "code.luma".into(), luma: Bytes::new([0]) };
        let record = record(&PRESS.letters, &(case.receipt)(), Some(&code)).unwrap();
        for (name, value) in record.as_object().unwrap() {
            let fields = value.as_array().and_then(|rows| rows.first()).unwrap_or(value).as_object();
            match fields {
                Some(fields) => given.extend(fields.keys().map(|field| format!("{name}.{field}"))),
                None => {
                    given.insert(name.clone());
                }
            }
        }
    }
    // Described once for all rows; penalties are rows of services.
    #[expect(
        clippy::case_sensitive_file_extension_comparisons,
        reason = "the field of a row, not the end of a file's name"
    )]
    given.retain(|name| !name.ends_with(".ems") && !name.starts_with("penalties."));
    let lists = ["qr", "services", "penalties", "meters", "instalment", "recalculations"];
    let bare = |name: &String| !lists.contains(&name.as_str());
    let told: Vec<&String> = described.iter().filter(|name| bare(name)).collect();
    assert_eq!(told, given.iter().filter(|name| bare(name)).collect::<Vec<_>>());
}

#[test]
fn what_does_not_fit_goes_to_a_second_page_that_names_the_receipt() {
    let receipt = cases::long();
    assert_eq!(set(&receipt).pages().len(), 2);
    let text = text(&receipt);
    assert_told(&text, &["лицевой счёт 59012345 — продолжение", "Страница 1 из 2", "Страница 2 из 2"]);
    assert_eq!(PRESS.receipt(&receipt).unwrap(), PRESS.receipt(&receipt).unwrap());
}

#[test]
fn no_line_lies_over_another() {
    for case in &cases::CASES {
        assert_eq!(collision(&(case.receipt)()), None, "{}", case.name);
    }
}

#[test]
fn billings_text_is_never_markup() {
    let mut receipt = cases::metered();
    let service = "#panic(1) *жирно* $x$ @ссылка = \\ // /* <a>";
    receipt.rows[0].service = service.into();
    receipt.address = "\"]; #set page(width: 1pt)".into();
    assert_told(&text(&receipt), &[service, "\"]; #set page(width: 1pt)"]);
}

#[test]
fn a_record_that_is_no_receipt_is_refused_by_its_rule() {
    let mut receipt = cases::metered();
    receipt.rows.clear();
    assert!(matches!(PRESS.receipt(&receipt), Err(DocumentError::Receipt(ReceiptError::NoCharges))));
}

#[test]
fn a_date_on_the_receipt_is_the_only_time_it_knows() {
    let receipt = cases::metered();
    let mut later = receipt.clone();
    later.issued_on = Date::constant(2026, 12, 2);
    assert_told(&text(&later), &["Квитанция сформирована 02.12.2026"]);
    assert_ne!(PRESS.receipt(&receipt).unwrap(), PRESS.receipt(&later).unwrap());
}

#[test]
fn many_receipts_in_one_file_are_the_pages_of_each_alone() {
    let receipts = [cases::metered(), cases::long(), cases::overpaid(), cases::in_debt()];
    let (document, pages) = PRESS.set_receipts(&receipts.each_ref()).unwrap();
    assert_eq!(pages, [1, 2, 1, 1]);
    let mut together = document.pages().iter();
    for receipt in &receipts {
        for alone in set(receipt).pages() {
            let (mut text, mut expected) = (String::new(), String::new());
            collect_text(&together.next().unwrap().frame, &mut text);
            collect_text(&alone.frame, &mut expected);
            assert_eq!(text, expected);
        }
    }
    let (pdf, _) = PRESS.receipts(&receipts.each_ref()).unwrap();
    assert!(pdf.starts_with(b"%PDF-1.7") && holds(&pdf, "<pdfuaid:part>1</pdfuaid:part>"));
    assert_eq!(pdf, Press::new().receipts(&receipts.each_ref()).unwrap().0);
    assert!(matches!(PRESS.receipts(&[]), Err(DocumentError::Receipt(ReceiptError::NoCharges))));
}

#[test]
fn several_threads_print_the_same_bytes_as_one() {
    let receipts: Vec<Receipt> = (0..4).map(sample::sample).collect();
    let alone: Vec<Vec<u8>> = receipts.iter().map(|receipt| PRESS.receipt(receipt).unwrap()).collect();
    let together: Vec<Vec<u8>> = std::thread::scope(|scope| {
        let print = |receipt| scope.spawn(move || PRESS.receipt(receipt).unwrap());
        let threads: Vec<_> = receipts.iter().map(print).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(alone, together);
}

#[test]
fn beside_all_other_columns_long_words_stay_in_their_own() {
    let mut receipt = cases::metered();
    let row = &mut receipt.rows[1];
    row.service = "Электроэнергопотребление повышенное".into();
    row.unit = Some("киловатт-часов".into());
    row.volume = Some(Volume::from_raw(1_234_567));
    for sum in [&mut row.recalculated, &mut row.benefit, &mut row.adjusted, &mut row.written_off] {
        *sum = Money::from_kopecks(123_456);
    }
    row.closing = row.expected_closing().unwrap();
    assert_eq!(collision(&receipt), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn no_text_of_billing_breaks_the_document(
        names in prop::collection::vec("\\PC{0,80}|[а-яё]{90}|[\u{0}-\u{20}\u{e000}-\u{e010}\u{300}-\u{36f}👪]{0,20}", 6),
    ) {
        let mut receipt = cases::in_debt();
        receipt.provider.name = names[0].clone();
        receipt.provider.bank_name = Some(names[1].clone());
        receipt.subscriber = Some(names[2].clone());
        receipt.address = names[3].clone();
        receipt.rows[0].service = names[4].clone();
        receipt.rows[0].recalculation_reason = Some(names[5].clone());
        prop_assert!(PRESS.receipt(&receipt).is_ok());
    }

    #[test]
    fn names_of_any_length_leave_their_rows_apart(
        services in prop::collection::vec("([А-ЯЁШЩЮа-яёшщж0-9.,-]{1,12} ?){1,9}", 3),
        meter in "[A-ZА-ЯШЩ0-9-]{1,60}",
        location in "[а-яшщ ]{1,80}",
        unit in "[а-ям³/·%-]{1,20}",
        how in prop::option::of(0_i64..100_000),
        corrections in any::<[bool; 4]>(),
        opening in -9_999_999_i64..9_999_999,
    ) {
        let mut receipt = cases::metered();
        receipt.rows[1].unit = Some(unit);
        receipt.rows[1].volume = Some(Volume::from_raw(1_234_500));
        receipt.rows[1].norm = how.map(Volume::from_raw);
        let row = &mut receipt.rows[2];
        for (wanted, sum) in corrections.into_iter().zip([
            &mut row.recalculated, &mut row.benefit, &mut row.adjusted, &mut row.written_off,
        ]) {
            *sum = Money::from_kopecks(if wanted { 123_456 } else { 0 });
        }
        row.closing = row.expected_closing().unwrap();
        for (row, service) in receipt.rows.iter_mut().zip(services) {
            row.service = service;
        }
        let moved = Money::from_kopecks(opening);
        receipt.rows[1].closing = receipt.rows[1].closing.checked_add(moved).unwrap();
        receipt.rows[1].opening = receipt.rows[1].opening.checked_add(moved).unwrap();
        receipt.meters[0].model = meter;
        receipt.meters[1].location = Some(location);
        prop_assert_eq!(collision(&receipt), None);
    }
}
