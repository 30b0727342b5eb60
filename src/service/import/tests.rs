use std::sync::atomic::{AtomicU64, Ordering};

use super::check::earliest_repeats;
use super::feed::Feed;
use super::*;
use crate::clock::{Clock, Entropy};
use crate::demo_town::{self, write_town};
use crate::domain::account::{Account, AccountNumber};
use crate::domain::calendar::{Moment, Period, Span};
use crate::domain::decimal::Volume;
use crate::domain::id::{PaymentId, UserId};
use crate::domain::login::Login;
use crate::domain::meter::{Reading, ReadingSource};
use crate::domain::money::Money;
use crate::domain::payment::{Payment, PaymentState};
use crate::domain::user::User;
use crate::exchange::fault::MAX_FAULTS;
use crate::storage::testing::{TestDatabase, on_both_engines};
use crate::storage::{accounts, charges, meters, payments, readings, users};

/// 22.11.2026 12:00 UTC.
const NOON: Moment = Moment::from_micros(1_795_348_800_000_000);

/// Hours between UTC and the wall clock of Perm.
const PERM: i8 = 5;

struct StoppedClock;

impl Clock for StoppedClock {
    fn now(&self) -> Moment {
        NOON
    }
}

/// Counts up, so that every id is unique.
#[derive(Default)]
struct Counter(AtomicU64);

impl Entropy for Counter {
    fn fill(&self, bytes: &mut [u8]) {
        let number = self.0.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = (number >> (index % 8 * 8)) as u8;
        }
    }
}

fn nature() -> Nature {
    Nature { clock: Arc::new(StoppedClock), entropy: Arc::new(Counter::default()) }
}

/// Seals a PIN as readable text with its account, for assertions.
struct GlassSealer;

impl PinSealer for GlassSealer {
    fn seal(&self, pin: &Pin, account_id: &AccountId) -> String {
        format!("{}@{account_id}", pin.reveal())
    }
}

/// A database with a provider `gas` of eight-digit account numbers, and the other inputs of an import.
struct Billing {
    db: Database,
    nature: Nature,
    folder: tempfile::TempDir,
    _kept: TestDatabase,
}

impl Billing {
    async fn new(test: TestDatabase) -> Self {
        let billing =
            Self { db: test.database.clone(), nature: nature(), folder: tempfile::tempdir().unwrap(), _kept: test };
        billing.load(Kind::Providers, "code;name;account_length\ngas;Межрегионгаз;8\n").await.unwrap();
        billing
    }

    async fn with_accounts(test: TestDatabase, numbers: &[u32]) -> Self {
        let billing = Self::new(test).await;
        let rows: String = numbers.iter().map(|number| format!("{number};ул. Береговая, д. 1\n")).collect();
        billing.load(Kind::Accounts, &format!("account;address\n{rows}")).await.unwrap();
        billing
    }

    async fn load(&self, kind: Kind, text: &str) -> Result<ImportReport> {
        let file = self.folder.path().join("файл.csv");
        std::fs::write(&file, text).unwrap();
        self.load_file(kind, "gas", &file).await
    }

    async fn load_file(&self, kind: Kind, code: &str, file: &Path) -> Result<ImportReport> {
        let file = ImportFile::new(kind, kind.needs_provider().then_some(code), file, PERM);
        import(&self.db, &self.nature, &GlassSealer, file, |_| {}).await
    }

    async fn faults(&self, kind: Kind, text: &str) -> Vec<String> {
        match self.load(kind, text).await {
            Err(ImportError::Faulty(faults)) => faults.iter().map(ToString::to_string).collect(),
            other => panic!("expected faults, got {other:?}"),
        }
    }

    async fn account(&self, number: u32) -> Account {
        let mut connection = self.db.read().await.unwrap();
        let provider = providers::by_code(&mut connection, "gas").await.unwrap().unwrap();
        let number = AccountNumber::trusted(number.to_string());
        accounts::find(&mut connection, &provider.id, &number).await.unwrap().unwrap()
    }

