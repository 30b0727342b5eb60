//! The first pass over a file: its content hash, encoding and number of lines. One pass, constant memory.

use std::io::{self, Read};

use sha2::{Digest, Sha256};

/// Bytes read at a time.
const CHUNK: usize = 256 * 1024;
/// Longest UTF-8 sequence, which the end of a chunk may split.
const MAX_SEQUENCE: usize = 4;

/// The character encoding of a file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// The single-byte Cyrillic encoding of older Windows programs.
    Windows1251,
    /// Two bytes per character: rejected.
    Utf16,
}

/// The result of the first pass.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Survey {
    /// SHA-256 of the content, in lower-case hexadecimal.
    pub content_hash: String,
    /// The character encoding.
    pub encoding: Encoding,
    /// Line breaks in the file: at least as many as its rows.
    pub line_count: u64,
}

/// Makes the first pass over a file.
///
/// # Errors
/// [`io::Error`] when reading the input fails.
pub fn survey(mut input: impl Read) -> io::Result<Survey> {
    let mut hash = Sha256::new();
    let mut script = Script::default();
    let mut line_count = 0;
    let mut chunk = vec![0; CHUNK];
    loop {
        let length = input.read(&mut chunk)?;
        let bytes = &chunk[..length];
        if bytes.is_empty() {
            break;
        }
        hash.update(bytes);
        line_count += memchr::memchr_iter(b'\n', bytes).count() as u64;
        script.look(bytes);
    }
    Ok(Survey { content_hash: hex(&hash.finalize()), encoding: script.encoding(), line_count })
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

/// Distinguishes UTF-8 from windows-1251 by counting valid and invalid non-ASCII sequences: one truncated or corrupt
/// byte in a UTF-8 file must not change the encoding of the whole file.
#[derive(Default)]
struct Script {
    start: Vec<u8>,
    cut: Vec<u8>,
    sequences: u64,
    broken: u64,
}

impl Script {
    fn look(&mut self, bytes: &[u8]) {
        let missing = 2_usize.saturating_sub(self.start.len()).min(bytes.len());
        self.start.extend_from_slice(&bytes[..missing]);
        if self.cut.is_empty() {
            self.count(bytes);
        } else {
            // The sequence split by the chunk's end, with its possible continuation bytes.
            let mut seam = std::mem::take(&mut self.cut);
            let joined = bytes.len().min(MAX_SEQUENCE);
            let taken =
                (1..=joined).find(|taken| bytes.get(*taken).is_none_or(|byte| byte & 0xC0 != 0x80)).unwrap_or(joined);
            seam.extend_from_slice(&bytes[..taken]);
            self.count(&seam);
            if taken < bytes.len() {
                self.broken += u64::from(!self.cut.is_empty());
                self.cut.clear();
            }
            self.count(&bytes[taken..]);
        }
    }

    fn count(&mut self, bytes: &[u8]) {
        if std::str::from_utf8(bytes).is_ok() {
            self.sequences += bytes.iter().filter(|byte| **byte >= 0xC0).count() as u64;
            return;
        }
        let mut rest = bytes.utf8_chunks().peekable();
        while let Some(chunk) = rest.next() {
            self.sequences += chunk.valid().bytes().filter(|byte| *byte >= 0xC0).count() as u64;
            let invalid = chunk.invalid();
            if rest.peek().is_none() && is_cut_sequence(invalid) {
                self.cut = invalid.to_vec();
            } else if !invalid.is_empty() {
                self.broken += 1;
            }
        }
    }

    fn encoding(&self) -> Encoding {
        if self.start == [0xFF, 0xFE] || self.start == [0xFE, 0xFF] {
            return Encoding::Utf16;
        }
        let broken = self.broken + u64::from(!self.cut.is_empty());
        if broken > self.sequences { Encoding::Windows1251 } else { Encoding::Utf8 }
    }
}

/// Whether invalid bytes could become valid UTF-8 with more bytes.
fn is_cut_sequence(bytes: &[u8]) -> bool {
    !bytes.is_empty() && std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn encoding_of(bytes: &[u8]) -> Encoding {
        survey(bytes).unwrap().encoding
    }

    #[test]
    fn the_hash_is_the_sha_256_of_the_content() {
        let survey = survey(b"abc\n".as_slice()).unwrap();
        assert_eq!(survey.content_hash, "edeaaff3f1774ad2888673770c6d64097e391bc362d7d6fb34982ddf0efd18cb");
        assert_eq!(survey.line_count, 1);
    }

    #[test]
    fn windows_1251_is_recognised() {
        let (bytes, ..) = encoding_rs::WINDOWS_1251.encode("ул. Береговая, ёлка");
        assert_eq!(encoding_of(&bytes), Encoding::Windows1251);
        let (capitals, ..) = encoding_rs::WINDOWS_1251.encode("РЁВ ТРЁХ ЁЖЕЙ");
        assert_eq!(encoding_of(&capitals), Encoding::Windows1251);
    }

    #[test]
    fn a_utf_8_file_cut_inside_a_letter_stays_utf_8() {
        let text = "ул. Береговая".as_bytes();
        assert_eq!(encoding_of(&text[..text.len() - 1]), Encoding::Utf8);
    }

    #[test]
    fn utf_16_is_recognised_by_its_mark() {
        assert_eq!(encoding_of(&[0xFF, 0xFE, b'a', 0]), Encoding::Utf16);
    }

    /// Returns one byte at a time, so that every sequence is split.
    struct Trickle<'a>(&'a [u8]);

    impl Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
            buffer[0] = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    proptest! {
        #[test]
        fn utf_8_is_recognised_wherever_reading_is_cut(text in "\\PC{0,80}") {
            prop_assert_eq!(survey(Trickle(text.as_bytes())).unwrap(), survey(text.as_bytes()).unwrap());
            prop_assert_eq!(encoding_of(text.as_bytes()), Encoding::Utf8);
        }
    }
}
