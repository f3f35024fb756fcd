//! CSV rows with their exact bytes: a quoted field with line breaks is cited whole.
//!
//! Fields are separated by commas, semicolons (spreadsheets where the comma is the
//! decimal sign) or tabs; which of them a member uses, its header line says
//! ([`Header::find`]). A first line `#TYPE ...` (PowerShell's `Export-Csv`) or `sep=;`
//! (Excel) is no header and passed over.
//!
//! The state machine is `csv-core`, the heart of the `csv` crate, driven by hand: the
//! `csv` crate's own reader gives a row's first byte but not its bytes, and holds a
//! row of any length, which an unclosed quote makes the rest of the file.

use std::borrow::Cow;
use std::io;

use csv_core::ReadRecordResult;
use demarche_core::source::Member;

use super::window::Window;
use super::{BOUND, HEAD, KeptPiece, Piece};

/// Columns of a row at most; a row with more is a fault.
const COLUMNS: usize = 4096;

/// Streams the rows of a member. Empty lines are passed over, as RFC 4180 parsers do.
pub(crate) struct Rows {
    window: Window,
    parser: csv_core::Reader,
    fields: Vec<u8>,
    ends: Vec<usize>,
    taken: usize,
    head: Vec<u8>,
}

/// A row: its place and its fields with quoting undone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'r> {
    /// Where it stands.
    pub(crate) piece: Piece<'r>,
    fields: &'r [u8],
    ends: &'r [usize],
}

impl<'r> Row<'r> {
    /// Number of fields.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The bytes of field `index`; empty when there is none.
    pub(crate) fn bytes(&self, index: usize) -> &'r [u8] {
        let start = if index == 0 { Some(&0) } else { self.ends.get(index - 1) };
        match (start, self.ends.get(index)) {
            (Some(start), Some(end)) => self.fields.get(*start..*end).unwrap_or_default(),
            _ => &[],
        }
    }

    /// Field `index` as UTF-8 without space around it, U+FFFD for what is not UTF-8.
    pub(crate) fn text(&self, index: usize) -> Cow<'r, str> {
        String::from_utf8_lossy(self.bytes(index).trim_ascii())
    }

    /// A copy that can be kept.
    pub(crate) fn keep(&self) -> KeptRow {
        let piece = self.piece.keep();
        KeptRow { piece, fields: self.fields.to_vec(), ends: self.ends.to_vec() }
    }
}

/// A [`Row`] that owns its bytes.
#[derive(Clone, Debug)]
pub(crate) struct KeptRow {
    piece: KeptPiece,
    fields: Vec<u8>,
    ends: Vec<usize>,
}

impl KeptRow {
    /// As it was.
    pub(crate) fn row(&self) -> Row<'_> {
        Row { piece: self.piece.piece(), fields: &self.fields, ends: &self.ends }
    }
}

impl Rows {
    /// At the beginning of `member`, fields separated by commas.
    pub(crate) fn new(member: &Member<'_>) -> Self {
        Self::separated(member, b',')
    }

    /// At the beginning of `member`, fields separated by `delimiter`.
    pub(crate) fn separated(member: &Member<'_>, delimiter: u8) -> Self {
        Self {
            window: Window::new(member),
            parser: csv_core::ReaderBuilder::new().delimiter(delimiter).build(),
            fields: vec![0; 8 << 10],
            ends: vec![0; 64],
            taken: 0,
            head: Vec::new(),
        }
    }

    /// The header row, to be asked for first; `None` when there is none.
    ///
    /// # Errors
    /// What the stream says.
    pub(crate) fn header(&mut self, member: &mut Member<'_>) -> io::Result<Option<Header>> {
        for _ in 0..=PREFACES {
            match self.next(member)? {
                Some(row) if row.piece.fault.is_some() => return Ok(None),
                Some(row) if is_preface(row.piece.bytes) => {}
                Some(row) => return Ok(Some(Header::of(&row))),
                None => return Ok(None),
            }
        }
        Ok(None)
    }

