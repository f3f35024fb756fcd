//! The type of a file by its content.

use demarche_core::source::container_kind;

/// What a compound file begins with (MS-CFB).
const OLE: [u8; 8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

/// Which reader looks into a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Picture,
    Pdf,
    /// OOXML and OpenDocument.
    OfficeZip,
    /// Word, Excel, PowerPoint up to 2003.
    OfficeOle,
    Archive,
    Text,
    Other,
}

pub(super) fn family(bytes: &[u8]) -> Family {
    let head = &bytes[..bytes.len().min(1 << 16)];
    if is_office_zip(head) {
        Family::OfficeZip
    } else if is_pdf(head) {
        Family::Pdf
    } else if infer::is_image(head) {
        Family::Picture
    } else if head.starts_with(&OLE) {
        Family::OfficeOle
    } else if container_kind(head).is_some() {
        Family::Archive
    } else if is_text(head) {
        Family::Text
    } else {
        Family::Other
    }
}

/// Its media type; empty when it is unknown.
pub(super) fn of(bytes: &[u8]) -> &'static str {
    let head = &bytes[..bytes.len().min(1 << 16)];
    if is_pdf(head) {
        return "application/pdf";
    }
    if is_office_zip(head) {
        return office(head);
    }
    match infer::get(head) {
        Some(kind) => kind.mime_type(),
        None if head.starts_with(&OLE) => "application/x-ole-storage",
        None if is_text(head) => "text/plain",
        None => "",
    }
}

/// Readers of PDF take the header anywhere in the first kilobyte.
fn is_pdf(head: &[u8]) -> bool {
    head[..head.len().min(1_024)].windows(5).any(|five| five == b"%PDF-")
}

/// A zip that begins as packages of Office do, whatever their order.
pub(super) fn is_office_zip(head: &[u8]) -> bool {
    let has = |name: &[u8]| head.windows(name.len()).any(|window| window == name);
    head.starts_with(b"PK\x03\x04")
        && (has(b"[Content_Types].xml") || has(b"mimetypeapplication/vnd.oasis.opendocument"))
}

/// Which package it is, by the folder that names its program.
fn office(head: &[u8]) -> &'static str {
    let has = |name: &[u8]| head.windows(name.len()).any(|window| window == name);
    if has(b"word/") {
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    } else if has(b"xl/") {
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    } else if has(b"ppt/") {
        "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    } else if has(b"application/vnd.oasis.opendocument") {
        "application/vnd.oasis.opendocument"
    } else {
        "application/zip"
    }
}

/// No bytes that no text has; UTF-16 with its mark counts.
fn is_text(head: &[u8]) -> bool {
    let marked = head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff");
    !head.is_empty() && (marked || !head.iter().any(|b| matches!(b, 0..=8 | 14..=26 | 28..=31)))
}
