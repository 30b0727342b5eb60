//! Load on one page, for `cargo xtask bench server`: keep-alive connections, one request at a time on each.
//!
//! `load ADDRESS PATH CONNECTIONS MILLISECONDS`, cookies on standard input. Plain HTTP/1.1 to loopback only. Every
//! response must have status 200 and may be compressed, as for browsers. Prints responses per second, the 50th and 99th
//! percentile in microseconds, and the bytes of a response. One thread serves all connections and leaves the cores to the
//! server that is measured.

use std::error::Error;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Longer than any answer may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// Larger than any page.
const MAX_ANSWER: usize = 8 << 20;
const MAX_CONNECTIONS: usize = 1_000;
const END_OF_HEAD: &[u8] = b"\r\n\r\n";

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, path, connections, time] = arguments.as_slice() else {
        return Err("load ADDRESS PATH CONNECTIONS MILLISECONDS".into());
    };
    let host: SocketAddr = address.parse()?;
    if !host.ip().is_loopback() {
        return Err("loads go to this machine only".into());
    }
    let request = request(host, path, std::io::read_to_string(std::io::stdin())?.trim());
    let connections = connections.parse::<usize>()?.min(MAX_CONNECTIONS);
    let started = Instant::now();
    let deadline = started + Duration::from_millis(time.parse()?);
    let mut running = JoinSet::new();
    for _ in 0..connections {
        running.spawn(ask_until(host, request.clone(), deadline));
    }
    let (mut took, mut bytes) = (Vec::new(), 0);
    while let Some(result) = running.join_next().await {
        let (times, length) = result??;
        took.extend(times);
        bytes = length;
    }
    #[expect(clippy::cast_precision_loss, reason = "a measurement makes far fewer than 2^52 requests")]
    let rate = took.len() as f64 / started.elapsed().as_secs_f64();
    took.sort();
    println!("{rate} {} {} {bytes}", percentile(&took, 50).as_micros(), percentile(&took, 99).as_micros());
    Ok(())
}

fn request(host: SocketAddr, path: &str, cookies: &str) -> Vec<u8> {
    let cookies = if cookies.is_empty() { String::new() } else { format!("Cookie: {cookies}\r\n") };
    format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\nAccept-Encoding: gzip\r\n{cookies}\r\n")
        .into_bytes()
}

async fn ask_until(host: SocketAddr, request: Vec<u8>, deadline: Instant) -> Result<(Vec<Duration>, usize)> {
    let mut stream = TcpStream::connect(host).await?;
    stream.set_nodelay(true)?;
    let (mut took, mut bytes, mut answer) = (Vec::new(), 0, Vec::new());
    while Instant::now() < deadline {
        let started = Instant::now();
        bytes = tokio::time::timeout(ANSWER_WITHIN, ask(&mut stream, &request, &mut answer)).await??;
        took.push(started.elapsed());
    }
    Ok((took, bytes))
}

/// The bytes of the answer's body.
async fn ask(stream: &mut TcpStream, request: &[u8], answer: &mut Vec<u8>) -> Result<usize> {
    answer.clear();
    stream.write_all(request).await?;
    loop {
        if stream.read_buf(answer).await? == 0 {
            return Err("the server closed the connection".into());
        }
        if answer.len() > MAX_ANSWER {
            return Err("the answer is too long".into());
        }
        let Some(head) = answer.windows(END_OF_HEAD.len()).position(|bytes| bytes == END_OF_HEAD) else { continue };
        let (head, body) = answer.split_at(head + END_OF_HEAD.len());
        if let Some(length) = whole_length(head, body)? {
            return Ok(length);
        }
    }
}

/// The bytes of a body that has come to its end.
fn whole_length(head: &[u8], body: &[u8]) -> Result<Option<usize>> {
    let head = std::str::from_utf8(head)?.to_ascii_lowercase();
    if !head.starts_with("http/1.1 200 ") {
        return Err(format!("answered {}", head.lines().next().unwrap_or_default()).into());
    }
    if head.contains("transfer-encoding: chunked") {
        return chunks_length(body);
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    let length = length.ok_or("the answer does not tell its length")?;
    Ok((length <= body.len()).then_some(length))
}

/// The same of a body in chunks, each after its length in hexadecimal digits.
fn chunks_length(mut body: &[u8]) -> Result<Option<usize>> {
    let mut bytes = 0;
    while let Some(line) = body.windows(2).position(|end| end == b"\r\n") {
        let length = usize::from_str_radix(std::str::from_utf8(&body[..line])?, 16)?;
        let end = line + 2 + length.min(MAX_ANSWER) + 2;
        if body.len() < end {
            break;
        }
        if length == 0 {
            return Ok(Some(bytes));
        }
        bytes += length;
        body = &body[end..];
    }
    Ok(None)
}

fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let last = sorted.len().saturating_sub(1);
    sorted.get((sorted.len() * percent / 100).min(last)).copied().unwrap_or_default()
}
