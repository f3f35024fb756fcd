//! `.msg`: MAPI properties in a compound file ([MS-OXMSG], [MS-CFB]).
//!
//! A storage is an object: the message, a recipient, an attachment, a message attached.
//! Its stream `__properties_version1.0` holds the values of fixed size, a stream
//! `__substg1.0_IIIITTTT` each of the others.
//!
//! The record cites the whole file.

use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use demarche_core::Record;
use demarche_core::source::Member;
use memchr::memmem;

use super::mapi::{METHOD_EMBEDDED, METHOD_OLE, Properties, Value, id};
use super::{MAX_DEPTH, item};
use crate::mail::derived::Draft;
use crate::mail::{MAX_MESSAGE, folder};
use crate::registry::{ReadError, Sink};

/// A compound file's signature.
const SIGNATURE: [u8; 8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
/// Recipients and attachments of one message.
const MAX_OBJECTS: usize = 50_000;
const PROPERTIES: &str = "__properties_version1.0";
/// What the name of a value's stream begins with.
const VALUE: &str = "__substg1.0_";

type File<'f> = cfb::CompoundFile<Cursor<&'f [u8]>>;

/// A compound file whose directory names a message's streams. Where the
/// directory lies beyond the prefix only the whole file tells: then reading does.
pub(super) fn is_msg(prefix: &[u8]) -> bool {
    if !prefix.starts_with(&SIGNATURE) {
        return false;
    }
    let named = |name: &str| {
        let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        memmem::find(prefix, &name).is_some()
    };
    named(PROPERTIES) || named(VALUE) || directory(prefix) > Some(prefix.len() as u64)
}

/// Where the directory begins.
fn directory(prefix: &[u8]) -> Option<u64> {
    let shift = u16::from_le_bytes(prefix.get(30..32)?.try_into().ok()?);
    let sector = u32::from_le_bytes(prefix.get(48..52)?.try_into().ok()?);
    let size = 1_u64.checked_shl(u32::from(shift)).filter(|size| *size <= 1 << 12)?;
    Some((u64::from(sector) + 1) * size)
}

/// Reads the message of a member.
pub(super) fn read(member: &mut Member<'_>, sink: &mut Sink<'_>) -> Result<(), ReadError> {
    let mut raw = Vec::new();
    let torn = member.by_ref().take(MAX_MESSAGE as u64 + 1).read_to_end(&mut raw).err();
    if raw.len() > MAX_MESSAGE {
        return Err(ReadError::Malformed(format!("over {} MiB: not read", MAX_MESSAGE >> 20)));
    }
    let evidence = member.cite(0, &raw);
    let mut file = File::open(Cursor::new(&raw))
        .map_err(|error| ReadError::Malformed(format!("compound file: {error}")))?;
    let root = Path::new("/");
    let is_value = |entry: cfb::Entry| entry.is_stream() && entry.name().starts_with(VALUE);
    let values = file.read_storage(root).is_ok_and(|mut entries| entries.any(is_value));
    if !values && !file.is_stream(root.join(PROPERTIES)) {
        return Err(ReadError::Malformed("a compound file that is no message".to_owned()));
    }
    // A file may name the same sectors for many streams.
    let left = raw.len().saturating_mul(2).saturating_add(1 << 20);
    let keeps = member.keeps_content();
    let mut reader = Reader { file: &mut file, objects: 0, left, keeps };
    let (properties, mut draft) = reader.message(root, 32, None, 0);
    if let Some(error) = torn {
        draft.problems.push(format!("message broken off: {error}"));
    }
    let class = properties.text(id::CLASS).unwrap_or_default();
    if !item::is_mail(&class) {
        let class: String = class.chars().take(100).collect();
        sink.anomaly(evidence, format!("an Outlook item that is no message: {class}"));
        return Ok(());
    }
    let (message, problems) = draft.finish(&folder::of(member.path(), true), evidence);
    for reason in problems {
        sink.anomaly(message.evidence.clone(), reason);
    }
    sink.record(Record::Message(Box::new(message)));
    Ok(())
}

struct Reader<'r, 'f> {
    file: &'r mut File<'f>,
    /// Recipients and attachments met so far, attached messages' included.
    objects: usize,
    /// Bytes of streams that may still be read.
    left: usize,
    /// Whether attachments keep their bytes.
    keeps: bool,
}

impl Reader<'_, '_> {
    /// Reads a message's storage; recursion is bounded by [`MAX_DEPTH`].
    fn message(
        &mut self,
        at: &Path,
        header: usize,
        page: Option<i64>,
        depth: usize,
    ) -> (Properties, Draft) {
        let mut problems = Vec::new();
        let properties = self.properties(at, header, page, &mut problems);
        let page = properties.code_page();
        let mut children: Vec<PathBuf> = match self.file.read_storage(at) {
            Ok(entries) => entries
                .filter(cfb::Entry::is_storage)
                .map(|entry| entry.path().to_path_buf())
                .collect(),
            Err(error) => {
                problems.push(format!("message storage: {error}"));
                Vec::new()
            }
        };
        children.sort();
        let mut recipients = Vec::new();
        let mut attachments = Vec::new();
        for child in children {
            let name = child.file_name().and_then(|name| name.to_str()).unwrap_or("").to_owned();
            if !name.starts_with("__recip_") && !name.starts_with("__attach_") {
                continue;
            }
            self.objects += 1;
            if self.objects > MAX_OBJECTS {
                problems.push(format!(
                    "more than {MAX_OBJECTS} recipients and attachments: the rest is not read"
                ));
                break;
            }
            if name.starts_with("__recip_") {
                recipients.push(self.properties(&child, 8, page, &mut problems));
            } else {
                attachments.push(child);
            }
        }
        let mut draft = item::draft(&properties, &recipients, self.keeps);
        draft.problems.append(&mut problems);
        let class = properties.text(id::CLASS).unwrap_or_default();
        for attachment in attachments {
            self.attachment(&attachment, &class, page, depth, &mut draft);
        }
        (properties, draft)
    }

    fn attachment(
        &mut self,
        at: &Path,
        class: &str,
        page: Option<i64>,
        depth: usize,
        draft: &mut Draft,
    ) {
        let mut problems = Vec::new();
        let mut properties = self.properties(at, 8, page, &mut problems);
        draft.problems.append(&mut problems);
        let object = at.join("__substg1.0_3701000D");
        let name = item::attachment_name(&properties);
        let method = properties.number(id::ATTACH_METHOD);
        if self.file.is_storage(&object) {
            if method == Some(METHOD_EMBEDDED) || self.file.is_stream(object.join(PROPERTIES)) {
                if depth >= MAX_DEPTH {
                    draft.problems.push(format!("messages nested more than {MAX_DEPTH} deep"));
                } else {
                    let (_, inner) = self.message(&object, 24, page, depth + 1);
                    inner.attach_to(draft, &name);
                }
            } else {
                let shown: String = name.chars().take(100).collect();
                draft.problems.push(format!("ole object `{shown}`: its content is not read"));
            }
            return;
        }
        match properties.take_binary(id::ATTACH_DATA) {
            Some(bytes) => item::attach(draft, class, &properties, &bytes),
            None => {
                // By reference, or the data are missing: the name is still known.
                item::attach(draft, class, &properties, &[]);
                if method != Some(METHOD_OLE) {
                    let shown: String = name.chars().take(100).collect();
                    draft.problems.push(format!("attachment `{shown}` without data"));
                }
            }
        }
    }

    fn properties(
        &mut self,
        at: &Path,
        header: usize,
        page: Option<i64>,
        problems: &mut Vec<String>,
    ) -> Properties {
        let mut properties = Properties::of_page(page);
        match self.stream(&at.join(PROPERTIES)) {
            Ok(stream) => {
                for entry in stream.get(header..).unwrap_or_default().chunks_exact(16) {
                    let kind = u16::from_le_bytes([entry[0], entry[1]]);
                    let id = u16::from_le_bytes([entry[2], entry[3]]);
                    // Of the others only the size stands here.
                    if matches!(kind, 0x0002..=0x0014 | 0x0040)
                        && let Some(value) = Value::parse(kind, &entry[8..16])
                    {
                        properties.put(id, value);
                    }
                }
            }
            Err(error) => problems.push(format!("property stream: {error}")),
        }
        let streams: Vec<(PathBuf, u16, u16)> = match self.file.read_storage(at) {
            Ok(entries) => entries.filter(cfb::Entry::is_stream).filter_map(named).collect(),
            Err(_) => Vec::new(),
        };
        for (path, id, kind) in streams {
            match self.stream(&path) {
                Ok(bytes) => {
                    if let Some(value) = Value::parse(kind, &bytes) {
                        properties.put(id, value);
                    }
                }
                Err(error) => problems.push(format!("property {id:04x}: {error}")),
            }
        }
        properties
    }

    fn stream(&mut self, at: &Path) -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let most = self.left as u64;
        let read = self.file.open_stream(at)?.take(most.saturating_add(1)).read_to_end(&mut bytes);
        if read? as u64 > most {
            return Err(std::io::Error::other("streams share their bytes: the rest is not read"));
        }
        self.left -= bytes.len();
        Ok(bytes)
    }
}

/// Path, property id and type of a value's stream.
fn named(entry: cfb::Entry) -> Option<(PathBuf, u16, u16)> {
    let tag = entry.name().strip_prefix(VALUE)?;
    let number = u32::from_str_radix(tag.get(..8).filter(|_| tag.len() == 8)?, 16).ok()?;
    let [kind_low, kind_high, id_low, id_high] = number.to_le_bytes();
    let kind = u16::from_le_bytes([kind_low, kind_high]);
    Some((entry.path().to_path_buf(), u16::from_le_bytes([id_low, id_high]), kind))
}
