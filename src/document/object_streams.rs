//! Gathers the small objects of a PDF into compressed object streams (PDF 1.5; ISO 32000-1, 7.5.7 and 7.5.8). typst's
//! writer leaves each of them separate and uncompressed: more than half of a receipt is structure for screen readers.
//! Each object keeps its number and, but for one default, its bytes; no stream is changed.
//!
//! Not a general PDF parser: it accepts the format of this one writer, and returns any other file unchanged.

use std::fmt::Write as _;
use std::io::Write as _;
use std::ops::Range;

use flate2::Compression;
use flate2::write::ZlibEncoder;

/// Reading one object unpacks its whole stream: enough objects to compress well, few enough to be fast.
const OBJECTS_A_STREAM: usize = 200;
/// Compression level, of 9. The names of structure repeat so much that a higher one takes time and saves little.
const LEVEL: u32 = 2;
/// An entry of a plain cross-reference table takes 20 bytes: ten digits, five more, a letter (7.5.4).
const ENTRY_LENGTH: usize = 20;
const TABLE: &str = "xref\n0 ";
const TRAILER: &[u8] = b"trailer\n<<";
const PLACE_OF_TABLE: &str = "startxref\n";
/// The default value (14.7.1). poppler, which prints on Linux, reports it as an error.
const NOT_SUSPECT: &[u8] = b"/Suspects false";

/// The same document in fewer bytes.
pub(super) fn gather(pdf: Vec<u8>) -> Vec<u8> {
    match Plain::read(&pdf) {
        Some(plain) => plain.gathered(),
        None => pdf,
    }
}

/// A parsed file of the writer.
struct Plain<'a> {
    header: &'a [u8],
    /// Ordered by number, from 1.
    objects: Vec<Object<'a>>,
    /// The entries of the trailer without `/Size`.
    trailer: &'a [u8],
}

#[derive(Clone, Copy)]
struct Object<'a> {
    number: usize,
    /// Including its number and `endobj`.
    whole: &'a [u8],
    inner: &'a [u8],
}

impl<'a> Plain<'a> {
    fn read(pdf: &'a [u8]) -> Option<Self> {
        let (table, end) = place_of_table(pdf)?;
        let rest = pdf.get(table..end)?.strip_prefix(TABLE.as_bytes())?;
        let (count, rest) = rest.split_at(rest.iter().position(|byte| *byte == b'\n')?);
        let count = number(count)?;
        let (entries, trailer) = rest[1..].split_at_checked(count.checked_mul(ENTRY_LENGTH)?)?;
        let mut places = entries.chunks_exact(ENTRY_LENGTH).skip(1).map(place).collect::<Option<Vec<_>>>()?;
        let header = pdf.get(..*places.first()?)?;
        places.push(table);
        let objects =
            places.windows(2).zip(1..).map(|(from_to, number)| Object::read(pdf, from_to[0]..from_to[1], number));
        let size = format!("/Size {count}");
        let trailer = trailer.strip_prefix(TRAILER)?.trim_ascii().strip_suffix(b">>")?.trim_ascii();
        Some(Self { header, objects: objects.collect::<Option<_>>()?, trailer: trailer.strip_prefix(size.as_bytes())? })
    }

    fn gathered(&self) -> Vec<u8> {
        let mut file = Gathered { bytes: self.header.to_vec(), places: vec![Place::Free; self.objects.len() + 1] };
        let (streams, small): (Vec<Object>, Vec<Object>) = self.objects.iter().partition(|object| object.is_stream());
        for stream in streams {
            file.push_stream(stream);
        }
        for objects in small.chunks(OBJECTS_A_STREAM) {
            file.push_objects(objects);
        }
        file.end(self.trailer)
    }
}

impl<'a> Object<'a> {
    fn read(pdf: &'a [u8], place: Range<usize>, number: usize) -> Option<Self> {
        let whole = pdf.get(place)?;
        let inner = whole.strip_prefix(format!("{number} 0 obj\n").as_bytes())?;
        Some(Self { number, whole, inner: inner.trim_ascii_end().strip_suffix(b"endobj")?.trim_ascii_end() })
    }

