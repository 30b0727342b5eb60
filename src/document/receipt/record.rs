//! The record of a receipt that the template reads; `templates/receipt.md` describes it.

use serde_json::{Value, json};
use typst::foundations::Bytes;

use crate::document::letters::{BREAK, HYPHEN, Letters};
use crate::document::provider;
use crate::domain::calendar::show_date;
use crate::domain::decimal::{Area, Volume};
use crate::domain::instalment::ReceiptInstalment;
use crate::domain::meter::{Reading, ReadingSource};
use crate::domain::money::Money;
use crate::domain::pin::Pin;
use crate::domain::receipt::{Receipt, ReceiptError, ReceiptMeter, charged_for_month, is_penalty};
use crate::domain::settlement::{Balance, Charge, Method};

/// The picture of a receipt's code, as a file for the template.
pub(super) struct CodePicture {
    /// Its side in pixels.
    pub side: usize,
    /// Its path.
    pub file: String,
    /// One byte per pixel.
    pub luma: Bytes,
}

/// Widest unbroken run in the column of services, which is 9 units wide beside all eight others: wider words are
/// hyphenated.
const SERVICE_WIDEST: f64 = 8.5;
/// The same for the unit of a volume, whose column is 4.7 units wide then; the number itself is never broken.
const UNIT_WIDEST: f64 = 4.6;

/// From this sum in kopecks on, a sum is wider than a column of sums: `10 000 000,00`.
const WIDE_SUM: u64 = 1_000_000_000;

/// The record: every text formatted and limited to characters of the fonts, every absent field null; one page, unless
/// more turn out to be needed. `code` is the code's picture.
///
/// # Errors
/// [`ReceiptError`] when sums do not fit.
pub(super) fn record(letters: &Letters, receipt: &Receipt, code: Option<&CodePicture>) -> Result<Value, ReceiptError> {
    let mut record = fields(receipt, code)?;
    letters.make_printable(&mut record);
    measure_texts(letters, &mut record);
    Ok(record)
}

fn fields(receipt: &Receipt, code: Option<&CodePicture>) -> Result<Value, ReceiptError> {
    let (services, penalties): (Vec<&Charge>, Vec<&Charge>) =
        receipt.rows.iter().partition(|row| !is_penalty(&row.service));
    Ok(json!({
        "title": format!("Квитанция за {}", receipt.period),
        "period": receipt.period.to_string(),
        "issued": show_date(receipt.issued_on),
        "provider": provider::record(&receipt.provider),
        "account": receipt.account_number.as_str(),
        "els": receipt.els,
        "subscriber": receipt.subscriber,
        "address": receipt.address,
        "residents": receipt.residents.map(|count| count.to_string()),
        "area": receipt.area.map(square_metres),
        "heated-area": receipt.heated_area.map(square_metres),
        "payable": payable(receipt)?,
        "meters": receipt.meters.iter().map(meter).collect::<Vec<_>>(),
        "pin": receipt.pin.as_ref().map(Pin::reveal),
        "services": services.into_iter().map(|charge| row(charge, receipt)).collect::<Vec<_>>(),
        "penalties": penalties.into_iter().map(|charge| row(charge, receipt)).collect::<Vec<_>>(),
        "columns": columns(receipt),
        "totals": totals(receipt)?,
        "counted-to": receipt.payments_counted_to.map(show_date),
        "instalment": receipt.instalment.map(instalment),
        "recalculations": receipt.recalculations().map(recalculation).collect::<Vec<_>>(),
        "qr": code.map(|code| json!({ "side": code.side, "file": code.file })),
        "wide-sums": has_wide_sums(receipt)?,
        "pages": 1,
    }))
}

fn square_metres(area: Area) -> String {
    format!("{area}\u{a0}м²")
}

/// The sum to pay and the notes beside it.
fn payable(receipt: &Receipt) -> Result<Value, ReceiptError> {
    let balance = receipt.balance()?;
    let arrears = Some(receipt.arrears()?).filter(|arrears| !arrears.is_zero());
    Ok(json!({
        "sum": balance.due().to_string(),
        "due": matches!(balance, Balance::Due(_)).then(|| show_date(receipt.due_on())),
        "arrears": arrears.map(|sum| sum.to_string()),
        "overpaid": if let Balance::Overpaid(sum) = balance { Some(sum.to_string()) } else { None },
    }))
}

