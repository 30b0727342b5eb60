//! A small client of the portal: one connection, plain HTTP/1.1, to loopback only.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

/// Timeout of an answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// Maximum length of a body: larger than any page.
const MAX_BODY: usize = 8 << 20;
const MAX_HEADERS: usize = 64;

/// The response of the server.
pub struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// The cookies that it sets, as a browser would send them back.
    pub fn cookies(&self) -> String {
        let set = self.headers.iter().filter(|(name, _)| name == "set-cookie");
        set.filter_map(|(_, value)| value.split(';').next()).collect::<Vec<_>>().join("; ")
    }

    /// A header by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(named, _)| named == name).map(|(_, value)| value.as_str())
    }
}

/// One connection.
pub struct Client {
    stream: BufReader<TcpStream>,
    host: SocketAddr,
}

impl Client {
    /// Connects.
    ///
    /// # Errors
    /// When no server listens, or the address is not on this machine.
    pub fn connect(host: SocketAddr) -> Result<Self> {
        ensure!(host.ip().is_loopback(), "loads go to this machine only");
        let stream = TcpStream::connect(host).with_context(|| format!("nobody listens on {host}"))?;
        stream.set_read_timeout(Some(ANSWER_WITHIN))?;
        stream.set_write_timeout(Some(ANSWER_WITHIN))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream), host })
    }

    /// Requests a page.
    ///
    /// # Errors
    /// When the connection breaks or the response is not HTTP.
    pub fn get(&mut self, path: &str, cookies: &str) -> Result<Answer> {
        let cookies = if cookies.is_empty() { String::new() } else { format!("Cookie: {cookies}\r\n") };
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: {}\r\nAccept: text/html\r\n{cookies}\r\n", self.host))
    }

    /// Sends a form as a browser would.
    ///
    /// # Errors
    /// When the connection breaks or the response is not HTTP.
    pub fn post(&mut self, path: &str, form: &str) -> Result<Answer> {
        let host = self.host;
        self.ask(&format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nSec-Fetch-Site: same-origin\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        ))
    }

    /// Sends any request: method, path, headers and body as they are.
    ///
    /// # Errors
    /// When the connection breaks or the response is not HTTP.
    pub fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Result<Answer> {
        let headers = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect::<Vec<_>>().concat();
        let (host, length) = (self.host, body.len());
        self.ask(&format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
        ))
    }

    fn ask(&mut self, request: &str) -> Result<Answer> {
        self.stream.get_mut().write_all(request.as_bytes())?;
        read_answer(&mut self.stream)
    }
}

fn read_answer(stream: &mut impl BufRead) -> Result<Answer> {
    let first = read_line(stream)?;
    let status = first.split(' ').nth(1).and_then(|code| code.parse().ok()).context("the answer is no HTTP")?;
    let mut answer = Answer { status, headers: Vec::new(), body: Vec::new() };
    loop {
        let line = read_line(stream)?;
        let Some((name, value)) = line.split_once(':') else { break };
        answer.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        ensure!(answer.headers.len() <= MAX_HEADERS, "too many headers");
    }
    if answer.header("transfer-encoding") == Some("chunked") {
        while read_chunk(stream, &mut answer.body)? {}
    } else {
        let length = answer.header("content-length").map_or(Ok(0), str::parse)?;
        read_part(stream, length, &mut answer.body)?;
    }
    Ok(answer)
}

fn read_chunk(stream: &mut impl BufRead, body: &mut Vec<u8>) -> Result<bool> {
    let length = usize::from_str_radix(read_line(stream)?.trim(), 16).context("a broken chunk")?;
    read_part(stream, length, body)?;
    read_line(stream)?;
    Ok(length > 0)
}

fn read_part(stream: &mut impl BufRead, length: usize, body: &mut Vec<u8>) -> Result<()> {
    ensure!(body.len() + length <= MAX_BODY, "the answer is too long");
    let from = body.len();
    body.resize(from + length, 0);
    stream.read_exact(&mut body[from..]).context("the answer broke off")
}

fn read_line(stream: &mut impl BufRead) -> Result<String> {
    let mut line = Vec::new();
    stream.take(MAX_BODY as u64).read_until(b'\n', &mut line)?;
    if line.is_empty() {
        bail!("the server closed the connection");
    }
    Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_known_length_and_in_chunks_are_read_to_their_end() {
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHelloHTTP/1.1 303 See Other\r\nSet-Cookie: a=1; Path=/\r\n\
                    set-cookie: b=2\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
        let mut stream = text.as_bytes();
        let first = read_answer(&mut stream).unwrap();
        assert_eq!((first.status, first.body.as_slice()), (200, b"Hello".as_slice()));
        let second = read_answer(&mut stream).unwrap();
        assert_eq!((second.status, second.body.as_slice()), (303, b"abcde".as_slice()));
        assert_eq!(second.cookies(), "a=1; b=2");
        assert!(read_answer(&mut stream).is_err());
    }

    #[test]
    fn loads_never_leave_this_machine() {
        assert!(Client::connect(SocketAddr::from(([192, 0, 2, 1], 80))).is_err());
    }
}