    /// What is before and after [`NOT_SUSPECT`].
    fn around_default(&self) -> (&'a [u8], &'a [u8]) {
        match memchr::memmem::find(self.inner, NOT_SUSPECT) {
            Some(at) => (&self.inner[..at], &self.inner[at + NOT_SUSPECT.len()..]),
            None => (self.inner, &[]),
        }
    }

    fn is_stream(&self) -> bool {
        self.inner.ends_with(b"endstream")
    }
}

/// The start and the end of the cross-reference table.
fn place_of_table(pdf: &[u8]) -> Option<(usize, usize)> {
    let end = memchr::memmem::rfind(pdf, PLACE_OF_TABLE.as_bytes())?;
    let told = pdf[end + PLACE_OF_TABLE.len()..].split(|byte| *byte == b'\n').next()?;
    Some((number(told)?, end))
}

/// The offset of an object that is in use.
fn place(entry: &[u8]) -> Option<usize> {
    if entry[17] == b'n' { number(&entry[..10]) } else { None }
}

fn number(digits: &[u8]) -> Option<usize> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// The location of an object (7.5.8.3).
#[derive(Clone, Copy)]
enum Place {
    Free,
    At(usize),
    /// In the stream with this number, at this index from 0.
    Within(usize, u16),
}

struct Gathered {
    bytes: Vec<u8>,
    places: Vec<Place>,
}

impl Gathered {
    fn push_stream(&mut self, stream: Object) {
        self.places[stream.number] = Place::At(self.bytes.len());
        self.bytes.extend_from_slice(stream.whole);
    }

    fn push_objects(&mut self, objects: &[Object]) {
        let stream = self.next_number();
        let (mut index, mut bodies) = (String::new(), Vec::new());
        for (object, nth) in objects.iter().zip(0..) {
            let _ = write!(index, "{} {} ", object.number, bodies.len());
            let (before, after) = object.around_default();
            bodies.extend_from_slice(before);
            bodies.extend_from_slice(after);
            bodies.push(b'\n');
            self.places[object.number] = Place::Within(stream, nth);
        }
        let about = format!("/Type/ObjStm/N {}/First {}", objects.len(), index.len());
        self.write_stream(stream, about.as_bytes(), &[index.as_bytes(), &bodies].concat());
    }

    /// The cross-reference stream comes last and contains its own offset too.
    fn end(mut self, trailer: &[u8]) -> Vec<u8> {
        let start = self.bytes.len();
        let width = start.to_be_bytes().iter().skip_while(|byte| **byte == 0).count();
        let stream = self.next_number();
        let about = format!("/Type/XRef/Size {}/W[1 {width} 2]", self.places.len());
        let entries: Vec<u8> = self.places.iter().flat_map(|place| place.entry(width)).collect();
        self.write_stream(stream, &[about.as_bytes(), trailer].concat(), &entries);
        self.bytes.extend_from_slice(format!("{PLACE_OF_TABLE}{start}\n%%EOF").as_bytes());
        self.bytes
    }

    /// Allocates the number of the object that is written next.
    fn next_number(&mut self) -> usize {
        self.places.push(Place::At(self.bytes.len()));
        self.places.len() - 1
    }

    fn write_stream(&mut self, number: usize, about: &[u8], data: &[u8]) {
        let packed = deflate(data);
        let length = format!("/Filter/FlateDecode/Length {}>>\nstream\n", packed.len());
        self.write_object(number, &[b"<<", about, length.as_bytes(), &packed, b"\nendstream"]);
    }

    fn write_object(&mut self, number: usize, parts: &[&[u8]]) {
        self.bytes.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
        for part in parts {
            self.bytes.extend_from_slice(part);
        }
        self.bytes.extend_from_slice(b"\nendobj\n\n");
    }
}

impl Place {
    /// A cross-reference entry: the type, the location in `width` bytes, and the index or the generation.
    fn entry(self, width: usize) -> impl Iterator<Item = u8> {
        let (kind, place, rest) = match self {
            Self::Free => (0, 0, u16::MAX),
            Self::At(place) => (1, place, 0),
            Self::Within(stream, nth) => (2, stream, nth),
        };
        let place = place.to_be_bytes();
        let skipped = place.len() - width;
        [kind].into_iter().chain(place.into_iter().skip(skipped)).chain(rest.to_be_bytes())
    }
}

