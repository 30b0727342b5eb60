//! Loading a registry: all of a file or nothing of it, and a file already loaded changes nothing.
//!
//! A file is read three times: for its hash and encoding, for its faults, and to be stored. Only the last reading
//! happens inside the transaction, so others wait for as short as can be. Rows travel from a reading thread to the
//! database in batches through a channel of two: memory grows by 16 bytes a row, its fingerprint, and nothing else.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest as _, Sha256};
use thiserror::Error;
use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinHandle, spawn_blocking};

use crate::clock::Nature;
use crate::domain::account::{Account, AccountNumber};
use crate::domain::calendar::Period;
use crate::domain::id::{AccountId, ImportId, MeterId, ProviderId};
use crate::domain::login::Login;
use crate::domain::meter::Meter;
use crate::domain::pin::Pin;
use crate::domain::provider::Provider;
use crate::exchange::fault::{Fault, Findings, MAX_FAULTS, MAX_WARNINGS, Reason, Warning};
use crate::exchange::reader::MAX_ROWS;
use crate::exchange::survey::hex;
use crate::exchange::{
    AccountRecord, ChargeRecord, Kind, MeterRecord, PaymentRecord, ProviderRecord, Reader, ReadingRecord, Record,
    Rules, Survey, survey,
};
use crate::storage::accounts::{self, ImportedAccount};
use crate::storage::bulk::{AccountIds, MeterIds};
use crate::storage::charges::{self, ACCOUNTS_PER_QUERY, Gap};
use crate::storage::imports::{self, Import};
use crate::storage::{
    Connection, Database, Engine, StorageError, Tx, billing_payments, meters, payments, providers, readings,
};

/// Hours between UTC and the wall clock of the first provider (Perm): by it the day of a payment is told.
const DEFAULT_UTC_OFFSET_HOURS: i8 = 5;
/// Digits of account numbers where billing does not say: those of the first provider (Perm).
const DEFAULT_ACCOUNT_LENGTH: u8 = 8;
/// Rows that travel together: sorted by account, enough neighbours to share pages of the database.
const BATCH_ROWS: usize = 8_192;
/// Batches on their way: one being stored, two waiting, one being read stay under 20 MB.
const BATCHES_WAITING: usize = 2;
/// Bytes of a file read at a time.
const READ_BUFFER: usize = 256 * 1024;

/// Seals PINs that billing gives, so that the database never sees them.
pub trait PinSealer: Send + Sync {
    /// The PIN sealed for one account.
    fn seal(&self, pin: &Pin, account_id: &AccountId) -> String;
}

/// A file to load.
#[derive(Clone, Copy, Debug)]
pub struct Registry<'a> {
    kind: Kind,
    provider_code: Option<&'a str>,
    file: &'a Path,
    utc_offset_hours: i8,
}

impl<'a> Registry<'a> {
    /// A file of a kind; `provider_code` says whose it is and is not looked at for the list of providers.
    pub fn new(kind: Kind, provider_code: Option<&'a str>, file: &'a Path) -> Self {
        Self { kind, provider_code, file, utc_offset_hours: DEFAULT_UTC_OFFSET_HOURS }
    }

    /// Tells the days of payments by another wall clock than UTC+5.
    pub fn at_utc_offset(self, hours: i8) -> Self {
        Self { utc_offset_hours: hours, ..self }
    }
}

/// What was loaded.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ImportReport {
    /// What the file holds.
    pub kind: Kind,
    /// The same content was loaded before: nothing has changed, and the other fields are empty.
    pub already_loaded: bool,
    /// Rows stored.
    pub rows: u64,
    /// The first warnings; they are kept with the import.
    pub warnings: Vec<Warning>,
    /// All warnings.
    pub warning_count: u64,
    /// Payments of the portal that this file has brought back.
    pub credited: u64,
}

