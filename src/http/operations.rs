//! Endpoints for monitoring: liveness, readiness, metrics. No personal data.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::Web;
use crate::service::Services;
use crate::service::health::{self, Counts, Schema};
use crate::telemetry::{self, chain};

/// A load balancer treats a database slower than this as failed.
const DATABASE_WITHIN: Duration = Duration::from_secs(2);
/// The media type of Prometheus' text format.
const METRICS_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The monitoring addresses, which the access log leaves out.
pub const PATHS: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// `/healthz`, public: reports only that the process runs.
pub fn router() -> Router<Web> {
    let [healthz, ..] = PATHS;
    Router::new().route(healthz, get(async || "alive\n"))
}

/// `/healthz`, `/readyz`, `/metrics`, for the administrator's own network.
pub fn admin_router() -> Router<Web> {
    let [_, readyz, metrics] = PATHS;
    router().route(readyz, get(show_readiness)).route(metrics, get(show_metrics))
}

async fn show_readiness(State(services): State<Services>) -> Response {
    match readiness(&services).await {
        Ok(()) => "ready\n".into_response(),
        Err(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")).into_response(),
    }
}

async fn readiness(services: &Services) -> Result<(), &'static str> {
    match tokio::time::timeout(DATABASE_WITHIN, health::schema(services)).await {
        Err(_) => Err("the database does not answer in time"),
        Ok(Err(fault)) => {
            tracing::warn!(cause = chain(&fault), "not ready");
            Err("the database does not answer")
        }
        Ok(Ok(Schema::Current)) => Ok(()),
        Ok(Ok(Schema::Behind(_))) => Err("the database is behind this program"),
        Ok(Ok(Schema::Newer(_))) => Err("the database is newer than this program"),
    }
}

/// Works without the database: reports that the process runs and the database does not answer.
async fn show_metrics(State(services): State<Services>) -> Response {
    let counts = match tokio::time::timeout(DATABASE_WITHIN, health::counts(&services)).await {
        Ok(Ok(counts)) => Some(counts),
        Ok(Err(fault)) => {
            tracing::warn!(cause = chain(&fault), "no counts for the metrics");
            None
        }
        Err(_) => None,
    };
    ([(CONTENT_TYPE, METRICS_TYPE)], metrics(counts.as_ref())).into_response()
}

/// Upper bounds of the duration buckets, in milliseconds: from instant to slow to the time limit.
const BUCKETS_MS: [u64; 8] = [25, 100, 250, 500, 1_000, 2_500, 10_000, 30_000];

/// Answers since the start by status class, and their durations. No paths, no personal data.
struct Traffic {
    by_class: [AtomicU64; 5],
    within: [AtomicU64; BUCKETS_MS.len()],
    duration_ms: AtomicU64,
}

static TRAFFIC: Traffic = Traffic {
    by_class: [const { AtomicU64::new(0) }; 5],
    within: [const { AtomicU64::new(0) }; BUCKETS_MS.len()],
    duration_ms: AtomicU64::new(0),
};

/// Counts one answer.
pub fn count(status: StatusCode, duration_ms: u64) {
    TRAFFIC.count(status, duration_ms);
}

impl Traffic {
    fn count(&self, status: StatusCode, duration_ms: u64) {
        let class = usize::from(status.as_u16() / 100).clamp(1, self.by_class.len()) - 1;
        self.by_class[class].fetch_add(1, Ordering::Relaxed);
        self.duration_ms.fetch_add(duration_ms, Ordering::Relaxed);
        if let Some(bucket) = BUCKETS_MS.iter().position(|most| duration_ms <= *most) {
            self.within[bucket].fetch_add(1, Ordering::Relaxed);
        }
    }

    fn write(&self, text: &mut String) {
        let name = "kabinet_http_responses_total";
        let _ = writeln!(text, "# HELP {name} Answers since the start.\n# TYPE {name} counter");
        let mut total = 0;
        for (index, count) in self.by_class.iter().enumerate() {
            let count = count.load(Ordering::Relaxed);
            total += count;
            let _ = writeln!(text, "{name}{{class=\"{}xx\"}} {count}", index + 1);
        }
        let name = "kabinet_http_response_seconds";
        let _ = writeln!(text, "# HELP {name} How long answers took.\n# TYPE {name} histogram");
        let mut within = 0;
        for (count, most) in self.within.iter().zip(BUCKETS_MS) {
            within += count.load(Ordering::Relaxed);
            let _ = writeln!(text, "{name}_bucket{{le=\"{}\"}} {within}", seconds(most));
        }
        let sum = seconds(self.duration_ms.load(Ordering::Relaxed));
        let _ = writeln!(text, "{name}_bucket{{le=\"+Inf\"}} {total}\n{name}_sum {sum}\n{name}_count {total}");
    }
}