    async fn charges(&self, number: u32) -> Vec<(Period, i64)> {
        let account = self.account(number).await;
        let (from, to) = (Period::new(1990, 1).unwrap(), Period::new(2199, 12).unwrap());
        let mut connection = self.db.read().await.unwrap();
        let charges = charges::of_account(&mut connection, &account.id, from, to).await.unwrap();
        charges.into_iter().map(|charge| (charge.period, charge.closing.kopecks())).collect()
    }

    async fn pin_sealed(&self, account: &Account) -> Option<String> {
        accounts::pin_sealed(&mut self.db.read().await.unwrap(), &account.id).await.unwrap()
    }

    /// A payment in the portal that the acquirer has accepted under `acquirer_id`.
    async fn paid_in_portal(&self, number: u32, kopecks: i64, acquirer_id: &str, at: Moment) -> PaymentId {
        let account = self.account(number).await;
        let user = UserId::trusted(self.nature.id());
        let consent = users::Consent { at: NOON, from: "127.0.0.1".into(), version: "1".into() };
        let login = Login::Email(format!("{user}@example.ru"));
        let one = User { id: user.clone(), login, name: None, locked_at: None };
        let payment = Payment {
            id: PaymentId::trusted(self.nature.id()),
            account_id: account.id,
            user_id: user,
            amount: Money::from_kopecks(kopecks),
            state: PaymentState::Created,
            cancel_reason: None,
            acquirer_payment_id: None,
            confirmation_url: None,
            idempotency_key: self.nature.id(),
            created_at: at,
            changed_at: at,
            paid_at: None,
        };
        let mut tx = self.db.begin().await.unwrap();
        users::insert(&mut tx, &one, "", &consent, NOON).await.unwrap();
        payments::insert(&mut tx, &payment, &self.nature.id(), at).await.unwrap();
        let pending = payment.register(acquirer_id.to_owned(), String::new(), at).unwrap();
        payments::update(&mut tx, &pending, PaymentState::Created, None).await.unwrap();
        let settled = pending.settle(at).unwrap();
        payments::update(&mut tx, &settled, PaymentState::Pending, None).await.unwrap();
        tx.commit().await.unwrap();
        settled.id
    }

    async fn state(&self, payment: &PaymentId) -> PaymentState {
        payments::by_id(&mut self.db.read().await.unwrap(), payment).await.unwrap().unwrap().state
    }
}

fn month(text: &str) -> Period {
    Period::parse(text).unwrap()
}

const CHARGES: &str = "account;period;service;opening;charged;paid;closing\n";
const PAYMENTS: &str = "account;date;amount;operation_id\n";

#[test]
fn of_many_repeats_the_earliest_lines_are_told() {
    let late = (1_000..2_000).map(|line| (1, 1, line));
    let early = (2..500).map(|line| (2, 2, line));
    let repeats = earliest_repeats(&late.chain(early).collect::<Vec<(u64, u32, u32)>>());
    assert_eq!(repeats.len(), MAX_FAULTS);
    assert!((3_u64..103).all(|line| repeats.get(&line) == Some(&2)));
}