/// Why nothing was stored.
#[derive(Debug, Error)]
pub enum ImportError {
    /// This kind of file belongs to a provider, and none was named.
    #[error("a file of {0} needs the code of its provider")]
    MissingProvider(Kind),
    /// No provider has this code.
    #[error("there is no provider with the code {0}; load providers first")]
    UnknownProvider(String),
    /// The file has faults: the first hundred, in the order of the file.
    #[error("the file has faults, nothing was stored")]
    Faulty(Vec<Fault>),
    /// The file cannot be read.
    #[error("cannot read the file")]
    File(#[from] io::Error),
    /// Somebody wrote to the file while it was read.
    #[error("the file changed while it was read, nothing was stored; load it again")]
    FileChanged,
    /// The reading thread was stopped: the program is being closed.
    #[error("reading was stopped, nothing was stored")]
    Stopped(#[source] JoinError),
    /// The database refused.
    #[error("the database refused, nothing was stored")]
    Storage(#[from] StorageError),
}

type Result<T> = std::result::Result<T, ImportError>;

/// Loads a registry. `progress` hears how many rows are stored so far, of each batch.
///
/// # Errors
/// [`ImportError`]; then nothing has changed.
pub async fn import(
    db: &Database,
    nature: &Nature,
    vault: &dyn PinSealer,
    registry: Registry<'_>,
    mut progress: impl FnMut(u64) + Send,
) -> Result<ImportReport> {
    let file = registry.file.to_owned();
    let survey = blocking(move || survey(File::open(file)?)).await??;
    let provider = find_provider(db, registry).await?;
    let provider_id = provider.as_ref().map(|provider| &provider.id);
    if is_loaded(&mut *db.read().await?, registry.kind, provider_id, &survey).await? {
        return Ok(already_loaded(registry.kind));
    }
    let plan = Plan {
        path: registry.file.to_owned(),
        survey,
        rules: Rules { account_length: provider.as_ref().map_or(DEFAULT_ACCOUNT_LENGTH, |p| p.account_length) },
        known: Arc::new(load_known(db, registry.kind, provider_id).await?),
    };
    let load = Load { db, nature, vault, registry, provider, plan };
    match registry.kind {
        Kind::Providers => load.providers(&mut progress).await,
        Kind::Accounts => load.accounts(&mut progress).await,
        Kind::Charges => load.charges(&mut progress).await,
        Kind::Payments => load.payments(&mut progress).await,
        Kind::Meters => load.meters(&mut progress).await,
        Kind::Readings => load.readings(&mut progress).await,
    }
}

async fn find_provider(db: &Database, registry: Registry<'_>) -> Result<Option<Provider>> {
    if !registry.kind.needs_provider() {
        return Ok(None);
    }
    let code = registry.provider_code.ok_or(ImportError::MissingProvider(registry.kind))?;
    let provider = providers::by_code(&mut *db.read().await?, code).await?;
    provider.map(Some).ok_or_else(|| ImportError::UnknownProvider(code.to_owned()))
}

async fn is_loaded(
    connection: &mut Connection,
    kind: Kind,
    provider: Option<&ProviderId>,
    survey: &Survey,
) -> Result<bool> {
    Ok(imports::find(connection, kind.as_str(), provider, &survey.content_hash).await?.is_some())
}

fn already_loaded(kind: Kind) -> ImportReport {
    ImportReport { kind, already_loaded: true, rows: 0, warnings: Vec::new(), warning_count: 0, credited: 0 }
}

async fn load_known(db: &Database, kind: Kind, provider: Option<&ProviderId>) -> Result<Known> {
    let mut known = Known::default();
    let Some(provider) = provider else { return Ok(known) };
    let mut connection = db.read().await?;
    if matches!(kind, Kind::Charges | Kind::Payments | Kind::Meters | Kind::Readings) {
        known.accounts = Some(AccountIds::load(&mut connection, provider).await?);
    }
    if kind == Kind::Readings {
        known.meters = Some(MeterIds::load(&mut connection, provider).await?);
    }
    Ok(known)
}

/// What rows may refer to.
#[derive(Default)]
struct Known {
    accounts: Option<AccountIds>,
    meters: Option<MeterIds>,
}

impl Known {
    /// What a row refers to and is not there.
    fn missing<R: Record>(&self, record: &R) -> Option<(&'static str, Reason)> {
        let account = record.account()?;
        if self.accounts.as_ref().is_some_and(|accounts| accounts.place(account).is_none()) {
            return Some(("account", Reason::UnknownAccount));
        }
        let serial = record.meter_serial()?;
        let unknown = self.meters.as_ref().is_some_and(|meters| meters.find(account, serial).is_none());
        unknown.then_some(("serial", Reason::UnknownMeter))
    }

    fn account(&self, number: &AccountNumber) -> Result<AccountId> {
        self.accounts.as_ref().and_then(|accounts| accounts.find(number)).ok_or(ImportError::FileChanged)
    }

    fn meter(&self, number: &AccountNumber, serial: &str) -> Result<MeterId> {
        self.meters.as_ref().and_then(|meters| meters.find(number, serial)).ok_or(ImportError::FileChanged)
    }
}

/// How a file is read, each time anew.
#[derive(Clone)]
struct Plan {
    path: PathBuf,
    survey: Survey,
    rules: Rules,
    known: Arc<Known>,
}

impl Plan {
    fn open<R: Record>(&self) -> io::Result<Reader<R, BufReader<File>>> {
        let input = BufReader::with_capacity(READ_BUFFER, File::open(&self.path)?);
        Reader::open(input, self.survey.encoding, self.rules)
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    spawn_blocking(work).await.map_err(ImportError::Stopped)
}

// The second reading: for faults.

/// What the second reading found.
struct Checked {
    findings: Findings,
    present: Vec<&'static str>,
}

/// Reads the whole file for its faults: of each row, of what rows refer to, of rows that repeat another.
fn check<R: Record>(plan: &Plan) -> io::Result<Checked> {
    let mut reader = plan.open::<R>()?;
    let most = plan.survey.line_count.min(MAX_ROWS);
    let mut keys: Vec<(u64, u32, u32)> = Vec::with_capacity(usize::try_from(most).unwrap_or_default());
    while let Some(record) = reader.read_record()? {
        if let Some((column, reason)) = plan.known.missing(&record) {
            reader.blame(column, reason);
        }
        let (high, low) = record.fingerprint();
        keys.push((high, low, u32::try_from(reader.line()).unwrap_or(u32::MAX)));
    }
    let present = reader.present().collect();
    let mut findings = reader.into_findings();
    if !findings.is_full() {
        blame_repeats::<R>(plan, keys, &mut findings)?;
    }
    Ok(Checked { findings, present })
}

/// Finds rows whose key another row has, and reads them again to quote them.
fn blame_repeats<R: Record>(plan: &Plan, mut keys: Vec<(u64, u32, u32)>, findings: &mut Findings) -> io::Result<()> {
    keys.sort_unstable();
    let first_lines = earliest_repeats(&keys);
    if first_lines.is_empty() {
        return Ok(());
    }
    let mut reader = plan.open::<R>()?;
    while reader.read_record()?.is_some() {
        if let Some(first) = first_lines.get(&reader.line()) {
            reader.blame(R::COLUMNS[0].name, Reason::Repeated(*first));
        }
    }
    let faults = reader.into_findings().into_faults();
    faults.into_iter().filter(|f| matches!(f.reason, Reason::Repeated(_))).for_each(|f| findings.fault(f));
    Ok(())
}

/// The lines of the earliest rows whose key an earlier row has, each with that row's line: as many as can be told.
fn earliest_repeats(sorted: &[(u64, u32, u32)]) -> HashMap<u64, u64> {
    let mut repeats: Vec<(u64, u64)> = Vec::with_capacity(2 * MAX_FAULTS);
    for same in sorted.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        for (_, _, line) in &same[1..] {
            // A file may repeat itself from end to end: what is too late to be told is dropped on the way.
            if repeats.len() == 2 * MAX_FAULTS {
                repeats.select_nth_unstable(MAX_FAULTS);
                repeats.truncate(MAX_FAULTS);
            }
            repeats.push((u64::from(*line), u64::from(same[0].2)));
        }
    }
    repeats.sort_unstable();
    repeats.truncate(MAX_FAULTS);
    repeats.into_iter().collect()
}

// The third reading: to be stored.

/// Rows on their way from the reading thread.
struct Feed<R> {
    batches: mpsc::Receiver<Vec<R>>,
    reading: JoinHandle<io::Result<Outcome>>,
}

/// How the third reading ended.
struct Outcome {
    content_hash: String,
    faults: usize,
}

impl<R: Record> Feed<R> {
    fn start(plan: Plan) -> Self {
        let (sender, batches) = mpsc::channel(BATCHES_WAITING);
        Self { batches, reading: spawn_blocking(move || feed(&plan, &sender)) }
    }

    async fn next(&mut self) -> Option<Vec<R>> {
        self.batches.recv().await
    }

    /// Makes sure that what was read now is what was checked before.
    async fn finish(self, survey: &Survey) -> Result<()> {
        let outcome = self.reading.await.map_err(ImportError::Stopped)??;
        let same = outcome.content_hash == survey.content_hash && outcome.faults == 0;
        if same { Ok(()) } else { Err(ImportError::FileChanged) }
    }
}

fn feed<R: Record>(plan: &Plan, batches: &mpsc::Sender<Vec<R>>) -> io::Result<Outcome> {
    let hash = Arc::new(Mutex::new(Sha256::new()));
    let file = Hashed { file: File::open(&plan.path)?, hash: Arc::clone(&hash) };
    let input = BufReader::with_capacity(READ_BUFFER, file);
    let mut reader = Reader::<R, _>::open(input, plan.survey.encoding, plan.rules)?;
    let mut batch = Vec::with_capacity(BATCH_ROWS);
    while let Some(record) = reader.read_record()? {
        batch.push(record);
        if batch.len() == BATCH_ROWS {
            let full = std::mem::replace(&mut batch, Vec::with_capacity(BATCH_ROWS));
            // Nobody listens any more: the import was given up.
            if batches.blocking_send(full).is_err() {
                break;
            }
        }
    }
    let _given_up = batches.blocking_send(batch);
    let faults = reader.findings().faults().len();
    let digest = hash.lock().unwrap_or_else(PoisonError::into_inner).clone().finalize();
    Ok(Outcome { content_hash: hex(&digest), faults })
}

/// A file whose content is hashed as it is read.
struct Hashed {
    file: File,
    hash: Arc<Mutex<Sha256>>,
}

impl Read for Hashed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read(buffer)?;
        self.hash.lock().unwrap_or_else(PoisonError::into_inner).update(&buffer[..length]);
        Ok(length)
    }
}

// Storing, by kind.

/// One import under way.
struct Load<'a> {
    db: &'a Database,
    nature: &'a Nature,
    vault: &'a dyn PinSealer,
    registry: Registry<'a>,
    provider: Option<Provider>,
    plan: Plan,
}

