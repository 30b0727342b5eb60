//! The list of a print run: which account's receipt is in which file, with its sum and hash.
//!
//! During the run the list is appended line by line to a locked file beside its path; at the end it is sorted and
//! written to its path. A resumed run reads the unfinished file again. No cell needs quotes: digits, a date, a
//! provider's code.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{self, File, TryLockError};
use std::io::{self, BufRead as _, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use sha2::{Digest as _, Sha256};

use super::{Files, PrintRun, PrintRunError};
use crate::domain::account::AccountNumber;
use crate::domain::calendar::parse_date;
use crate::domain::money::Money;
use crate::service::private_file::private;

const HEAD: &str = "account;sum;file;page;sha256;issued";

/// The list's entry for a printed receipt.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Row {
    /// The sum to pay.
    pub sum: Money,
    /// The name of its file.
    pub file: String,
    /// The page of the file on which it begins, from 1.
    pub page: usize,
    /// SHA-256 of its file.
    pub hash: [u8; 32],
    /// The issue date printed on it.
    pub issued: Date,
}

impl Row {
    /// Whether the file exists and is unchanged since printing.
    pub async fn holds(&self, path: PathBuf) -> bool {
        is_as_printed(path, self.hash).await
    }

    fn parse(line: &str) -> Option<(AccountNumber, Self)> {
        let cells: Vec<&str> = line.split(';').collect();
        let [account, sum, file, page, hash, issued] = cells[..] else { return None };
        let row = Self {
            sum: Money::parse(sum).ok()?,
            file: file.to_owned(),
            page: page.parse().ok()?,
            hash: data_encoding::HEXLOWER.decode(hash.as_bytes()).ok()?.try_into().ok()?,
            issued: parse_date(issued).ok()?,
        };
        Some((AccountNumber::trusted(account.to_owned()), row))
    }

    fn line(&self, account: &AccountNumber) -> String {
        let Self { sum, file, page, hash, issued } = self;
        let hash = data_encoding::HEXLOWER.encode(hash);
        format!("{account};{};{file};{page};{hash};{issued}\n", sum.machine())
    }
}

/// A file of several receipts, as listed.
#[derive(Debug)]
pub(super) struct ListedFile {
    accounts: BTreeSet<AccountNumber>,
    hash: [u8; 32],
}

impl ListedFile {
    /// Whether it has the receipts of exactly these accounts, exists and is unchanged since printing.
    pub async fn holds(self, accounts: impl Iterator<Item = &AccountNumber>, path: &Path) -> bool {
        self.accounts.iter().eq(accounts.collect::<BTreeSet<_>>()) && is_as_printed(path.to_owned(), self.hash).await
    }
}

async fn is_as_printed(path: PathBuf, expected: [u8; 32]) -> bool {
    let read = move || fs::read(path).is_ok_and(|bytes| hash(&bytes) == expected);
    tokio::task::spawn_blocking(read).await.unwrap_or_default()
}

/// SHA-256.
pub(super) fn hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// The receipts printed so far.
pub(super) struct List {
    run: PrintRun,
    rows: BTreeMap<AccountNumber, Row>,
    /// Locked while it is open.
    growing: File,
}

impl List {
    /// An empty list, or the unfinished list of a stopped run.
    pub fn open(run: &PrintRun) -> Result<Self, PrintRunError> {
        if run.is_archive() && run.out.exists() {
            return Err(PrintRunError::Taken(run.out.clone()));
        }
        make_private_folder(&run.folder()).map_err(|error| PrintRunError::Disk(run.folder(), error))?;
        refuse_foreign(&run.list())?;
        let path = run.unfinished();
        let failed = |error: io::Error| PrintRunError::Disk(path.clone(), error);
        let growing = private().read(true).append(true).create(true).open(&path).map_err(failed)?;
        match growing.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(PrintRunError::Running(path)),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        let rows = read_whole_lines(&growing).map_err(failed)?;
        Ok(Self { run: run.clone(), rows, growing })
    }

    /// The entry for an account that an earlier part of the run printed.
    pub fn row(&self, account: &AccountNumber) -> Option<Row> {
        self.rows.get(account).cloned()
    }

    /// The files that an earlier part of the run printed, by name; without those whose rows come from two printings.
    pub fn files(&self) -> HashMap<String, ListedFile> {
        let mut files: HashMap<String, Option<ListedFile>> = HashMap::new();
        for (account, row) in &self.rows {
            let new = || Some(ListedFile { accounts: BTreeSet::new(), hash: row.hash });
            let file = files.entry(row.file.clone()).or_insert_with(new);
            match file {
                Some(listed) if listed.hash == row.hash => {
                    listed.accounts.insert(account.clone());
                }
                _ => *file = None,
            }
        }
        files.into_iter().filter_map(|(name, file)| Some((name, file?))).collect()
    }