on_both_engines! {
    async fn a_charge_is_stored_and_a_corrected_file_replaces_it(test: TestDatabase) {
        let billing = Billing::with_accounts(test, &[59_000_001]).await;
        let first = billing.load(Kind::Charges, &format!("{CHARGES}59000001;2026-10;Газ;0;100;0;100\n")).await.unwrap();
        assert_eq!((first.rows, first.warning_count, first.already_loaded), (1, 0, false));
        billing.load(Kind::Charges, &format!("{CHARGES}59000001;2026-10;Газ;0;90;0;90\n")).await.unwrap();
        assert_eq!(billing.charges(59_000_001).await, [(month("2026-10"), 9_000)]);
    }

    async fn the_same_file_twice_changes_nothing(test: TestDatabase) {
        let billing = Billing::with_accounts(test, &[59_000_001]).await;
        let text = format!("{CHARGES}59000001;2026-10;Газ;0;100;0;100\n");
        billing.load(Kind::Charges, &text).await.unwrap();
        billing.load(Kind::Charges, &text.replace("100", "90")).await.unwrap();
        let again = billing.load(Kind::Charges, &text).await.unwrap();
        assert!(again.already_loaded);
        assert_eq!(billing.charges(59_000_001).await, [(month("2026-10"), 9_000)]);
    }

    async fn one_fault_and_nothing_is_stored(test: TestDatabase) {
        let billing = Billing::with_accounts(test, &[59_000_001]).await;
        let rows: String = (1..=12).map(|m| format!("59000001;2025-{m:02};Газ;0;1;1;0\n")).collect();
        let text = format!("{CHARGES}{rows}59000001;2026-01;Газ;0;1;1;1\n");
        assert_eq!(
            billing.faults(Kind::Charges, &text).await,
            ["14:7 closing: 1: не сходится: по остальным суммам строки выходит 0.00"]
        );
        assert_eq!(billing.charges(59_000_001).await, []);
    }

    async fn an_unknown_account_and_a_repeated_row_are_faults_with_their_lines(test: TestDatabase) {
        let billing = Billing::with_accounts(test, &[59_000_001]).await;
        let text = format!(
            "{CHARGES}59000001;2026-10;Газ;0;1;0;1\n59000002;2026-10;Газ;0;1;0;1\n59000001;10.2026;Газ;0;2;0;2\n"
        );
        assert_eq!(
            billing.faults(Kind::Charges, &text).await,
            [
                "3:1 account: 59000002: такого лицевого счёта у поставщика нет; сначала загрузите лицевые счета",
                "4:1 account: 59000001: такая же запись уже есть в строке 2",
            ]
        );
    }

    async fn a_month_that_does_not_continue_the_last_is_a_warning(test: TestDatabase) {
        let billing = Billing::with_accounts(test, &[59_000_001, 59_000_002]).await;
        let text = format!("{CHARGES}59000001;2025-11;Газ;0;1;0;1\n59000001;2025-12;Газ;1;1;0;2\n59000001;2026-01;Газ;3;1;0;4\n");
        let report = billing.load(Kind::Charges, &text).await.unwrap();
        assert_eq!(report.warning_count, 1);
        assert_eq!(
            report.warnings[0].to_string(),
            "4: л/с 59000001, Газ, январь 2026: на начало 3.00, а прошлый месяц закрыт с 2.00"
        );
        // In the next file one account continues the stored months and the other does not.
        let text = format!("{CHARGES}59000002;2026-02;Газ;0;1;0;1\n59000001;2026-02;Газ;5;1;0;6\n");
        let report = billing.load(Kind::Charges, &text).await.unwrap();
        assert_eq!(report.warnings.iter().map(|warning| warning.line).collect::<Vec<_>>(), [3]);
        // A corrected earlier month warns of the gap to the later month, which is not in the file.
        let report = billing.load(Kind::Charges, &format!("{CHARGES}59000001;2026-01;Газ;2;1;0;3\n")).await.unwrap();
        assert_eq!(report.warnings.iter().map(|warning| warning.line).collect::<Vec<_>>(), [2]);
    }

    async fn accounts_are_updated_by_the_columns_that_the_file_has(test: TestDatabase) {
        let billing = Billing::new(test).await;
        let text = "account;address;subscriber;phone;area_m2;pin;residents\n\
                    59000001;ул. Береговая, д. 1;Соколов Андрей;8 902 123-45-67;45,5;12345678;2\n";
        billing.load(Kind::Accounts, text).await.unwrap();
        let before = billing.account(59_000_001).await;
        assert_eq!(before.phone.as_deref(), Some("+79021234567"));
        let sealed = billing.pin_sealed(&before).await;
        assert_eq!(sealed, Some(format!("12345678@{}", before.id)));
        let text = "account;address;residents;pin\n59000001;ул. Новая, д. 2;;\n";
        billing.load(Kind::Accounts, text).await.unwrap();
        let after = billing.account(59_000_001).await;
        assert_eq!(after, Account { address: "ул. Новая, д. 2".into(), residents: None, ..before });
        assert_eq!(billing.pin_sealed(&after).await, sealed);
        billing.load(Kind::Accounts, "account;address;pin\n59000001;ул. Новая, д. 2;87654321\n").await.unwrap();
        assert_eq!(billing.pin_sealed(&after).await, Some(format!("87654321@{}", after.id)));
    }

    async fn providers_keep_what_the_file_has_no_column_for(test: TestDatabase) {
        let billing = Billing::new(test).await;
        billing.load(Kind::Providers, "code;name;region;site\ngas;Газ;Пермский край;gas.example.ru\n").await.unwrap();
        billing.load(Kind::Providers, "code;name;site\ngas;Газ и Ёлки;\n").await.unwrap();
        let mut connection = billing.db.read().await.unwrap();
        let provider = providers::by_code(&mut connection, "gas").await.unwrap().unwrap();
        assert_eq!((provider.name.as_str(), provider.region.as_deref()), ("Газ и Ёлки", Some("Пермский край")));
        assert_eq!((provider.site, provider.account_length), (None, 8));
        assert_eq!(providers::search(&mut connection, "елки пермский").await.unwrap().len(), 1);
    }

    async fn a_file_needs_a_provider_that_is_there(test: TestDatabase) {
        let billing = Billing::new(test).await;
        let file = billing.folder.path().join("a.csv");
        std::fs::write(&file, "account;address\n59000001;а\n").unwrap();
        let unknown = billing.load_file(Kind::Accounts, "water", &file).await;
        assert!(matches!(unknown, Err(ImportError::UnknownProvider(code)) if code == "water"));
        let unnamed = ImportFile::new(Kind::Accounts, None, &file, PERM);
        let missing = import(&billing.db, &billing.nature, &GlassSealer, unnamed, |_| {}).await;
        assert!(matches!(missing, Err(ImportError::MissingProvider(Kind::Accounts))));
        let gone = billing.load_file(Kind::Accounts, "gas", &file.with_extension("gone")).await;
        assert!(matches!(gone, Err(ImportError::File(_))));
    }

    async fn meters_and_readings_are_stored_and_replaced(test: TestDatabase) {
        let billing = Billing::with_accounts(test, &[59_000_001]).await;
        let readings = "account;serial;date;value;source\n59000001;A-1;2026-10-20;12,5;subscriber\n";
        assert_eq!(
            billing.faults(Kind::Readings, readings).await,
            ["2:2 serial: A-1: такого прибора у лицевого счёта нет; сначала загрузите приборы учёта"]
        );
        billing.load(Kind::Meters, "account;serial;model;digits;location\n59000001;A-1;ВК-G4;5;кухня\n").await.unwrap();
        billing.load(Kind::Readings, readings).await.unwrap();
        billing.load(Kind::Readings, &readings.replace("12,5", "13").replace("subscriber", "inspector")).await.unwrap();
        billing.load(Kind::Meters, "account;serial;model\n59000001;A-1;ВК-G4Т\n").await.unwrap();
        let account = billing.account(59_000_001).await;
        let mut connection = billing.db.read().await.unwrap();
        let meters_now = meters::of_account(&mut connection, &account.id).await.unwrap();
        let [meter] = meters_now.as_slice() else { panic!("one meter") };
        assert_eq!((meter.model.as_str(), meter.digits, meter.location.as_deref()), ("ВК-G4Т", Some(5), Some("кухня")));
        let date = jiff::civil::Date::constant(2026, 10, 20);
        let expected = Reading { date, value: Volume::from_raw(13_000), source: ReadingSource::Inspector };
        assert_eq!(readings::of_meter(&mut connection, &meter.id).await.unwrap(), [expected]);
    }

    async fn a_payment_of_the_portal_that_billing_brings_back_is_counted_once(test: TestDatabase) {
        let billing = Billing::with_accounts(test, &[59_000_001]).await;
        let named = billing.paid_in_portal(59_000_001, 50_000, "acq-1", NOON).await;
        let other_sum = billing.paid_in_portal(59_000_001, 70_000, "acq-2", NOON).await;
        let text = format!("{PAYMENTS}59000001;2026-11-24;500,00;acq-1\n59000001;2026-11-22;500,00;bank-1\n");
        let report = billing.load(Kind::Payments, &text).await.unwrap();
        assert_eq!((report.rows, report.credited), (2, 1));
        assert_eq!(billing.state(&named).await, PaymentState::Credited);
        assert_eq!(billing.state(&other_sum).await, PaymentState::Succeeded);
    }

    async fn a_row_of_billing_credits_one_payment_at_most(test: TestDatabase) {
        let billing = Billing::with_accounts(test, &[59_000_001, 59_000_002]).await;
        let first = billing.paid_in_portal(59_000_001, 50_000, "acq-1", NOON).await;
        let second = billing.paid_in_portal(59_000_001, 50_000, "acq-2", NOON.plus(Span::minutes(1))).await;
        let elsewhere = billing.paid_in_portal(59_000_002, 50_000, "acq-3", NOON).await;
        let one = format!("{PAYMENTS}59000001;2026-11-22;500,00;bank-1\n");
        assert_eq!(billing.load(Kind::Payments, &one).await.unwrap().credited, 1);
        assert_eq!(billing.state(&first).await, PaymentState::Credited);
        // The same row in a longer file is not a new payment.
        let more = format!("{one}59000001;2026-11-21;500,00;bank-0\n");
        assert_eq!(billing.load(Kind::Payments, &more).await.unwrap().credited, 0);
        let two = format!("{one}59000001;2026-11-22;500,00;bank-2\n");
        assert_eq!(billing.load(Kind::Payments, &two).await.unwrap().credited, 1);
        assert_eq!(billing.state(&second).await, PaymentState::Credited);
        assert_eq!(billing.state(&elsewhere).await, PaymentState::Succeeded);
    }

    async fn the_day_of_a_payment_is_that_of_the_subscribers_clock(test: TestDatabase) {
        let billing = Billing::with_accounts(test, &[59_000_001]).await;
        // 20:00 UTC is 01:00 of the next day in Perm.
        let late = billing.paid_in_portal(59_000_001, 50_000, "acq-1", NOON.plus(Span::hours(8))).await;
        billing.load(Kind::Payments, &format!("{PAYMENTS}59000001;2026-11-22;500,00;bank-1\n")).await.unwrap();
        assert_eq!(billing.state(&late).await, PaymentState::Succeeded);
        billing.load(Kind::Payments, &format!("{PAYMENTS}59000001;23.11.2026;500,00;bank-2\n")).await.unwrap();
        assert_eq!(billing.state(&late).await, PaymentState::Credited);
    }

    async fn many_rows_go_in_many_statements_and_progress_is_heard(test: TestDatabase) {
        let billing = Billing::new(test).await;
        let files = demo_town::write_charges(billing.folder.path(), 300, 10_000).unwrap();
        billing.load_file(Kind::Providers, "", &files.providers).await.unwrap();
        billing.load_file(Kind::Accounts, "bulk", &files.accounts).await.unwrap();
        let mut heard = Vec::new();
        let file = ImportFile::new(Kind::Charges, Some("bulk"), &files.charges, PERM);
        let report = import(&billing.db, &billing.nature, &GlassSealer, file, |rows| heard.push(rows)).await.unwrap();
        assert_eq!((report.rows, report.warning_count), (10_000, 0));
        assert_eq!(heard, [8_192, 10_000]);
    }

    async fn the_town_loads_with_its_one_warning(test: TestDatabase) {
        let billing = Billing::new(test).await;
        let town = write_town(billing.folder.path(), jiff::civil::Date::constant(2026, 11, 22)).unwrap();
        for file in &town.files {
            let code = file.provider_code.unwrap_or_default();
            let report = billing.load_file(file.kind, code, &file.path).await.unwrap();
            assert_eq!((report.rows, report.warning_count), (file.rows, file.warnings), "{}", file.path.display());
        }
        assert_eq!(town.files.iter().map(|file| file.warnings).sum::<u64>(), 1);
    }
}

#[test]
fn a_file_that_changes_between_two_readings_is_not_stored() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("payments.csv");
    std::fs::write(&path, PAYMENTS).unwrap();
    let survey = survey(File::open(&path).unwrap()).unwrap();
    let plan =
        Plan { path: path.clone(), survey: survey.clone(), rules: Rules { account_length: 8 }, known: Arc::default() };
    std::fs::write(&path, format!("{PAYMENTS}59000001;2026-11-22;1;a\n")).unwrap();
    runtime.block_on(async {
        let mut feed = Feed::<PaymentRecord>::start(plan);
        while feed.next().await.is_some() {}
        assert!(matches!(feed.finish(&survey).await, Err(ImportError::FileChanged)));
    });
}
