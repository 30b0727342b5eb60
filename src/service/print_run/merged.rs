//! Many receipts per file, in a courier's walking order: by street, then house, then flat.

use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};

use futures::{StreamExt as _, stream};

use super::list::{List, ListedFile, Row, hash, remove};
use super::{Desk, End, PrintRunError, Printed, lies_in_the_account, next_accounts, sum_of, write_file};
use crate::document::{DocumentError, Press};
use crate::domain::account::AccountNumber;
use crate::domain::receipt::Receipt;
use crate::domain::text::fold;
use crate::service::Fault;
use crate::service::receipts::{lacks_code, receipt_of};
use crate::storage::accounts;

/// Accounts per file: the stack of paper that a folding machine takes at once, and the receipts in memory at once.
const ACCOUNTS_A_FILE: usize = 100;

/// Padded width of numbers: more digits than numbers of houses, flats and post offices have.
const HOUSE_DIGITS: usize = 8;

/// Prints the files in their order.
pub(super) async fn print(
    desk: &Desk<'_>,
    mut list: List,
    mut progress: impl FnMut(u64, u64),
) -> Result<(Printed, List), PrintRunError> {
    let order = by_address(desk).await?;
    let files: Vec<(String, &[AccountNumber])> =
        order.chunks(ACCOUNTS_A_FILE).zip(1..).map(|(accounts, number)| (file_name(desk, number), accounts)).collect();
    let mut printed = Printed::default();
    let mut earlier = list.files();
    let work: Vec<_> =
        files.iter().map(|(name, accounts)| print_file(desk, name, accounts, earlier.remove(name))).collect();
    let mut work = stream::iter(work).buffered(desk.run.jobs.max(1));
    while let Some(ends) = work.next().await {
        for end in ends? {
            printed.note(end, &mut list)?;
        }
        progress(printed.done(), desk.total);
    }
    remove_surplus(desk, files.len() + 1)?;
    Ok((printed, list))
}

fn file_name(desk: &Desk<'_>, number: usize) -> String {
    format!("{}-{number:05}.pdf", desk.run.name())
}

/// The provider's accounts, sorted by address. All in memory: some two hundred bytes each.
async fn by_address(desk: &Desk<'_>) -> Result<Vec<AccountNumber>, PrintRunError> {
    let mut found = Vec::new();
    let mut last = None;
    loop {
        let accounts = next_accounts(desk, last.as_ref()).await?;
        let Some(newest) = accounts.last() else { break };
        last = Some(newest.number.clone());
        found.extend(accounts.into_iter().map(|account| (walking_key(&account.address), account.number)));
    }
    found.sort_unstable();
    Ok(found.into_iter().map(|(_, number)| number).collect())
}

/// A key that sorts addresses in natural order: house 2, 2/1, 2а, 10; «ё» as «е», case-insensitive.
fn walking_key(address: &str) -> String {
    let (mut key, mut digits) = (String::with_capacity(address.len() + 16), String::new());
    for letter in fold(address).chars().chain([' ']) {
        if letter.is_ascii_digit() {
            digits.push(letter);
            continue;
        }
        if !digits.is_empty() {
            let _ = write!(key, "{digits:0>HOUSE_DIGITS$}");
            digits.clear();
        }
        key.push(letter);
    }
    key
}

/// Prints one file. `earlier` is the same file as printed by an earlier part of the run.
async fn print_file(
    desk: &Desk<'_>,
    name: &str,
    numbers: &[AccountNumber],
    earlier: Option<ListedFile>,
) -> Result<Vec<End>, PrintRunError> {
    let path = desk.run.path(name);
    let (mut ends, mut receipts) = (Vec::new(), Vec::new());
    for number in numbers {
        match gather(desk, number).await? {
            Ok(receipt) => receipts.push((number.clone(), receipt)),
            Err(end) => ends.push(end),
        }
    }
    if let Some(earlier) = earlier
        && earlier.holds(receipts.iter().map(|(number, _)| number), &path).await
    {
        ends.extend(receipts.iter().map(|_| End::Kept));
        return Ok(ends);
    }
    let (press, name, issued) = (desk.services.inner.press.clone(), name.to_owned(), desk.services.today());
    let printing = tokio::task::spawn_blocking(move || {
        let (stack, failed) = print_stack(&press, receipts);
        ends.extend(failed.into_iter().map(|(number, fault)| End::Failed(number, fault)));
        let Some(Stack { pdf, receipts, pages }) = stack else {
            remove(&path).map_err(|error| PrintRunError::Disk(path, error))?;
            return Ok(ends);
        };
        write_file(&path, &pdf)?;
        let (hash, mut page) = (hash(&pdf), 1);
        for ((number, receipt), count) in receipts.into_iter().zip(pages) {
            let row = Row { sum: sum_of(&receipt)?, file: name.clone(), page, hash, issued };
            ends.push(End::Printed(number, row, lacks_code(&receipt)));
            page += count;
        }
        Ok(ends)
    });
    printing.await.map_err(|_| Fault::Broken("the printing of receipts panicked"))?
}