    /// The next row, or `None` at the end.
    ///
    /// # Errors
    /// What the stream says.
    pub(crate) fn next(&mut self, member: &mut Member<'_>) -> io::Result<Option<Row<'_>>> {
        self.window.consume(self.taken);
        self.taken = 0;
        self.skip_line_ends(member)?;
        self.parser.reset();
        let (mut read, mut written, mut ended, mut last) = (0, 0, 0, false);
        loop {
            let input = if last { &[] } else { &self.window.bytes()[read..] };
            if input.is_empty() && !last {
                last = !self.window.fill(member)?;
                continue;
            }
            let (result, nin, nout, nends) = self.parser.read_record(
                input,
                &mut self.fields[written..],
                &mut self.ends[ended..],
            );
            read += nin;
            written += nout;
            ended += nends;
            if read > BOUND || ended >= COLUMNS {
                return self.fault(member);
            }
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.fields.resize(self.fields.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::End => return Ok(None),
                ReadRecordResult::Record => break,
            }
        }
        self.taken = read;
        let bytes = &self.window.bytes()[..read];
        let end = bytes.iter().rposition(|b| !matches!(b, b'\r' | b'\n')).map_or(0, |at| at + 1);
        let (offset, wide) = (self.window.offset(), self.window.wide());
        let piece = Piece { bytes: &bytes[..end], offset, fault: None, wide };
        Ok(Some(Row { piece, fields: &self.fields[..written], ends: &self.ends[..ended] }))
    }

    fn skip_line_ends(&mut self, member: &mut Member<'_>) -> io::Result<()> {
        loop {
            let bytes = self.window.bytes();
            match bytes.iter().position(|b| !matches!(b, b'\r' | b'\n')) {
                Some(at) => {
                    self.window.consume(at);
                    return Ok(());
                }
                None => {
                    self.window.consume(bytes.len());
                    if !self.window.fill(member)? {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Gives up a row that does not end and goes on after its first line. Rereading
    /// what is at hand happens once in [`BOUND`] bytes at most: a quote further on
    /// closes the row.
    fn fault(&mut self, member: &mut Member<'_>) -> io::Result<Option<Row<'_>>> {
        let offset = self.window.offset();
        let mut head = self.window.head(HEAD);
        if let Some(end) = head.iter().position(|b| *b == b'\n') {
            head.truncate(end);
        }
        self.head = head;
        self.window.skip_line(member)?;
        let wide = self.window.wide();
        let fault = Some("a row that does not end (unclosed quote?), not read");
        let piece = Piece { bytes: &self.head, offset, fault, wide };
        Ok(Some(Row { piece, fields: &[], ends: &[] }))
    }
}

/// Lines that may stand before the header.
const PREFACES: usize = 2;

/// Whether a line says how the table was written and is not its header.
fn is_preface(line: &[u8]) -> bool {
    let line = line.strip_prefix(b"\"").unwrap_or(line);
    line.starts_with(b"#TYPE ") || line.get(..4).is_some_and(|b| b.eq_ignore_ascii_case(b"sep="))
}

/// Column names of a header row, lower case without space around them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Header(Vec<String>);

impl Header {
    /// From the header row.
    pub(crate) fn of(row: &Row<'_>) -> Self {
        Self((0..row.len()).map(|index| row.text(index).to_lowercase()).collect())
    }

    /// The separator with which the first row of a member that begins with `text` is a
    /// header as `is` wants it: comma, else semicolon, else tab. `text` must hold the
    /// row to the end of its line.
    pub(crate) fn find(text: &[u8], is: impl Fn(&Self) -> bool) -> Option<u8> {
        let line = Self::line(text)?;
        [b',', b';', b'\t'].into_iter().find(|delimiter| {
            line.contains(delimiter) && Self::parse(line, *delimiter).is_some_and(|h| is(&h))
        })
    }

    /// The header of a CSV member that begins with `text`, which must hold its first
    /// row to the end of the line; fields separated by commas.
    pub(crate) fn sniff(text: &[u8]) -> Option<Self> {
        Self::parse(Self::line(text)?, b',')
    }

    /// The first line that is neither empty nor a preface.
    fn line(text: &[u8]) -> Option<&[u8]> {
        text.split(|b| *b == b'\n')
            .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
            .filter(|line| !line.is_empty())
            .take(PREFACES + 1)
            .find(|line| !is_preface(line))
    }

    fn parse(line: &[u8], delimiter: u8) -> Option<Self> {
        let (mut fields, mut ends) = (vec![0; line.len() + 1], vec![0; 512]);
        let mut parser = csv_core::ReaderBuilder::new().delimiter(delimiter).build();
        let (_, nin, written, ended) = parser.read_record(line, &mut fields, &mut ends);
        let (result, _, more, last) =
            parser.read_record(&[], &mut fields[written..], &mut ends[ended..]);
        if nin != line.len() || !matches!(result, ReadRecordResult::Record) {
            return None;
        }
        let fields = &fields[..written + more];
        let ends = &ends[..ended + last];
        let piece = Piece { bytes: line, offset: 0, fault: None, wide: None };
        Some(Self::of(&Row { piece, fields, ends }))
    }

    /// Number of columns.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Name of column `index`.
    pub(crate) fn name(&self, index: usize) -> Option<&str> {
        self.0.get(index).map(String::as_str)
    }

    /// Where the column `name` (lower case) is.
    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|column| column == name)
    }

    /// Whether there is a column `name` (lower case).
    pub(crate) fn has(&self, name: &str) -> bool {
        self.column(name).is_some()
    }

    /// The field of `row` under `name`; empty when there is no such column.
    pub(crate) fn get<'r>(&self, row: &Row<'r>, name: &str) -> Cow<'r, str> {
        self.column(name).map_or(Cow::Borrowed(""), |index| row.text(index))
    }
}