fn seconds(milliseconds: u64) -> String {
    format!("{}.{:03}", milliseconds / 1_000, milliseconds % 1_000)
}

fn metrics(counts: Option<&Counts>) -> String {
    let mut text = String::new();
    TRAFFIC.write(&mut text);
    gauge(&mut text, "kabinet_build_info", "The running version.");
    sample(&mut text, "kabinet_build_info", &format!("{{version=\"{}\"}}", env!("CARGO_PKG_VERSION")), 1);
    gauge(&mut text, "kabinet_database_up", "Whether the database answered.");
    sample(&mut text, "kabinet_database_up", "", i64::from(counts.is_some()));
    let name = "kabinet_security_events_total";
    let _ = writeln!(text, "# HELP {name} Security events since the start.\n# TYPE {name} counter");
    for (event, limit, count) in telemetry::counts() {
        let _ = writeln!(text, "{name}{{event=\"{event}\",limit=\"{limit}\"}} {count}");
    }
    let name = "kabinet_alarms_total";
    let _ = writeln!(text, "# HELP {name} Ceilings of the installation that were reached.\n# TYPE {name} counter");
    let _ = writeln!(text, "{name} {}", telemetry::alarms());
    let Some(counts) = counts else { return text };
    gauge(&mut text, "kabinet_outbox_waiting", "Letters and SMS that cannot wait and have not left yet.");
    sample(&mut text, "kabinet_outbox_waiting", "", counts.outbox_waiting);
    gauge(&mut text, "kabinet_notices_waiting", "Messages of notices that have not left yet.");
    sample(&mut text, "kabinet_notices_waiting", "", counts.notices_waiting);
    gauge(&mut text, "kabinet_notices_planned", "Notices that are planned and not composed yet.");
    sample(&mut text, "kabinet_notices_planned", "", counts.notices_planned);
    gauge(&mut text, "kabinet_refused_addresses", "Addresses and phones that refused a message for ever.");
    sample(&mut text, "kabinet_refused_addresses", "", counts.refused_addresses);
    gauge(&mut text, "kabinet_payments", "Payments by state.");
    for (state, count) in &counts.payments {
        sample(&mut text, "kabinet_payments", &format!("{{state=\"{state}\"}}"), *count);
    }
    text
}

fn gauge(text: &mut String, name: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
}

fn sample(text: &mut String, name: &str, labels: &str, value: i64) {
    let _ = writeln!(text, "{name}{labels} {value}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_count_payments_by_state() {
        let counts = Counts {
            outbox_waiting: 3,
            notices_waiting: 4,
            notices_planned: 5,
            refused_addresses: 1,
            payments: vec![("pending".to_owned(), 2)],
        };
        let text = metrics(Some(&counts));
        assert!(text.contains("\nkabinet_outbox_waiting 3\n"), "{text}");
        assert!(text.contains("\nkabinet_notices_planned 5\n"), "{text}");
        assert!(text.contains("\nkabinet_refused_addresses 1\n"), "{text}");
        assert!(text.contains("\nkabinet_payments{state=\"pending\"} 2\n"), "{text}");
        assert!(text.contains("kabinet_database_up 1\n"), "{text}");
    }

    #[test]
    fn a_histogram_counts_each_answer_in_its_bucket_and_all_above() {
        let traffic =
            Traffic { by_class: Default::default(), within: Default::default(), duration_ms: AtomicU64::new(0) };
        traffic.count(StatusCode::OK, 20);
        traffic.count(StatusCode::NOT_FOUND, 300);
        traffic.count(StatusCode::SERVICE_UNAVAILABLE, 31_000);
        let mut text = String::new();
        traffic.write(&mut text);
        for line in [
            "kabinet_http_responses_total{class=\"4xx\"} 1",
            "kabinet_http_response_seconds_bucket{le=\"0.025\"} 1",
            "kabinet_http_response_seconds_bucket{le=\"30.000\"} 2",
            "kabinet_http_response_seconds_bucket{le=\"+Inf\"} 3",
            "kabinet_http_response_seconds_sum 31.320",
            "kabinet_http_response_seconds_count 3",
        ] {
            assert!(text.lines().any(|found| found == line), "no {line} in {text}");
        }
    }

    #[test]
    fn metrics_count_security_events_and_alarms() {
        let text = metrics(None);
        assert!(text.contains("kabinet_security_events_total{event=\"foreign_id\",limit=\"\"} "), "{text}");
        assert!(text.contains("\nkabinet_alarms_total "), "{text}");
    }

    #[test]
    fn metrics_without_a_database_say_so() {
        assert!(metrics(None).contains("kabinet_database_up 0\n"));
    }
}
