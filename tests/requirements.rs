//! Requirements of the security ledger that need the running binary: how it parses messages, which cipher suites it
//! accepts, its log.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

/// Timeout of an answer: a busy machine needs a few seconds.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// The portal of a demo in its own folder.
struct Portal {
    process: Child,
    address: String,
    /// Kept open while the portal runs: it may write to it.
    _output: BufReader<ChildStdout>,
    folder: tempfile::TempDir,
}

impl Portal {
    fn start(settings: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test");
        write_private(&folder.path().join("kabinet.toml"), settings.as_bytes());
        Self::start_in(folder)
    }

    fn start_in(folder: tempfile::TempDir) -> Self {
        let log = std::fs::File::create(folder.path().join("log")).expect("a file for the log");
        let mut command = Command::new(env!("CARGO_BIN_EXE_kabinet"));
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("KABINET_")) {
            command.env_remove(name);
        }
        let command = command.current_dir(folder.path()).args(["serve", "--demo", "--listen", "127.0.0.1:0"]);
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let mut process = command.spawn().expect("the binary runs");
        let mut output = BufReader::new(process.stdout.take().expect("its output is piped"));
        let mut line = String::new();
        while !line.contains("listens on ") {
            line.clear();
            assert!(output.read_line(&mut line).expect("a line of text") > 0, "it ended: {}", log_of(folder.path()));
        }
        let (_, address) = line.split_once("listens on ").expect("the loop ended there");
        let address = address.trim().trim_end_matches(')').to_owned();
        Self { process, address, _output: output, folder }
    }

    /// Sends bytes on a new connection and reads until the portal closes it.
    fn answers(&self, bytes: &[u8]) -> Vec<u8> {
        let mut socket = TcpStream::connect(&self.address).expect("it listens");
        socket.set_read_timeout(Some(ANSWER_WITHIN)).expect("no zero");
        socket.write_all(bytes).expect("it reads");
        let mut answer = Vec::new();
        let mut piece = [0; 4096];
        // A reset connection has already sent its answer.
        while let Ok(read @ 1..) = socket.read(&mut piece) {
            answer.extend_from_slice(&piece[..read]);
        }
        answer
    }

    /// Its whole log, after it has stopped.
    #[cfg(unix)]
    fn log(mut self) -> String {
        let stopped =
            Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status().expect("kill is there");
        assert!(stopped.success() && self.process.wait().expect("it ends").success());
        log_of(self.folder.path())
    }
}

impl Drop for Portal {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn log_of(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("log")).unwrap_or_default()
}

fn write_private(file: &Path, bytes: &[u8]) {
    std::fs::write(file, bytes).expect("the file is written");
    #[cfg(unix)]
    std::fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("it is ours");
}

#[test]
fn a_message_whose_end_is_unclear_is_refused_and_what_follows_is_no_request() {
    let portal = Portal::start("");
    let hidden = "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    for headers in [
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: 5, 6\r\n",
        "Content-Length: +5\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
    ] {
        let message = format!("POST /sign-in HTTP/1.1\r\nHost: a\r\n{headers}\r\nhello{hidden}");
        let answer = String::from_utf8_lossy(&portal.answers(message.as_bytes())).into_owned();
        assert!(answer.starts_with("HTTP/1.1 400"), "{headers}: {answer}");
        assert!(!answer.contains("alive"), "{headers}: {answer}");
    }
}

#[test]
fn messages_are_read_as_http_1_only() {
    let portal = Portal::start("");
    let answer = portal.answers(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0");
    // A SETTINGS frame of HTTP/2 would begin with its length and the type 4.
    assert!(answer.get(3) != Some(&4), "{answer:?}");
}

/// A TLS 1.2 ClientHello with these cipher suites, with the curves and signatures of a current client.
fn hello(suites: &[u16]) -> Vec<u8> {
    let with_length =
        |bytes: Vec<u8>| [&u16::try_from(bytes.len()).expect("a short hello").to_be_bytes()[..], &bytes].concat();
    let words = |words: &[u16]| with_length(words.iter().flat_map(|word| word.to_be_bytes()).collect());
    let extension = |kind: u16, body: Vec<u8>| [&kind.to_be_bytes()[..], &with_length(body)].concat();
    let extensions = [
        extension(10, words(&[0x001d, 0x0017])),
        extension(11, vec![1, 0]),
        extension(13, words(&[0x0403, 0x0804, 0x0401])),
    ];
    let body = [&[3, 3][..], &[7; 32], &[0], &words(suites), &[1, 0], &with_length(extensions.concat())].concat();
    let length = u32::try_from(body.len()).expect("a short hello").to_be_bytes();
    [&[22, 3, 1][..], &with_length([&[1][..], &length[1..], &body].concat())].concat()
}

#[test]
fn only_suites_with_forward_secrecy_and_authenticated_encryption_are_taken() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    std::fs::write(folder.path().join("chain.pem"), made.cert.pem()).unwrap();
    write_private(&folder.path().join("key.pem"), made.signing_key.serialize_pem().as_bytes());
    let settings =
        "public_url = \"https://localhost\"\n[tls]\ncertificate_file = \"chain.pem\"\nkey_file = \"key.pem\"\n";
    write_private(&folder.path().join("kabinet.toml"), settings.as_bytes());
    let portal = Portal::start_in(folder);

    // The first byte of an answer: 22 continues the handshake, 21 is an alert. The accepted ones need no second message
    // from us, so the test does not wait for the connection to end.
    let first_byte = |suites: &[u16]| {
        let mut socket = TcpStream::connect(&portal.address).unwrap();
        socket.set_read_timeout(Some(ANSWER_WITHIN)).unwrap();
        socket.write_all(&hello(suites)).unwrap();
        let mut byte = [0];
        socket.read_exact(&mut byte).map(|()| byte[0]).unwrap_or_default()
    };
    // ECDHE with AES-GCM and with ChaCha20-Poly1305.
    for good in [0xc02b, 0xc02c, 0xcca9] {
        assert_eq!(first_byte(&[good]), 22, "{good:#06x}");
    }
    // Without forward secrecy, with CBC, with 3DES, with RC4, without encryption, DHE with CBC.
    for bad in [0x009c, 0x002f, 0xc009, 0xc013, 0x000a, 0x0005, 0x0000, 0xc006, 0x0033] {
        assert_eq!(first_byte(&[bad]), 21, "{bad:#06x}");
    }
}

#[cfg(unix)]
#[test]
fn the_setting_json_writes_one_object_a_line_in_utc_with_the_requests_id() {
    let portal = Portal::start("log_format = \"json\"\n");
    let answer = portal.answers(b"GET /sign-in HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let id = answer.lines().find_map(|line| line.strip_prefix("x-request-id: ")).expect("an id").to_owned();
    let log = portal.log();
    let lines: Vec<serde_json::Value> =
        log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"))).collect();
    assert!(lines.iter().all(|line| line["timestamp"].as_str().is_some_and(|time| time.ends_with('Z'))), "{log}");
    let request = lines.iter().find(|line| line["message"] == "request").expect("a line of the request");
    assert_eq!((&request["request.id"], &request["http.status"]), (&id.into(), &200.into()), "{log}");
    assert_eq!(
        (&request["client.address"], &request["http.route"]),
        (&"127.0.0.1".into(), &"/sign-in".into()),
        "{log}"
    );
}
