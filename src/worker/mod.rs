//! Background jobs: deliver the outbox, plan and compose notices, poll the acquirer about payments, reseal values after key rotation, delete
//! expired rows. Letters and payments are leased in the database, so that several instances do not take the same one;
//! deletion is idempotent.
//!
//! A failed job is logged once and retried with exponential back-off; it never stops the other jobs or the process. May
//! import `service`, `domain`, `clock`.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::service::{Fault, Services, key_rotation, messages, notices, payments, sessions};
use crate::telemetry::chain;

/// A letter is sent within a second: people wait for it with the page open.
const OUTBOX_EVERY: Duration = Duration::from_secs(1);
/// A payment is settled within 60 s of the return, even without a notification.
const PAYMENTS_EVERY: Duration = Duration::from_secs(5);
/// Nobody waits for a notice with the page open, and a round without work reads three indexes.
const NOTICES_EVERY: Duration = Duration::from_secs(10);
/// Expired rows grant no access; they only take space.
const EXPIRY_EVERY: Duration = Duration::from_mins(10);
/// A key rotation is noticed within a minute: until then values are sealed with the old key, which still opens them.
const KEYS_EVERY: Duration = Duration::from_mins(1);
/// The timeout of one round: longer than any lease, so a slower round has lost its work to another instance anyway.
const ROUND_WITHIN: Duration = Duration::from_mins(5);
/// The longest back-off: a recovered database is noticed within a minute.
const MAX_BACK_OFF: Duration = Duration::from_mins(1);
/// The base of the back-off for jobs with a longer interval.
const BACK_OFF_FIRST: Duration = Duration::from_secs(1);

/// Whether to run the next round at once.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Round {
    /// The round had work: there may be more.
    Again,
    /// The round had no work.
    Done,
}

impl Round {
    const fn of(taken: usize) -> Self {
        if taken > 0 { Self::Again } else { Self::Done }
    }
}

/// A periodic job.
struct Job {
    name: &'static str,
    every: Duration,
    run: Box<dyn Fn() -> BoxFuture<'static, Result<Round, Fault>> + Send + Sync>,
}

