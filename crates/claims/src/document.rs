//! A statement's text, language and day, from a file's bytes.

use demarche_core::SourceId;
use demarche_core::id::sha256_hex;
use jiff::civil::Date;

use crate::{dates, html, pdf};

/// The most bytes of a document that are read.
pub const MOST_BYTES: usize = 16 << 20;
/// The most text of a document that is looked at.
const MOST_TEXT: usize = 2 << 20;

/// A language that statements are read in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// `en`.
    English,
    /// `de`.
    German,
    /// `fr`.
    French,
}

impl Language {
    /// ISO 639-1.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::French => "fr",
        }
    }

    /// The likeliest of the three.
    fn of(text: &str) -> Self {
        let head: String = text.chars().take(4_000).collect();
        let detector = whatlang::Detector::with_allowlist(vec![
            whatlang::Lang::Eng,
            whatlang::Lang::Deu,
            whatlang::Lang::Fra,
        ]);
        match detector.detect_lang(&head) {
            Some(whatlang::Lang::Deu) => Self::German,
            Some(whatlang::Lang::Fra) => Self::French,
            _ => Self::English,
        }
    }
}

/// What a document's bytes were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextKind {
    /// UTF-8 text: bytes of the file are bytes of the text.
    Plain,
    /// HTML.
    Html,
    /// PDF.
    Pdf,
}

/// A statement to be read.
#[derive(Clone, Debug)]
pub struct Document {
    /// For display: the file's name.
    pub name: String,
    /// `sha256:...` of the file.
    pub source: SourceId,
    /// Bytes of the file.
    pub bytes: u64,
    /// What it was.
    pub kind: TextKind,
    /// Its text, LF line ends.
    pub text: String,
    /// Byte of the text's first character in the file; of plain text only.
    pub offset: u64,
    /// In which language.
    pub language: Language,
    /// The day it was published, as stated or told from its head.
    pub said_on: Option<Date>,
}

/// Why a document could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Neither UTF-8 text nor HTML nor PDF.
    #[error("not UTF-8 text, HTML or PDF")]
    NotText,
    /// Larger than what is read.
    #[error("larger than {} MiB", MOST_BYTES >> 20)]
    TooLarge,
    /// A PDF without text, or a damaged one.
    #[error("PDF: {0}")]
    Pdf(String),
}

/// Reads a file's bytes; `said_on` is the day as the user states it.
///
/// # Errors
/// [`ReadError`] where there is no text to be had.
pub fn read(name: &str, bytes: &[u8], said_on: Option<Date>) -> Result<Document, ReadError> {
    if bytes.len() > MOST_BYTES {
        return Err(ReadError::TooLarge);
    }
    let (kind, offset, mut text) = if bytes.starts_with(b"%PDF-") {
        (TextKind::Pdf, 0, pdf::text(bytes).map_err(ReadError::Pdf)?)
    } else {
        let offset = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        let text = std::str::from_utf8(&bytes[offset..]).map_err(|_| ReadError::NotText)?;
        if text.contains('\0') {
            return Err(ReadError::NotText);
        }
        if html::is_html(text) {
            (TextKind::Html, 0, html::text(text))
        } else {
            (TextKind::Plain, offset as u64, text.to_owned())
        }
    };
    let mut end = MOST_TEXT.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    let language = Language::of(&text);
    let said_on = said_on.or_else(|| dates::of_head(&text, language));
    Ok(Document {
        name: name.to_owned(),
        source: SourceId::from_stored(format!("sha256:{}", sha256_hex(bytes))),
        bytes: bytes.len() as u64,
        kind,
        text,
        offset,
        language,
        said_on,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_and_kinds_are_told_by_content() {
        let text = "Das Auswärtige Amt hat am Freitag den russischen Botschafter einbestellt.";
        let read = |bytes: &[u8]| read("a", bytes, None).unwrap();
        let german = read(text.as_bytes());
        assert_eq!((german.language, german.kind), (Language::German, TextKind::Plain));
        let page = read(
            b"<!doctype html><html><head><title>t</title><style>p{}</style></head>\
            <body><p>The ministry said &amp; did.</p><script>x</script></body></html>",
        );
        assert_eq!(
            (page.kind, page.text.trim()),
            (TextKind::Html, "t\n\nThe ministry said & did.")
        );
        assert!(super::read("a", b"\xff\xfe\x00", None).is_err());
        assert!(super::read("a", b"%PDF-1.7\nnothing", None).is_err());
    }
}
