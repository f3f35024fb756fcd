//! TNEF, the `winmail.dat` that Outlook sends: a message's attributes and MAPI properties
//! in one attachment ([MS-OXTNEF]).
//!
//! Its body and attachments become parts of the message it came with. The header of that
//! message stands; what TNEF says of sender and recipients is not taken.

use super::mapi::{METHOD_EMBEDDED, Properties, Value, id, kind};
use super::{MAX_DEPTH, item};
use crate::mail::body::Body;
use crate::mail::derived::Draft;

/// `0x223e9f78`, little-endian.
const SIGNATURE: [u8; 4] = [0x78, 0x9f, 0x3e, 0x22];
/// Number of the alternatives that the bodies are, out of the way of MIME's.
const GROUP: usize = usize::MAX >> 1;
/// Properties of one object.
const MAX_PROPERTIES: u32 = 10_000;
/// Attachments of one message.
const MAX_ATTACHMENTS: usize = 4_000;

/// Attributes read here (MS-OXTNEF 2.1.3.3), their types left out.
const BODY: u16 = 0x800c;
const ATTACH_DATA: u16 = 0x800f;
const ATTACH_TITLE: u16 = 0x8010;
const ATTACH_RENDERING: u16 = 0x9002;
const MESSAGE_PROPERTIES: u16 = 0x9003;
const ATTACH_PROPERTIES: u16 = 0x9005;
const CODE_PAGE: u16 = 0x9007;

/// Whether bytes are TNEF, whatever their name and stated type.
pub(crate) fn is_tnef(bytes: &[u8]) -> bool {
    bytes.starts_with(&SIGNATURE) && bytes.len() > 6 && matches!(bytes[6], 1 | 2)
}

/// Puts what TNEF holds into the message it came with. Returns what could not be read.
pub(crate) fn read(bytes: &[u8], body: &mut Body) -> Vec<String> {
    let mut draft = draft(bytes, 0, body.keeps());
    if let Some(plain) = draft.plain.take() {
        body.plain(plain, Some(GROUP), true);
    }
    if let Some(html) = draft.html.take() {
        body.html(&html, Some(GROUP), true);
    }
    // The draft's own parts are attachments and attached messages only.
    body.absorb(draft.body);
    draft.problems
}

#[derive(Default)]
struct Attachment {
    title: Vec<u8>,
    data: Vec<u8>,
    properties: Properties,
}

/// Reads a TNEF stream; recursion is bounded by [`MAX_DEPTH`].
fn draft(bytes: &[u8], depth: usize, keeps: bool) -> Draft {
    let mut rest = bytes.get(6..).unwrap_or_default();
    let mut message = Properties::default();
    let mut attachments: Vec<Attachment> = Vec::new();
    let mut problems = Vec::new();
    let mut text = None;
    while !rest.is_empty() {
        let Some((tag, value, after)) = attribute(rest) else {
            problems.push(format!("tnef broken off {} bytes before its end", rest.len()));
            break;
        };
        rest = after;
        match tag {
            CODE_PAGE => {
                let page = value.get(..4).and_then(|b| b.try_into().ok()).map(u32::from_le_bytes);
                message.page = page.map(i64::from);
            }
            BODY => text = Some(value.to_vec()),
            MESSAGE_PROPERTIES if properties(value, &mut message).is_none() => {
                problems.push("tnef: message properties broken off".to_owned());
            }
            ATTACH_RENDERING => {
                if attachments.len() >= MAX_ATTACHMENTS {
                    problems.push(format!("tnef: more than {MAX_ATTACHMENTS} attachments"));
                    break;
                }
                let properties = Properties::of_page(message.page);
                attachments.push(Attachment { properties, ..Attachment::default() });
            }
            ATTACH_TITLE | ATTACH_DATA | ATTACH_PROPERTIES => {
                let Some(attachment) = attachments.last_mut() else {
                    problems.push("tnef: attachment data before any attachment".to_owned());
                    continue;
                };
                match tag {
                    ATTACH_TITLE => attachment.title = value.to_vec(),
                    ATTACH_DATA => attachment.data = value.to_vec(),
                    _ => {
                        if properties(value, &mut attachment.properties).is_none() {
                            problems.push("tnef: attachment properties broken off".to_owned());
                        }
                    }
                }
            }
            _ => {}
        }
    }
    if let Some(text) = text {
        message.put(id::BODY, Value::Text8(text));
    }
    let mut draft = item::draft(&message, &[], keeps);
    draft.problems.append(&mut problems);
    for attachment in attachments {
        attach(&mut draft, attachment, depth);
    }
    draft
}