/// The running jobs.
pub struct Worker {
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Worker {
    /// Starts every job; each runs until `stop`.
    pub fn start(services: &Services, stop: CancellationToken) -> Self {
        let tasks = TaskTracker::new();
        for job in jobs(services) {
            tasks.spawn(keep_running(job, stop.clone()));
        }
        tasks.close();
        Self { tasks, stop }
    }

    /// Shuts down gracefully: running rounds finish, no new ones start. `false` when it took longer than `most`; leased
    /// work is then picked up by the next instance.
    pub async fn finish(self, most: Duration) -> bool {
        self.stop.cancel();
        tokio::time::timeout(most, self.tasks.wait()).await.is_ok()
    }
}

fn jobs(services: &Services) -> [Job; 5] {
    let keys = services.clone();
    let outbox = services.clone();
    let planner = services.clone();
    let polls = services.clone();
    let expiry = services.clone();
    [
        Job {
            name: "outbox",
            every: OUTBOX_EVERY,
            run: Box::new(move || {
                let services = outbox.clone();
                Box::pin(async move { Ok(Round::of(messages::deliver(&services).await?)) })
            }),
        },
        Job {
            name: "notices",
            every: NOTICES_EVERY,
            run: Box::new(move || {
                let services = planner.clone();
                Box::pin(async move { Ok(Round::of(notices::round(&services).await?)) })
            }),
        },
        Job {
            name: "payments",
            every: PAYMENTS_EVERY,
            run: Box::new(move || {
                let services = polls.clone();
                Box::pin(async move { Ok(Round::of(payments::poll(&services).await?)) })
            }),
        },
        Job {
            name: "keys",
            every: KEYS_EVERY,
            run: Box::new(move || {
                let services = keys.clone();
                Box::pin(async move { Ok(Round::of(key_rotation::follow(&services).await?)) })
            }),
        },
        Job {
            name: "expiry",
            every: EXPIRY_EVERY,
            run: Box::new(move || {
                let services = expiry.clone();
                Box::pin(async move { sessions::expire(&services).await.map(|()| Round::Done) })
            }),
        },
    ]
}

async fn keep_running(job: Job, stop: CancellationToken) {
    let mut failures = 0;
    while !stop.is_cancelled() {
        // Not cancelled by `stop`: a letter that was handed over must be marked as sent.
        let pause = match play(&job, ROUND_WITHIN).await {
            Ok(round) => {
                if failures > 0 {
                    tracing::info!(worker.job = job.name, worker.failures = failures, "a job works again");
                }
                failures = 0;
                if round == Round::Again { Duration::ZERO } else { job.every }
            }
            Err(cause) => {
                note(&job, &mut failures, &cause);
                back_off(job.every, failures)
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// One round of a job; the cause when it failed, panicked or took too long.
async fn play(job: &Job, within: Duration) -> Result<Round, String> {
    let round = AssertUnwindSafe((job.run)()).catch_unwind();
    match tokio::time::timeout(within, round).await {
        Ok(Ok(Ok(round))) => Ok(round),
        Ok(Ok(Err(fault))) => Err(chain(&fault)),
        Ok(Err(_)) => Err("it panicked".to_owned()),
        Err(_) => Err(format!("it took longer than {within:?}")),
    }
}

/// Logs the first failure in a row as an error, the next ones at debug level.
fn note(job: &Job, failures: &mut u32, cause: &str) {
    *failures = failures.saturating_add(1);
    if *failures == 1 {
        tracing::error!(worker.job = job.name, cause, "a job failed, will go on trying");
    } else {
        tracing::debug!(worker.job = job.name, worker.failures = *failures, cause, "a job failed again");
    }
}

/// Exponential back-off: the job's interval, but at most 1 s, doubled with every failure in a row, at most a minute.
fn back_off(every: Duration, failures: u32) -> Duration {
    let first = every.min(BACK_OFF_FIRST);
    first.saturating_mul(1 << failures.min(10)).min(MAX_BACK_OFF)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::mpsc;

    use super::*;

    /// A job that sends the number of its round and then returns the result of `end`.
    fn job(end: fn(usize) -> Result<Round, Fault>) -> (Job, mpsc::UnboundedReceiver<usize>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        let counter = AtomicUsize::new(0);
        let run = move || -> BoxFuture<'static, Result<Round, Fault>> {
            let number = counter.fetch_add(1, Ordering::SeqCst) + 1;
            sender.send(number).unwrap();
            Box::pin(async move { end(number) })
        };
        (Job { name: "test", every: Duration::from_millis(1), run: Box::new(run) }, receiver)
    }

    async fn hear(rounds: &mut mpsc::UnboundedReceiver<usize>, most: usize) {
        while rounds.recv().await.unwrap() < most {}
    }

    #[tokio::test]
    async fn a_job_goes_on_after_faults_and_panics() {
        let (job, mut rounds) = job(|number| match number {
            1 => Err(Fault::Broken("a test")),
            2 => panic!("a test"),
            _ => Ok(Round::Done),
        });
        let stop = CancellationToken::new();
        let task = tokio::spawn(keep_running(job, stop.clone()));
        hear(&mut rounds, 4).await;
        stop.cancel();
        task.await.unwrap();
    }

    #[tokio::test]
    async fn a_round_that_hangs_is_given_up() {
        let run = || -> BoxFuture<'static, Result<Round, Fault>> { Box::pin(std::future::pending()) };
        let job = Job { name: "test", every: Duration::from_millis(1), run: Box::new(run) };
        assert_eq!(play(&job, Duration::from_millis(1)).await, Err("it took longer than 1ms".to_owned()));
    }

    #[tokio::test]
    async fn a_job_with_more_to_do_does_not_pause() {
        let (mut job, mut rounds) = job(|number| Ok(if number < 100 { Round::Again } else { Round::Done }));
        job.every = Duration::from_hours(1);
        let stop = CancellationToken::new();
        let task = tokio::spawn(keep_running(job, stop.clone()));
        hear(&mut rounds, 100).await;
        stop.cancel();
        task.await.unwrap();
    }

    #[test]
    fn pauses_after_failures_grow_to_a_minute() {
        assert_eq!(back_off(OUTBOX_EVERY, 1), Duration::from_secs(2));
        assert_eq!(back_off(EXPIRY_EVERY, 1), Duration::from_secs(2));
        assert_eq!(back_off(PAYMENTS_EVERY, 3), Duration::from_secs(8));
        assert_eq!(back_off(PAYMENTS_EVERY, u32::MAX), MAX_BACK_OFF);
    }
}