fn deflate(data: &[u8]) -> Vec<u8> {
    let mut to = ZlibEncoder::new(Vec::with_capacity(data.len() / 4), Compression::new(LEVEL));
    to.write_all(data).and_then(|()| to.finish()).expect("memory takes what is written")
}

/// A file followed by the content of its object streams, for tests that search for words.
#[cfg(test)]
pub(super) fn with_contents(pdf: &[u8]) -> Vec<u8> {
    use std::io::Read as _;
    let (mut all, begins) = (pdf.to_vec(), b"\nstream\n");
    for stream in memchr::memmem::find_iter(pdf, b"/Type/ObjStm") {
        let data = stream + memchr::memmem::find(&pdf[stream..], begins).unwrap() + begins.len();
        flate2::read::ZlibDecoder::new(&pdf[data..]).read_to_end(&mut all).unwrap();
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "%PDF-1.7\n";
    const CATALOG: &str = "<</Type/Catalog>>";
    const STREAM: &str = "<</Length 5>>\nstream\nbytes\nendstream";

    /// A file in the writer's format.
    fn plain(objects: &[&str]) -> Vec<u8> {
        let (mut file, mut places) = (HEAD.to_owned(), String::new());
        for (object, number) in objects.iter().zip(1..) {
            places.push_str(&format!("{:010} 00000 n\r\n", file.len()));
            file.push_str(&format!("{number} 0 obj\n{object}\nendobj\n\n"));
        }
        let (table, count) = (file.len(), objects.len() + 1);
        let free = "0000000000 65535 f\r\n";
        let trailer = format!("trailer\n<<\n  /Size {count}\n  /Root 1 0 R\n>>\nstartxref\n{table}\n%%EOF");
        (file + &format!("xref\n0 {count}\n{free}{places}{trailer}")).into_bytes()
    }

    #[test]
    fn streams_stay_as_they_are_and_the_rest_is_packed() {
        let file = plain(&[CATALOG, STREAM]);
        let gathered = gather(file.clone());
        let holds = |words: &str| memchr::memmem::find(&gathered, words.as_bytes()).is_some();
        assert!(gathered.starts_with(HEAD.as_bytes()));
        assert!(holds(&format!("2 0 obj\n{STREAM}\nendobj")));
        assert!(holds("/Type/ObjStm/N 1/First 4") && holds("/Root 1 0 R"));
        assert!(!holds("/Catalog") && !holds("trailer"));
    }

    #[test]
    fn the_default_that_poppler_refuses_is_left_out() {
        let catalog = "<</Type/Catalog/MarkInfo<</Marked true/Suspects false>>/Lang(ru)>>";
        let contents = with_contents(&gather(plain(&[catalog, STREAM])));
        let holds = |words: &str| memchr::memmem::find(&contents, words.as_bytes()).is_some();
        assert!(holds("<</Type/Catalog/MarkInfo<</Marked true>>/Lang(ru)>>") && !holds("Suspects"));
    }

    #[test]
    fn places_are_told_as_the_standard_writes_them() {
        let entry = |place: Place| place.entry(2).collect::<Vec<_>>();
        assert_eq!(entry(Place::Free), [0, 0, 0, 255, 255]);
        assert_eq!(entry(Place::At(0x1234)), [1, 0x12, 0x34, 0, 0]);
        assert_eq!(entry(Place::Within(7, 199)), [2, 0, 7, 0, 199]);
    }

    #[test]
    fn a_file_of_another_shape_is_left_as_it_was() {
        let file = plain(&[CATALOG, STREAM]);
        let text = String::from_utf8(file.clone()).unwrap();
        let others = [
            text.replace("1 0 obj", "3 0 obj"),
            text.replace("/Size 3", "/Length 3"),
            text.replace("0 3\n", "0 99999999999999999999\n"),
            text.replace("0 3\n", "0 922337203685477580\n"),
            text.replace("00000 n", "00000 f"),
            text.replace("startxref", "ends"),
        ];
        let end = memchr::memmem::rfind(&file, PLACE_OF_TABLE.as_bytes()).unwrap();
        let cut = (0..end).map(|length| file[..length].to_vec());
        for other in others.into_iter().map(String::into_bytes).chain(cut) {
            assert_eq!(gather(other.clone()), other, "{}", String::from_utf8_lossy(&other));
        }
    }
}