fn meter(meter: &ReceiptMeter) -> Value {
    let readings = [meter.previous, meter.current];
    let volumes = readings.into_iter().flatten().map(|reading| reading.value).chain(meter.difference);
    let decimals = volumes.map(Volume::decimals).max().unwrap_or_default();
    let dial = |volume: Volume| volume.with_decimals(decimals);
    let reading = |reading: Reading| {
        json!({
            "value": dial(reading.value),
            "date": show_date(reading.date),
            "calculated": reading.source == ReadingSource::Calculated,
        })
    };
    json!({
        "name": format!("{} № {}", meter.model, meter.serial),
        "location": meter.location,
        "previous": meter.previous.map(reading),
        "current": meter.current.map(reading),
        "difference": meter.difference.map(dial),
        "verified-until": meter.verified_until.map(show_date),
        "expired": meter.verification_expired,
    })
}

fn row(row: &Charge, receipt: &Receipt) -> Value {
    let unit = row.unit.as_deref().unwrap_or_default();
    let quantity = |volume: &dyn ToString| format!("{} {unit}", volume.to_string()).trim_end().to_owned();
    let norm = row.norm.map(|norm| quantity(&norm) + &norm_times(row, receipt));
    json!({
        "service": row.service,
        "volume": row.volume.map(|volume| quantity(&volume)),
        "how": how(row.method, norm),
        "tariff": row.tariff.map(|tariff| tariff.to_string()),
        "charged": row.charged.plain(),
        "recalculated": row.recalculated.plain(),
        "benefit": row.benefit.plain(),
        "adjusted": row.adjusted.plain(),
        "written-off": row.written_off.plain(),
        "for-month": charged_for_month(row).map(Money::plain),
        "opening": balance(row.opening),
        "paid": row.paid.plain(),
        "closing": balance(row.closing),
    })
}

/// The method and the norm: `по нормативу 12 м³ × 3 чел.`, `по прибору учёта, норматив 12 м³`.
fn how(method: Option<Method>, norm: Option<String>) -> Option<String> {
    match (method.and_then(Method::words), norm) {
        (Some(words), Some(norm)) if method == Some(Method::Norm) => Some(format!("{words} {norm}")),
        (Some(words), Some(norm)) => Some(format!("{words}, норматив {norm}")),
        (None, Some(norm)) => Some(format!("норматив {norm}")),
        (words, None) => words.map(str::to_owned),
    }
}

/// The factor of the norm, where the product is the volume: ` × 3 чел.`, ` × 54,3 м²`. A single resident needs none.
fn norm_times(row: &Charge, receipt: &Receipt) -> String {
    let residents = receipt.residents.filter(|count| *count > 1);
    let factor = row.norm_factor(residents, receipt.heated_area);
    factor.map(|factor| format!("\u{a0}×\u{a0}{factor}")).unwrap_or_default()
}

/// The columns with values.
fn columns(receipt: &Receipt) -> Value {
    let any = |part: fn(&Charge) -> bool| receipt.rows.iter().any(part);
    json!({
        "volume": any(|row| row.volume.is_some()),
        "tariff": any(|row| row.tariff.is_some()),
        "recalculated": any(|row| !row.recalculated.is_zero()),
        "benefit": any(|row| !row.benefit.is_zero()),
        "adjusted": any(|row| !row.adjusted.is_zero()),
        "written-off": any(|row| !row.written_off.is_zero()),
    })
}

fn totals(receipt: &Receipt) -> Result<Value, ReceiptError> {
    let totals = receipt.totals()?;
    let for_month = totals.charged.checked_add(totals.penalty).map(Money::plain);
    Ok(json!({
        "opening": balance(totals.opening),
        "for-month": for_month,
        "paid": totals.paid.plain(),
        "closing": balance(totals.closing),
        "paid-since": (!receipt.paid_since.is_zero()).then(|| receipt.paid_since.to_string()),
    }))
}

