//! Photos of meters that prove sent readings: attaching one, and showing it to its owner and to the provider's
//! operators. `picture` makes the stored JPEG of the bytes that came.

mod picture;

use std::time::Duration;

use tokio::sync::Semaphore;

use super::access::FullAccess;
use super::audit::Action;
use super::limits::PHOTOS_USER;
use super::refused::{Correctable, Refused};
use super::{Fault, Services, Visitor};
use crate::domain::id::SentReadingId;
use crate::domain::operator::Scope;
use crate::domain::sent_reading::SentReading;
use crate::storage::{Connection, Database, StorageError, meters, reading_photos, sent_readings};
use crate::telemetry::{self, SecurityEvent};

/// Largest file: cameras of phones write 3 to 8 MB.
pub const MAX_PHOTO: usize = 10 * 1024 * 1024;
/// Photos decoded concurrently: one may need half a gigabyte for a second, and one core stays free for pages.
const DECODED_AT_ONCE: usize = 1;
/// Photos that are decoded or wait for it: a second each, so the last one is ready within the time of an answer.
const IN_QUEUE: usize = 8;
/// How long a photo waits for its turn before the page asks the user to retry.
const TURN_WITHIN: Duration = Duration::from_secs(15);

/// The photos of all users.
static QUEUE: Queue = Queue {
    places: Semaphore::const_new(IN_QUEUE),
    decoders: Semaphore::const_new(DECODED_AT_ONCE),
    turn_within: TURN_WITHIN,
};

/// Why a photo was not attached.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PhotoError {
    /// The account has no such reading.
    NotFound,
    /// Billing has decided on the reading.
    Decided,
    /// The reading was replaced or taken back while the photo was prepared.
    Changed,
    /// No file was chosen.
    Empty,
    /// The file is larger than [`MAX_PHOTO`].
    TooLarge,
    /// The picture has more pixels than the portal decodes.
    TooManyPixels,
    /// The format of iPhones, which browsers do not show.
    Heic,
    /// Another known kind of file, by its Russian name.
    OtherKind(&'static str),
    /// No known kind of file.
    NotAPicture,
    /// The file is cut off, or its content contradicts its header.
    Damaged,
    /// Too many photos wait for their turn.
    Busy,
}

impl Correctable for PhotoError {}

/// What a sealed photo is bound to: its sent reading.
pub(super) fn purpose(id: &str) -> String {
    format!("photo:{id}")
}

/// A sent reading with what the page of its photo shows.
pub struct PhotoOf {
    /// The reading.
    pub reading: SentReading,
    /// The meter's serial number.
    pub serial: Option<String>,
    /// Whether a photo is attached.
    pub is_attached: bool,
}

/// A sent reading of the account; `None` when it has none with this identifier.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn of_reading(
    services: &Services,
    access: &FullAccess,
    id: &SentReadingId,
) -> Result<Option<PhotoOf>, Fault> {
    let mut connection = services.db().read().await?;
    let Some(reading) = find(&mut connection, access, id).await? else { return Ok(None) };
    let meters = meters::of_account(&mut connection, access.id()).await?;
    let serial = meters.into_iter().find(|meter| meter.id == reading.meter_id).map(|meter| meter.serial);
    let is_attached = reading_photos::of_account(&mut connection, access.id()).await?.contains(id);
    Ok(Some(PhotoOf { reading, serial, is_attached }))
}

async fn find(
    connection: &mut Connection,
    access: &FullAccess,
    id: &SentReadingId,
) -> Result<Option<SentReading>, StorageError> {
    let found = sent_readings::by_id(connection, access.id(), id).await?;
    if found.is_none() {
        telemetry::security(SecurityEvent::ForeignId);
    }
    Ok(found)
}

/// Attaches a photo to a sent reading in place of an earlier one. It is stored as a small JPEG without metadata, sealed.
///
/// # Errors
/// [`Refused`] when the account has no such reading, billing has decided on it, the file is no photo that the portal
/// takes, a limit is reached, or on an internal error.
pub async fn attach(
    services: &Services,
    access: &FullAccess,
    id: &SentReadingId,
    file: Vec<u8>,
    visitor: &Visitor,
) -> Result<(), Refused<PhotoError>> {
    let reading = find(&mut *services.db().read().await?, access, id).await?.ok_or(PhotoError::NotFound)?;
    if !reading.takes_photo() {
        return Err(PhotoError::Decided.into());
    }
    check_size(&file)?;
    services.count(PHOTOS_USER, access.user_id().as_str()).await??;
    let photo = QUEUE.run(move || picture::reencode(&file)).await??;
    let sealed = services.vault().seal_bytes(&purpose(id.as_str()), &photo);
    let mut tx = services.db().begin().await?;
    if !sent_readings::hold(&mut tx, &reading).await? {
        return Err(PhotoError::Changed.into());
    }
    reading_photos::put(&mut tx, id, &sealed, services.now()).await?;
    let account_id = access.id().as_str();
    services.record(&mut tx, access.user_id(), Action::PhotoAttached, Some(account_id), visitor).await?;
    Ok(Database::commit(tx).await?)
}

