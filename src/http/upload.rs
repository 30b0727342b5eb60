//! Reads the file of a multipart form: bounded in size and in the number of files that are read at once.

use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartError};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::answer::Failure;
use crate::telemetry::{self, SecurityEvent};

/// Files of forms in memory at once: 160 MB of the largest. A slow connection holds its place for the time of an answer.
const AT_ONCE: usize = 16;
/// Parts of a form: one field, and what a browser's extension may add.
const MAX_PARTS: usize = 4;

static PLACES: Semaphore = Semaphore::const_new(AT_ONCE);

/// The file of a form.
pub struct Upload {
    /// Its bytes.
    pub file: Vec<u8>,
    /// Its place among the files in memory: to be kept as long as the bytes.
    pub place: SemaphorePermit<'static>,
}

/// Reads the file of a field; `None` when as many files as memory allows are being read. A file of more than `most`
/// bytes is read up to the chunk that exceeds them, so that the use case refuses it by its size. A form without the
/// field gives an empty file.
///
/// # Errors
/// [`Failure::BadRequest`] when the body is no well-formed form or has too many parts.
pub async fn read(mut form: Multipart, name: &str, most: usize) -> Result<Option<Upload>, Failure> {
    let Ok(place) = PLACES.try_acquire() else {
        telemetry::security(SecurityEvent::LimitReached("uploads"));
        return Ok(None);
    };
    for _ in 0..MAX_PARTS {
        let file = match form.next_field().await.map_err(malformed)? {
            None => Vec::new(),
            Some(field) if field.name() == Some(name) => read_field(field, most).await?,
            Some(_) => continue,
        };
        return Ok(Some(Upload { file, place }));
    }
    Err(Failure::BadRequest)
}

async fn read_field(mut field: Field<'_>, most: usize) -> Result<Vec<u8>, Failure> {
    let mut file = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(malformed)? {
        file.extend_from_slice(&chunk);
        if file.len() > most {
            break;
        }
    }
    Ok(file)
}

/// The error's text is not logged: it may quote the form.
fn malformed(_: MultipartError) -> Failure {
    Failure::BadRequest
}