fn attach(draft: &mut Draft, mut attachment: Attachment, depth: usize) {
    let title = std::mem::take(&mut attachment.title);
    attachment.properties.put(id::ATTACH_FILENAME, Value::Text8(title));
    let embedded = attachment.properties.number(id::ATTACH_METHOD) == Some(METHOD_EMBEDDED);
    let object = attachment.properties.take_binary(id::ATTACH_DATA);
    let name = item::attachment_name(&attachment.properties);
    // An object begins with the id of its interface.
    match object.as_deref().and_then(|object| object.get(16..)).filter(|inner| is_tnef(inner)) {
        Some(_) if embedded && depth >= MAX_DEPTH => {
            draft.problems.push(format!("messages nested more than {MAX_DEPTH} deep"));
        }
        Some(inner) if embedded => {
            self::draft(inner, depth + 1, draft.body.keeps()).attach_to(draft, &name)
        }
        _ => {
            let data = match attachment.data.is_empty() {
                true => object.unwrap_or_default(),
                false => attachment.data,
            };
            item::attach(draft, "", &attachment.properties, &data);
        }
    }
}

/// An attribute's tag and value, and what follows its checksum.
fn attribute(bytes: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let tag = u16::from_le_bytes(bytes.get(1..3)?.try_into().ok()?);
    let length = u32::from_le_bytes(bytes.get(5..9)?.try_into().ok()?);
    let end = usize::try_from(length).ok()?.checked_add(9)?;
    let value = bytes.get(9..end)?;
    // The last checksum may be cut.
    Some((tag, value, bytes.get(end + 2..).unwrap_or_default()))
}

/// Reads a property list (MS-OXTNEF 2.1.3.4) into `into`; nothing when it breaks off.
fn properties(bytes: &[u8], into: &mut Properties) -> Option<()> {
    let mut cursor = Cursor { rest: bytes };
    let count = cursor.number()?;
    for _ in 0..count.min(MAX_PROPERTIES) {
        let tag = cursor.number()?;
        let [kind_low, kind_high, id_low, id_high] = tag.to_le_bytes();
        let kind = u16::from_le_bytes([kind_low, kind_high]);
        let id = u16::from_le_bytes([id_low, id_high]);
        if id >= 0x8000 {
            cursor.take(16)?;
            if cursor.number()? == 0 {
                cursor.take(4)?;
            } else {
                let length = cursor.number()?;
                cursor.padded(length)?;
            }
        }
        let plain = kind & 0x0fff;
        let many = kind & 0x1000 != 0;
        let variable = matches!(plain, kind::STRING8 | kind::UNICODE | kind::BINARY | kind::OBJECT);
        let values = if many || variable { cursor.number()? } else { 1 };
        for _ in 0..values {
            let value = if variable {
                let length = cursor.number()?;
                cursor.padded(length)?
            } else {
                cursor.take(size_of_fixed(plain)?)?
            };
            if !many && let Some(value) = Value::parse(plain, value) {
                into.put(id, value);
            }
        }
    }
    Some(())
}

/// Bytes of a value of fixed size, padding included.
fn size_of_fixed(kind: u16) -> Option<usize> {
    Some(match kind {
        0x0001 | 0x0002 | 0x0003 | 0x0004 | 0x000a | 0x000b => 4,
        0x0005 | 0x0006 | 0x0007 | 0x0014 | 0x0040 => 8,
        0x0048 => 16,
        _ => return None,
    })
}

struct Cursor<'b> {
    rest: &'b [u8],
}

impl<'b> Cursor<'b> {
    fn take(&mut self, length: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u32> {
        self.take(4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes)
    }

    /// Bytes that are filled up to a multiple of four, at the end perhaps not.
    fn padded(&mut self, length: u32) -> Option<&'b [u8]> {
        let length = usize::try_from(length).ok()?;
        let taken = self.take(length)?;
        let pad = length.next_multiple_of(4) - length;
        self.rest = self.rest.get(pad..).unwrap_or_default();
        Some(taken)
    }
}