/// Hears how many rows are stored.
type Progress<'a> = &'a mut (dyn FnMut(u64) + Send);

/// The transaction of one file, once its faults are known to be none.
struct Open<R> {
    tx: Tx,
    engine: Engine,
    feed: Feed<R>,
    checked: Checked,
    rows: u64,
    credited: u64,
}

impl Load<'_> {
    /// Checks the file and begins its transaction; `None` when somebody loaded it meanwhile.
    async fn open<R: Record>(&self) -> Result<Option<Open<R>>> {
        let plan = self.plan.clone();
        let checked = blocking(move || check::<R>(&plan)).await??;
        if !checked.findings.faults().is_empty() {
            return Err(ImportError::Faulty(checked.findings.into_faults()));
        }
        let mut tx = self.db.begin().await?;
        if let Some(provider) = &self.provider {
            providers::lock(&mut tx, &provider.id).await?;
        }
        let provider_id = self.provider.as_ref().map(|provider| &provider.id);
        if is_loaded(&mut tx, self.registry.kind, provider_id, &self.plan.survey).await? {
            return Ok(None);
        }
        let feed = Feed::start(self.plan.clone());
        Ok(Some(Open { tx, engine: self.db.engine(), feed, checked, rows: 0, credited: 0 }))
    }

    /// Notes the import with its warnings and commits.
    async fn close<R: Record>(&self, open: Open<R>) -> Result<ImportReport> {
        let Open { mut tx, engine, feed, checked, rows, credited } = open;
        feed.finish(&self.plan.survey).await?;
        let findings = checked.findings;
        let import = Import {
            id: ImportId::trusted(self.nature.id()),
            kind: self.registry.kind.as_str(),
            provider_id: self.provider.as_ref().map(|provider| provider.id.clone()),
            content_hash: self.plan.survey.content_hash.clone(),
            file_name: self.plan.path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            row_count: rows,
            warning_count: findings.warning_count(),
            loaded_at: self.nature.now(),
        };
        match imports::insert(&mut tx, &import).await {
            // Two files of providers with one content at once: the other was first.
            Err(StorageError::Conflict) => return Ok(already_loaded(self.registry.kind)),
            other => other?,
        }
        let warnings = findings.warnings().to_vec();
        let kept = warnings.iter().map(|warning| (warning.line, warning.text.clone())).collect();
        imports::insert_warnings(&mut tx, engine, &import.id, kept).await?;
        tx.commit().await.map_err(StorageError::from)?;
        Ok(ImportReport {
            kind: self.registry.kind,
            already_loaded: false,
            rows,
            warnings,
            warning_count: import.warning_count,
            credited,
        })
    }

    fn provider_id(&self) -> Result<&ProviderId> {
        let missing = ImportError::MissingProvider(self.registry.kind);
        self.provider.as_ref().map(|provider| &provider.id).ok_or(missing)
    }

    async fn providers(&self, progress: Progress<'_>) -> Result<ImportReport> {
        let Some(mut open) = self.open::<ProviderRecord>().await? else {
            return Ok(already_loaded(Kind::Providers));
        };
        while let Some(batch) = open.feed.next().await {
            open.rows += batch.len() as u64;
            let mut merged = Vec::with_capacity(batch.len());
            for record in batch {
                let stored = providers::by_code(&mut open.tx, &record.code).await?;
                merged.push(merge_provider(record, stored, &open.checked.present, self.nature));
            }
            providers::upsert(&mut open.tx, open.engine, &merged).await?;
            progress(open.rows);
        }
        self.close(open).await
    }

    async fn accounts(&self, progress: Progress<'_>) -> Result<ImportReport> {
        let Some(mut open) = self.open::<AccountRecord>().await? else {
            return Ok(already_loaded(Kind::Accounts));
        };
        let provider_id = self.provider_id()?;
        // Read under the lock: a PIN is sealed for the id that the account really has.
        let known = AccountIds::load(&mut open.tx, provider_id).await?;
        let updated: Vec<&str> = open.checked.present.iter().map(|column| table_column(column)).collect();
        while let Some(batch) = open.feed.next().await {
            open.rows += batch.len() as u64;
            let row = |record: AccountRecord| {
                let id = known.find(&record.number).unwrap_or_else(|| AccountId::trusted(self.nature.id()));
                let pin_sealed = record.pin.as_ref().map(|pin| self.vault.seal(pin, &id));
                ImportedAccount { account: account(record, id, provider_id.clone()), pin_sealed }
            };
            let rows: Vec<ImportedAccount> = batch.into_iter().map(row).collect();
            accounts::upsert(&mut open.tx, open.engine, &rows, &updated).await?;
            progress(open.rows);
        }
        self.close(open).await
    }

    async fn charges(&self, progress: Progress<'_>) -> Result<ImportReport> {
        let Some(mut open) = self.open::<ChargeRecord>().await? else {
            return Ok(already_loaded(Kind::Charges));
        };
        let mut touched = Touched::default();
        while let Some(batch) = open.feed.next().await {
            open.rows += batch.len() as u64;
            let mut rows = Vec::with_capacity(batch.len());
            for record in batch {
                touched.note(&self.plan.known, &record);
                rows.push((self.plan.known.account(&record.account)?, record.charge));
            }
            rows.sort_unstable_by(|a, b| (&a.0, a.1.period).cmp(&(&b.0, b.1.period)));
            charges::upsert(&mut open.tx, open.engine, &rows).await?;
            progress(open.rows);
        }
        self.warn_of_gaps(&mut open, &touched).await?;
        self.close(open).await
    }

    /// Warns of months that do not continue one another, where this file has a part in it.
    async fn warn_of_gaps(&self, open: &mut Open<ChargeRecord>, touched: &Touched) -> Result<()> {
        let (Some((first, last)), Some(known)) = (touched.periods, self.plan.known.accounts.as_ref()) else {
            return Ok(());
        };
        let mut gaps = Vec::new();
        let mut uncounted = 0;
        let ids: Vec<AccountId> = touched.places().filter_map(|place| known.id(place)).collect();
        for some in ids.chunks(ACCOUNTS_PER_QUERY) {
            let found = charges::find_gaps(&mut open.tx, open.engine, some, first, last.next()).await?;
            let room = MAX_WARNINGS.saturating_sub(gaps.len());
            uncounted += found.len().saturating_sub(room) as u64;
            gaps.extend(found.into_iter().take(room));
        }
        let plan = self.plan.clone();
        let warnings = blocking(move || locate_gaps(&plan, &gaps)).await??;
        warnings.into_iter().for_each(|warning| open.checked.findings.warn(warning));
        open.checked.findings.count_more(uncounted);
        Ok(())
    }

    async fn payments(&self, progress: Progress<'_>) -> Result<ImportReport> {
        let Some(mut open) = self.open::<PaymentRecord>().await? else {
            return Ok(already_loaded(Kind::Payments));
        };
        while let Some(batch) = open.feed.next().await {
            open.rows += batch.len() as u64;
            let own = |record: PaymentRecord| Ok((self.plan.known.account(&record.account)?, record.payment));
            let rows = batch.into_iter().map(own).collect::<Result<Vec<_>>>()?;
            billing_payments::upsert(&mut open.tx, open.engine, &rows).await?;
            progress(open.rows);
        }
        let offset = self.registry.utc_offset_hours;
        open.credited = payments::credit_returned(&mut open.tx, self.provider_id()?, offset, self.nature.now()).await?;
        self.close(open).await
    }

    async fn meters(&self, progress: Progress<'_>) -> Result<ImportReport> {
        let Some(mut open) = self.open::<MeterRecord>().await? else {
            return Ok(already_loaded(Kind::Meters));
        };
        let updated = open.checked.present.clone();
        while let Some(batch) = open.feed.next().await {
            open.rows += batch.len() as u64;
            let own = |record: MeterRecord| {
                let account_id = self.plan.known.account(&record.account)?;
                Ok(meter(record, MeterId::trusted(self.nature.id()), account_id))
            };
            let rows = batch.into_iter().map(own).collect::<Result<Vec<_>>>()?;
            meters::upsert(&mut open.tx, open.engine, &rows, &updated).await?;
            progress(open.rows);
        }
        self.close(open).await
    }

    async fn readings(&self, progress: Progress<'_>) -> Result<ImportReport> {
        let Some(mut open) = self.open::<ReadingRecord>().await? else {
            return Ok(already_loaded(Kind::Readings));
        };
        while let Some(batch) = open.feed.next().await {
            open.rows += batch.len() as u64;
            let own =
                |record: ReadingRecord| Ok((self.plan.known.meter(&record.account, &record.serial)?, record.reading));
            let rows = batch.into_iter().map(own).collect::<Result<Vec<_>>>()?;
            readings::upsert(&mut open.tx, open.engine, &rows).await?;
            progress(open.rows);
        }
        self.close(open).await
    }
}