/// Whether a sum is wider than the columns of sums.
fn has_wide_sums(receipt: &Receipt) -> Result<bool, ReceiptError> {
    let totals = receipt.totals()?;
    let of_rows = receipt.rows.iter().flat_map(|row| [row.opening, row.charged, row.paid, row.closing]);
    let mut sums = of_rows.chain([totals.opening, totals.charged, totals.paid, totals.closing]);
    Ok(sums.any(|sum| sum.kopecks().unsigned_abs() >= WIDE_SUM))
}

fn instalment(plan: ReceiptInstalment) -> Value {
    json!({
        "total": plan.total.to_string(),
        "number": plan.part.number.to_string(),
        "months": plan.months.to_string(),
        "sum": plan.part.sum.to_string(),
        "due": show_date(plan.part.due_on),
        "left": plan.left_after.to_string(),
        "payable": plan.payable.to_string(),
    })
}

fn recalculation(row: &Charge) -> Value {
    json!({ "service": row.service, "sum": row.recalculated.to_string(), "reason": row.recalculation_reason })
}

/// A balance; an overpayment is named in words.
fn balance(sum: Money) -> Value {
    json!({ "sum": sum.magnitude().plain(), "overpaid": sum.is_negative() })
}

/// Adds break opportunities to narrow columns, and to each row the text that decides its number of lines: a table whose
/// rows have heights is laid out once, the others twice, and that is a quarter of the whole work.
fn measure_texts(letters: &Letters, record: &mut Value) {
    for (rows, texts) in [
        ("services", ["service", "how", "volume"]),
        ("penalties", ["service", "how", "volume"]),
        ("meters", ["name", "location", "difference"]),
    ] {
        for row in record[rows].as_array_mut().into_iter().flatten() {
            if let Some(service) = row.get_mut("service") {
                change_text(service, &|text| letters.breakable(text, SERVICE_WIDEST, HYPHEN));
            }
            if let Some(volume) = row.get_mut("volume") {
                change_text(volume, &|text| breakable_unit(letters, text));
            }
            row["ems"] = texts.map(|text| row[text].as_str().map_or(0.0, |text| letters.ems(text))).into();
        }
    }
}

/// A volume whose unit may break, but not its number: `1 234,56` above `7` would read as another number.
fn breakable_unit(letters: &Letters, volume: &str) -> String {
    match volume.split_once(' ') {
        Some((number, unit)) => format!("{number} {}", letters.breakable(unit, UNIT_WIDEST, BREAK)),
        None => volume.to_owned(),
    }
}

fn change_text(value: &mut Value, change: &dyn Fn(&str) -> String) {
    if let Value::String(text) = value {
        *text = change(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_method_and_the_norm_are_named_once_and_another_method_not_at_all() {
        let norm = || Some("12 м³".to_owned());
        assert_eq!(how(Some(Method::Norm), norm()).as_deref(), Some("по нормативу 12 м³"));
        assert_eq!(how(Some(Method::Meter), norm()).as_deref(), Some("по прибору учёта, норматив 12 м³"));
        assert_eq!(how(Some(Method::Other), norm()).as_deref(), Some("норматив 12 м³"));
        assert_eq!(how(Some(Method::Average), None).as_deref(), Some("по среднему"));
        assert_eq!(how(Some(Method::Other), None), None);
    }

    #[test]
    fn a_long_service_is_hyphenated_in_its_middle_and_a_volume_keeps_its_number() {
        let letters = Letters::new();
        let service = |text| letters.breakable(text, SERVICE_WIDEST, HYPHEN).replace(HYPHEN, "|");
        assert_eq!(service("Газоснабжение природным газом"), "Газоснабжение природным газом");
        assert_eq!(service("Электроснабжение"), "Электросн|абжение");
        let volume = breakable_unit(&letters, "1\u{a0}234,567 килокалорий").replace(BREAK, "|");
        assert_eq!(volume, "1\u{a0}234,567 килока|лорий");
    }
}
