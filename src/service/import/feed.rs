//! The third pass over a file: sends its rows to the database in batches.

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

/// Rows per batch: sorted by account, enough adjacent rows to share pages of the database.
const BATCH_ROWS: usize = 8_192;
/// Batches in the channel: with the batch being stored and the batch being read, memory stays under 20 MB.
const BATCHES_WAITING: usize = 2;

/// The receiver of batches from the reading thread.
pub(super) struct Feed<R> {
    batches: mpsc::Receiver<Vec<R>>,
    reading: JoinHandle<io::Result<Outcome>>,
}

/// The result of the third pass.
struct Outcome {
    content_hash: String,
    faults: usize,
}

impl<R: Record> Feed<R> {
    /// Starts the third pass on its own thread.
    pub(super) fn start(plan: Plan) -> Self {
        let (sender, batches) = mpsc::channel(BATCHES_WAITING);
        Self { batches, reading: spawn_blocking(move || feed(&plan, &sender)) }
    }

    /// The next batch; `None` at the end of the file.
    pub(super) async fn next(&mut self) -> Option<Vec<R>> {
        self.batches.recv().await
    }

    /// Checks that this pass read the same content as the check before.
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
            // The receiver was dropped: the import was aborted.
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

/// A file that is hashed while it is read.
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