/// Which accounts and months a file of charges has.
#[derive(Default)]
struct Touched {
    accounts: Vec<bool>,
    periods: Option<(Period, Period)>,
}

impl Touched {
    fn note(&mut self, known: &Known, record: &ChargeRecord) {
        let period = record.charge.period;
        let (first, last) = self.periods.unwrap_or((period, period));
        self.periods = Some((first.min(period), last.max(period)));
        let Some(accounts) = &known.accounts else { return };
        self.accounts.resize(accounts.len(), false);
        if let Some(place) = accounts.place(&record.account) {
            self.accounts[place] = true;
        }
    }

    fn places(&self) -> impl Iterator<Item = usize> {
        self.accounts.iter().enumerate().filter(|(_, touched)| **touched).map(|(place, _)| place)
    }
}

/// Finds the lines of gaps: that of the later month, or of the earlier one where the later is not in the file.
fn locate_gaps(plan: &Plan, gaps: &[Gap]) -> io::Result<Vec<Warning>> {
    let key = |gap: &Gap, period| (gap.number.clone(), period, gap.service.clone());
    let mut lines: HashMap<(AccountNumber, Period, String), u64> = HashMap::new();
    for gap in gaps {
        lines.insert(key(gap, gap.period), 0);
        lines.insert(key(gap, gap.period.previous()), 0);
    }
    if !lines.is_empty() {
        let mut reader = plan.open::<ChargeRecord>()?;
        while let Some(ChargeRecord { account, charge }) = reader.read_record()? {
            if let Some(line) = lines.get_mut(&(account, charge.period, charge.service)) {
                *line = reader.line();
            }
        }
    }
    let line_of = |gap: &Gap, period| lines.get(&key(gap, period)).copied().filter(|line| *line > 0);
    let found = gaps.iter().filter_map(|gap| {
        let line = line_of(gap, gap.period).or_else(|| line_of(gap, gap.period.previous()))?;
        Some(Warning::gap(line, gap.number.as_str(), &gap.service, gap.period, gap.opening, gap.previous_closing))
    });
    let mut warnings: Vec<Warning> = found.collect();
    warnings.sort_by_key(|warning| warning.line);
    Ok(warnings)
}