    /// Adds a receipt whose file is written.
    pub fn add(&mut self, account: AccountNumber, row: Row) -> Result<(), PrintRunError> {
        let written = self.growing.write_all(row.line(&account).as_bytes());
        written.map_err(|error| PrintRunError::Disk(self.run.unfinished(), error))?;
        self.rows.insert(account, row);
        Ok(())
    }

    /// Removes an account without a receipt, and its own file if it had a receipt before.
    pub fn drop_account(&mut self, account: &AccountNumber) -> Result<(), PrintRunError> {
        self.rows.remove(account);
        if self.run.files == Files::Merged {
            return Ok(());
        }
        let file = self.run.path(&self.run.file_name(account));
        remove(&file).map_err(|error| PrintRunError::Disk(file, error))
    }

    /// Writes the list to its path, sorted by file and page. Returns the names of the files.
    pub fn finish(&self) -> Result<Vec<String>, PrintRunError> {
        let path = self.run.list();
        let mut rows: Vec<(&AccountNumber, &Row)> = self.rows.iter().collect();
        rows.sort_by_key(|(_, row)| (&row.file, row.page));
        write_private(&path, |file| write(file, &rows)).map_err(|error| PrintRunError::Disk(path, error))?;
        let mut files: Vec<String> = rows.iter().map(|(_, row)| row.file.clone()).collect();
        files.dedup();
        Ok(files)
    }

    /// Completes the run: removes the unfinished list, so that there is no run to resume.
    pub fn close(self) -> Result<(), PrintRunError> {
        let unfinished = self.run.unfinished();
        remove(&unfinished).map_err(|error| PrintRunError::Disk(unfinished, error))
    }
}

fn write(file: &File, rows: &[(&AccountNumber, &Row)]) -> io::Result<()> {
    let mut to = BufWriter::new(file);
    writeln!(to, "{HEAD}")?;
    for (account, row) in rows {
        to.write_all(row.line(account).as_bytes())?;
    }
    to.flush()?;
    file.sync_all()
}

/// Never overwrites a file of that name that is not our list, such as a registry of billing.
fn refuse_foreign(path: &Path) -> Result<(), PrintRunError> {
    let failed = |error| PrintRunError::Disk(path.to_owned(), error);
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
    };
    let mut head = vec![0; HEAD.len()];
    let is_ours = io::Read::read_exact(&mut &file, &mut head).is_ok() && head == HEAD.as_bytes();
    if is_ours { Ok(()) } else { Err(PrintRunError::Foreign(path.to_owned())) }
}

/// Truncates the partial last line of a stopped run, or the next line would be appended to it.
fn read_whole_lines(file: &File) -> io::Result<BTreeMap<AccountNumber, Row>> {
    let mut rows = BTreeMap::new();
    let (mut reader, mut line, mut whole) = (BufReader::new(file), Vec::new(), 0_u64);
    while reader.read_until(b'\n', &mut line)? > 0 && line.ends_with(b"\n") {
        whole += line.len() as u64;
        rows.extend(std::str::from_utf8(&line).ok().and_then(|line| Row::parse(line.trim_end())));
        line.clear();
    }
    file.set_len(whole)?;
    Ok(rows)
}

/// Writes a temporary file and renames it, so that a file with the final name is complete. Only the owner may read it,
/// as it may contain a PIN; the temporary file is always new, so that no file or link planted there is written to.
pub(super) fn write_private(file: &Path, write: impl FnOnce(&File) -> io::Result<()>) -> io::Result<()> {
    let part = file.with_extension("part");
    remove(&part)?;
    let written = private().write(true).create_new(true).open(&part).and_then(|opened| write(&opened));
    let kept = written.and_then(|()| fs::rename(&part, file));
    if kept.is_err() {
        let _ = fs::remove_file(&part);
    }
    kept
}

