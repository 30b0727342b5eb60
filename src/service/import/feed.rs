//! The third reading of a file: rows on their way to the database.

use std::fs::File;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};

use super::plan::Plan;
use super::{ImportError, Result};
use crate::exchange::survey::hex;
use crate::exchange::{Record, Survey};

/// Rows that travel together: sorted by account, enough neighbours to share pages of the database.
const BATCH_ROWS: usize = 8_192;
/// Batches on their way: one that is stored, two that wait and one that is read stay under 20 MB.
const BATCHES_WAITING: usize = 2;

/// Rows on their way from the reading thread.
pub(super) struct Feed<R> {
    batches: mpsc::Receiver<Vec<R>>,
    reading: JoinHandle<io::Result<Outcome>>,
}

/// How the third reading ended.
struct Outcome {
    content_hash: String,
    faults: usize,
}

impl<R: Record> Feed<R> {
    /// Begins the reading on a thread of its own.
    pub(super) fn start(plan: Plan) -> Self {
        let (sender, batches) = mpsc::channel(BATCHES_WAITING);
        Self { batches, reading: spawn_blocking(move || feed(&plan, &sender)) }
    }

    /// The next batch; `None` at the end of the reading.
    pub(super) async fn next(&mut self) -> Option<Vec<R>> {
        self.batches.recv().await
    }

    /// Makes sure that this reading saw what was checked before.
    pub(super) async fn finish(self, survey: &Survey) -> Result<()> {
        let outcome = self.reading.await.map_err(ImportError::Stopped)??;
        let same = outcome.content_hash == survey.content_hash && outcome.faults == 0;
        if same { Ok(()) } else { Err(ImportError::FileChanged) }
    }
}

fn feed<R: Record>(plan: &Plan, batches: &mpsc::Sender<Vec<R>>) -> io::Result<Outcome> {
    let hash = Arc::new(Mutex::new(Sha256::new()));
    let file = Hashed { file: File::open(&plan.path)?, hash: Arc::clone(&hash) };
    let mut reader = plan.read::<R, _>(file)?;
    let mut batch = Vec::with_capacity(BATCH_ROWS);
    while let Some(record) = reader.read_record()? {
        batch.push(record);
        if batch.len() == BATCH_ROWS {
            let full = std::mem::replace(&mut batch, Vec::with_capacity(BATCH_ROWS));
            // The receiver is gone: the import was given up.
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