/// The column of the table that a column of the file becomes.
fn table_column(column: &'static str) -> &'static str {
    match column {
        "area_m2" => "area",
        "heated_area_m2" => "heated_area",
        other => other,
    }
}

/// The provider as the file has it; what the file has no column for stays as stored.
fn merge_provider(record: ProviderRecord, stored: Option<Provider>, present: &[&str], nature: &Nature) -> Provider {
    let mut provider = stored.unwrap_or_else(|| Provider {
        id: ProviderId::trusted(nature.id()),
        code: record.code,
        name: String::new(),
        region: None,
        inn: None,
        kpp: None,
        bank_name: None,
        bik: None,
        settlement_account: None,
        correspondent_account: None,
        account_length: DEFAULT_ACCOUNT_LENGTH,
        support_email: None,
        support_phone: None,
        site: None,
    });
    provider.name = record.name;
    provider.account_length = record.account_length.unwrap_or(provider.account_length);
    let take = |column: &str, field: &mut Option<String>, value: Option<String>| {
        if present.contains(&column) {
            *field = value;
        }
    };
    take("region", &mut provider.region, record.region);
    take("inn", &mut provider.inn, record.inn);
    take("kpp", &mut provider.kpp, record.kpp);
    take("bank_name", &mut provider.bank_name, record.bank_name);
    take("bik", &mut provider.bik, record.bik);
    take("settlement_account", &mut provider.settlement_account, record.settlement_account);
    take("correspondent_account", &mut provider.correspondent_account, record.correspondent_account);
    take("support_email", &mut provider.support_email, record.support_email);
    take("support_phone", &mut provider.support_phone, record.support_phone);
    take("site", &mut provider.site, record.site);
    provider
}

fn account(record: AccountRecord, id: AccountId, provider_id: ProviderId) -> Account {
    let stored = |login: Login| login.as_str().to_owned();
    Account {
        id,
        provider_id,
        number: record.number,
        address: record.address,
        subscriber: record.subscriber,
        els: record.els,
        area: record.area,
        heated_area: record.heated_area,
        residents: record.residents,
        phone: record.phone.map(stored),
        email: record.email.map(stored),
        opened_on: record.opened_on,
        closed_on: record.closed_on,
    }
}

fn meter(record: MeterRecord, id: MeterId, account_id: AccountId) -> Meter {
    Meter {
        id,
        account_id,
        serial: record.serial,
        model: record.model,
        digits: record.digits,
        decimals: record.decimals,
        coefficient: record.coefficient,
        installed_on: record.installed_on,
        verified_until: record.verified_until,
        sealed_on: record.sealed_on,
        location: record.location,
        removed_on: record.removed_on,
    }
}

#[cfg(test)]
mod tests;