/// Removes a file, if it exists.
pub(super) fn remove(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn make_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::calendar::Period;

    fn run(folder: &Path) -> PrintRun {
        let period = Period::parse("2026-10").unwrap();
        PrintRun { provider_code: "gas".to_owned(), period, files: Files::PerAccount, out: folder.to_owned(), jobs: 1 }
    }

    fn number(last: u32) -> AccountNumber {
        AccountNumber::trusted(format!("5900000{last}"))
    }

    fn row(kopecks: i64) -> Row {
        let file = format!("gas-2026-10-5900000{}.pdf", kopecks / 100);
        let (sum, issued) = (Money::from_kopecks(kopecks), Date::constant(2026, 11, 22));
        Row { sum, file, page: 1, hash: hash(b"file"), issued }
    }

    #[test]
    fn what_a_stop_left_is_read_again_without_a_half_line() {
        let folder = tempfile::tempdir().unwrap();
        let run = run(folder.path());
        let mut list = List::open(&run).unwrap();
        list.add(number(2), row(200)).unwrap();
        list.add(number(1), row(100)).unwrap();
        drop(list);
        let mut left = fs::read(run.unfinished()).unwrap();
        left.extend(b"59000003;3.00;ab");
        fs::write(run.unfinished(), left).unwrap();

        let mut list = List::open(&run).unwrap();
        assert_eq!((list.row(&number(1)), list.row(&number(3))), (Some(row(100)), None));
        list.add(number(3), row(300)).unwrap();
        list.finish().unwrap();
        list.close().unwrap();
        let lines = fs::read_to_string(run.list()).unwrap();
        let begin: Vec<&str> = lines.lines().map(|line| line.split(";gas").next().unwrap()).collect();
        assert_eq!(begin, [HEAD, "59000001;1.00", "59000002;2.00", "59000003;3.00"]);
    }

    #[test]
    fn a_run_that_ended_leaves_nothing_to_go_on_with() {
        let folder = tempfile::tempdir().unwrap();
        let run = run(folder.path());
        let mut list = List::open(&run).unwrap();
        list.add(number(1), row(100)).unwrap();
        list.finish().unwrap();
        list.close().unwrap();
        assert_eq!(List::open(&run).unwrap().row(&number(1)), None);
        assert!(run.list().exists(), "the list of the last run stays until this one ends");
    }

    #[test]
    fn a_file_of_the_lists_name_that_is_no_list_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let run = run(folder.path());
        for text in ["account;period;service;opening\n", ""] {
            fs::write(run.list(), text).unwrap();
            assert!(matches!(List::open(&run), Err(PrintRunError::Foreign(_))), "{text:?}");
            assert_eq!(fs::read_to_string(run.list()).unwrap(), text);
        }
    }

    #[test]
    fn two_runs_of_one_month_do_not_write_into_one_list() {
        let folder = tempfile::tempdir().unwrap();
        let run = run(folder.path());
        let first = List::open(&run).unwrap();
        assert!(matches!(List::open(&run), Err(PrintRunError::Running(_))));
        drop(first);
        assert!(List::open(&run).is_ok());
    }

    #[test]
    fn an_account_that_lost_its_receipt_leaves_the_list_and_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let run = run(folder.path());
        let mut list = List::open(&run).unwrap();
        list.add(number(1), row(100)).unwrap();
        fs::write(run.path(&run.file_name(&number(1))), "file").unwrap();
        list.drop_account(&number(1)).unwrap();
        list.drop_account(&number(2)).unwrap();
        assert!(!run.path(&run.file_name(&number(1))).exists());
        list.finish().unwrap();
        assert_eq!(fs::read_to_string(run.list()).unwrap().lines().count(), 1);
    }

    #[test]
    fn a_file_whose_rows_stem_from_two_printings_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let mut list = List::open(&run(folder.path())).unwrap();
        let row_of = |file: &str, bytes: &[u8]| Row { file: file.to_owned(), hash: hash(bytes), ..row(100) };
        list.add(number(1), row_of("a.pdf", b"new")).unwrap();
        list.add(number(2), row_of("a.pdf", b"old")).unwrap();
        list.add(number(3), row_of("b.pdf", b"new")).unwrap();
        list.add(number(4), row_of("b.pdf", b"new")).unwrap();
        let files = list.files();
        assert_eq!(files.keys().collect::<Vec<_>>(), ["b.pdf"]);
        assert_eq!(files["b.pdf"].accounts, BTreeSet::from([number(3), number(4)]));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_laid_where_a_receipt_is_written_is_not_written_into() {
        let folder = tempfile::tempdir().unwrap();
        let (part, file) = (folder.path().join("a.part"), folder.path().join("a.pdf"));
        let elsewhere = folder.path().join("elsewhere");
        std::os::unix::fs::symlink(&elsewhere, &part).unwrap();
        write_private(&file, |mut file| file.write_all(b"PIN")).unwrap();
        assert!(!elsewhere.exists() && fs::read(&file).unwrap() == b"PIN");
    }
}