/// The receipt of an account, or the outcome without a receipt.
async fn gather(desk: &Desk<'_>, number: &AccountNumber) -> Result<Result<Receipt, End>, PrintRunError> {
    let gathered = async {
        let mut connection = desk.services.db().read().await?;
        let account = accounts::find(&mut connection, &desk.provider.id, number).await?;
        drop(connection);
        match account {
            Some(account) => receipt_of(desk.services, &desk.provider, &account, desk.run.period).await,
            None => Ok(None),
        }
    };
    match gathered.await {
        Ok(Some(receipt)) => Ok(Ok(receipt)),
        Ok(None) => Ok(Err(End::NoCharges(number.clone()))),
        Err(fault) if lies_in_the_account(&fault) => Ok(Err(End::Failed(number.clone(), fault))),
        Err(fault) => Err(fault.into()),
    }
}

/// A printed file.
struct Stack {
    pdf: Vec<u8>,
    receipts: Vec<(AccountNumber, Receipt)>,
    /// Number of pages of each receipt.
    pages: Vec<usize>,
}

/// Prints the printable receipts and returns the others with the cause; no file when no receipt is printable.
fn print_stack(
    press: &Press,
    mut receipts: Vec<(AccountNumber, Receipt)>,
) -> (Option<Stack>, Vec<(AccountNumber, Fault)>) {
    let mut failed = Vec::new();
    let mut printed = print_together(press, &receipts);
    if printed.is_err() {
        failed = take_unprintable(press, &mut receipts);
        printed = print_together(press, &receipts);
    }
    if let Ok((pdf, pages)) = printed {
        return (Some(Stack { pdf, receipts, pages }), failed);
    }
    let why = || Fault::Broken("receipts that can be printed alone cannot be printed together");
    failed.extend(receipts.into_iter().map(|(number, _)| (number, why())));
    (None, failed)
}

/// An empty list is an error too: a file has at least one receipt.
fn print_together(press: &Press, receipts: &[(AccountNumber, Receipt)]) -> Result<(Vec<u8>, Vec<usize>), Fault> {
    let receipts: Vec<&Receipt> = receipts.iter().map(|(_, receipt)| receipt).collect();
    guarded(|| press.receipts(&receipts))
}

/// Prints the receipts one by one to remove those that cannot be printed.
fn take_unprintable(press: &Press, receipts: &mut Vec<(AccountNumber, Receipt)>) -> Vec<(AccountNumber, Fault)> {
    let mut failed = Vec::new();
    receipts.retain(|(number, receipt)| match guarded(|| press.receipt(receipt)) {
        Ok(_) => true,
        Err(fault) => {
            failed.push((number.clone(), fault));
            false
        }
    });
    failed
}

/// Turns a panic of typst into an error of that receipt: the rest of its file is printed.
fn guarded<T>(print: impl FnOnce() -> Result<T, DocumentError>) -> Result<T, Fault> {
    match catch_unwind(AssertUnwindSafe(print)) {
        Ok(printed) => Ok(printed?),
        Err(_) => Err(Fault::Broken("the printing of a receipt panicked")),
    }
}

/// Removes the files of an earlier run with more accounts.
fn remove_surplus(desk: &Desk<'_>, mut number: usize) -> Result<(), PrintRunError> {
    loop {
        let path = desk.run.path(&file_name(desk, number));
        if !path.exists() {
            return Ok(());
        }
        remove(&path).map_err(|error| PrintRunError::Disk(path, error))?;
        number += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::cases;

    #[test]
    fn addresses_stand_in_the_order_of_a_walk() {
        let walk = [
            "ул. Ёлочная, д. 2, кв. 1",
            "ул. Елочная, д. 2, кв. 1а",
            "ул. Ёлочная, д. 2, кв. 10",
            "ул. Ёлочная, д. 2/1",
            "ул. Ёлочная, д. 2а, кв. 1",
            "ул. ЁЛОЧНАЯ, д. 10",
            "ул. Жукова, д. 1",
        ];
        let keys = walk.map(walking_key);
        assert!(keys.is_sorted(), "{keys:?}");
    }

    #[test]
    fn what_panics_is_told_as_a_fault() {
        let fault = guarded(|| -> Result<(), DocumentError> { panic!("as typst might") });
        assert!(matches!(fault, Err(Fault::Broken(_))));
    }

    #[test]
    fn a_receipt_at_fault_leaves_its_file_to_the_others() {
        let (press, number) = (Press::new(), |last: u32| AccountNumber::trusted(format!("5900000{last}")));
        let mut broken = cases::metered();
        broken.rows.clear();
        let receipts = vec![(number(1), cases::metered()), (number(2), broken), (number(3), cases::overpaid())];
        let (stack, failed) = print_stack(&press, receipts);
        let printed: Vec<AccountNumber> = stack.unwrap().receipts.into_iter().map(|(number, _)| number).collect();
        assert_eq!(printed, [number(1), number(3)]);
        assert_eq!(failed.into_iter().map(|(number, _)| number).collect::<Vec<_>>(), [number(2)]);
    }
}