const fn check_size(file: &[u8]) -> Result<(), PhotoError> {
    match file.len() {
        0 => Err(PhotoError::Empty),
        length if length > MAX_PHOTO => Err(PhotoError::TooLarge),
        _ => Ok(()),
    }
}

/// A bounded queue in front of the threads that decode.
struct Queue {
    places: Semaphore,
    decoders: Semaphore,
    turn_within: Duration,
}

impl Queue {
    /// Works on another thread, after a bounded wait behind a bounded number of others.
    async fn run<T: Send + 'static>(
        &'static self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refused<PhotoError>> {
        let Ok(place) = self.places.try_acquire() else { return Err(busy()) };
        let turn = tokio::time::timeout(self.turn_within, self.decoders.acquire()).await;
        let Ok(Ok(turn)) = turn else { return Err(busy()) };
        let working = tokio::task::spawn_blocking(telemetry::carried(move || {
            // Kept until the work ends, even if the request is cancelled: the thread continues.
            let _held = (place, turn);
            work()
        }));
        Ok(working.await.map_err(|_| Fault::Broken("the decoding of a photo panicked"))?)
    }
}

fn busy() -> Refused<PhotoError> {
    telemetry::security(SecurityEvent::LimitReached("photo-queue"));
    PhotoError::Busy.into()
}

/// The photo of a sent reading of the account, as JPEG; `None` when there is none.
///
/// # Errors
/// [`Fault`] when the storage fails or the stored photo cannot be opened.
pub async fn own(services: &Services, access: &FullAccess, id: &SentReadingId) -> Result<Option<Vec<u8>>, Fault> {
    let sealed = reading_photos::sealed(&mut *services.db().read().await?, access.id(), id).await?;
    let Some(sealed) = sealed else {
        telemetry::security(SecurityEvent::ForeignId);
        return Ok(None);
    };
    Ok(Some(services.vault().unseal_bytes(&purpose(id.as_str()), &sealed)?))
}

/// The photo of a sent reading in the operator's scope, as JPEG; `None` outside it. The trail records each view, also
/// for the user who sent the reading.
///
/// # Errors
/// [`Fault`] when the storage fails or the stored photo cannot be opened.
pub async fn show_to_operator(
    services: &Services,
    scope: &Scope,
    id: &SentReadingId,
    visitor: &Visitor,
) -> Result<Option<Vec<u8>>, Fault> {
    let mut tx = services.db().begin().await?;
    let Some(found) = reading_photos::in_scope(&mut tx, scope, id).await? else {
        telemetry::security(SecurityEvent::OperatorRefused);
        return Ok(None);
    };
    let photo = services.vault().unseal_bytes(&purpose(id.as_str()), &found.sealed)?;
    let (user_id, account_id) = (found.user_id.as_ref(), Some(found.account_id.as_str()));
    services.record_operator(&mut tx, &scope.operator_id, user_id, Action::PhotoShown, account_id, visitor).await?;
    Database::commit(tx).await?;
    Ok(Some(photo))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(places: usize, decoders: usize) -> &'static Queue {
        Box::leak(Box::new(Queue {
            places: Semaphore::new(places),
            decoders: Semaphore::new(decoders),
            turn_within: Duration::from_millis(10),
        }))
    }

    #[tokio::test]
    async fn a_photo_without_a_place_or_a_turn_is_refused_and_the_places_are_free_again() {
        for full in [queue(0, 1), queue(1, 0)] {
            let places = full.places.available_permits();
            let refused = full.run(|| ()).await;
            assert!(matches!(refused, Err(Refused::This(PhotoError::Busy))));
            assert_eq!(full.places.available_permits(), places);
        }
        let free = queue(1, 1);
        assert!(matches!(free.run(|| 7).await, Ok(7)));
        assert_eq!((free.places.available_permits(), free.decoders.available_permits()), (1, 1));
    }

    #[test]
    fn a_file_has_a_least_and_a_largest_size() {
        assert_eq!(check_size(&[]), Err(PhotoError::Empty));
        assert_eq!(check_size(&vec![0; MAX_PHOTO]), Ok(()));
        assert_eq!(check_size(&vec![0; MAX_PHOTO + 1]), Err(PhotoError::TooLarge));
    }
}
