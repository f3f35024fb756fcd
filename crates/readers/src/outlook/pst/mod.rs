//! `.pst`: Outlook's store, ANSI and Unicode ([MS-PST]).
//!
//! Every message node of the store is read, in the order of node ids, whether a folder
//! lists it or not: what was taken out of its folder is often still there. Contacts,
//! tasks and the like are counted, not read; the settings a folder keeps as hidden items
//! (*associated* messages) are left.
//!
//! A record cites the first block of its node's data as it stands in the file, and names
//! the node; `verify` opens the same bytes again. The rest of the node is vouched for by
//! the source's hash.
//!
//! Our own reader and not the crate `outlook-pst`: that one finds messages by folder
//! only, loses a message whole for one property that cannot be read, and does not say
//! where in the file anything stands.

mod crypt;
mod file;
mod heap;

use std::collections::BTreeMap;
use std::io::BufReader;

use demarche_core::source::{Member, Seekable};
use demarche_core::{EvidenceRef, Locator, Record};

use self::file::{Fault, Header, Node, Store};
use self::heap::Heap;
use super::mapi::{METHOD_EMBEDDED, METHOD_OLE, Properties, id};
use super::{MAX_DEPTH, item};
use crate::mail::derived::Draft;
use crate::mail::folder;
use crate::registry::{ReadError, Sink};

/// Node types (MS-PST 2.2.2.1).
const MESSAGE: u32 = 0x04;
const ATTACHMENT: u32 = 0x05;
/// The subnode that is a message's table of recipients.
const RECIPIENTS: u32 = 0x692;
/// Longest store that is copied out of a container.
const MAX_COPY: u64 = 16 << 30;
/// Folders inside each other.
const MAX_FOLDERS: usize = 64;
/// Attachments of one message, attached messages' included.
const MAX_ATTACHMENTS: usize = 10_000;
/// Things said of one message.
const MAX_PROBLEMS: usize = 50;

/// The header's magic and its client's: `SM` for a PST, `SO` for an OST.
pub(super) fn is_pst(prefix: &[u8]) -> bool {
    prefix.starts_with(b"!BDN") && matches!(prefix.get(8..10), Some(b"SM" | b"SO"))
}

/// Reads all messages of a member.
pub(super) fn read(member: &mut Member<'_>, sink: &mut Sink<'_>) -> Result<(), ReadError> {
    let header = Header::parse(member.prefix()).map_err(ReadError::Malformed)?;
    let cite = EvidenceRef {
        source: member.source().clone(),
        path: member.path().to_owned(),
        ..EvidenceRef::default()
    };
    if header.offline {
        let reason = "an OST: what Outlook had not fetched from the server is not in it";
        sink.anomaly(cite.clone(), reason);
    }
    let name = folder::of(member.path(), false);
    let file = BufReader::with_capacity(512, member.seekable(MAX_COPY)?);
    let store = Store::open(file, &header);
    let keeps = member.keeps_content();
    let mut reader = Reader { store, cite, name, folders: BTreeMap::new(), attachments: 0, keeps };
    for fault in std::mem::take(&mut reader.store.faults) {
        sink.anomaly(reader.cite.clone(), fault);
    }
    let messages: Vec<Node> =
        reader.store.nodes.iter().filter(|node| node.id & 0x1f == MESSAGE).copied().collect();
    if messages.is_empty() {
        sink.anomaly(reader.cite.clone(), "a store without a message");
    }
    let mut others: BTreeMap<String, u64> = BTreeMap::new();
    for node in messages {
        if let Some(class) = reader.message_node(&node, sink) {
            let count = others.len();
            // A hostile store may name a class for each item.
            let key = if count < 50 { class.to_lowercase() } else { "others".to_owned() };
            *others.entry(key).or_default() += 1;
        }
    }
    if !others.is_empty() {
        let total: u64 = others.values().sum();
        let named: Vec<String> = others.iter().map(|(class, n)| format!("{class} {n}")).collect();
        let reason = format!("items that are no messages: {total} ({})", named.join(", "));
        sink.anomaly(reader.cite.clone(), reason);
    }
    Ok(())
}

struct Reader {
    store: Store<BufReader<Seekable>>,
    /// Evidence without a range.
    cite: EvidenceRef,
    /// The store's own name.
    name: String,
    /// Names of folders met so far.
    folders: BTreeMap<u32, String>,
    /// Attachments of the present message.
    attachments: usize,
    /// Whether they keep their bytes.
    keeps: bool,
}

impl Reader {
    /// Hands on a message, or says why not. Returns the class of an item that is none.
    fn message_node(&mut self, node: &Node, sink: &mut Sink<'_>) -> Option<String> {
        let mut evidence = EvidenceRef {
            locator: Some(Locator { pst_node: Some(u64::from(node.id)), ..Locator::default() }),
            ..self.cite.clone()
        };
        match self.store.cited(node.data) {
            Ok((offset, bytes)) => {
                evidence.offset = offset;
                evidence.length = bytes.len() as u64;
                evidence.sha256 = demarche_core::id::sha256_hex(&bytes);
            }
            Err(fault) => {
                sink.anomaly(evidence, format!("message {:x}: {fault}", node.id));
                return None;
            }
        }
        self.attachments = 0;
        let (class, draft) = match self.message(node, None, 0) {
            Ok(read) => read,
            Err(fault) => {
                sink.anomaly(evidence, format!("message {:x}: {fault}", node.id));
                return None;
            }
        };
        if !item::is_mail(&class) {
            return Some(class.chars().take(100).collect());
        }
        let folder = self.folder(node.parent);
        let (message, mut problems) = draft.finish(&folder, evidence);
        if problems.len() > MAX_PROBLEMS {
            let more = problems.len() - MAX_PROBLEMS;
            problems.truncate(MAX_PROBLEMS);
            problems.push(format!("{more} more of the kind"));
        }
        for reason in problems {
            sink.anomaly(message.evidence.clone(), reason);
        }
        sink.record(Record::Message(Box::new(message)));
        None
    }

    /// Reads a message's node; recursion is bounded by [`MAX_DEPTH`].
    fn message(
        &mut self,
        node: &Node,
        page: Option<i64>,
        depth: usize,
    ) -> Result<(String, Draft), Fault> {
        let mut heap = Heap::read(&mut self.store, node)?;
        let properties = heap.properties(&mut self.store, page, &wanted)?;
        let page = properties.code_page();
        let class = properties.text(id::CLASS).unwrap_or_default();
        if depth == 0 && !item::is_mail(&class) {
            return Ok((class, Draft::default()));
        }
        let recipients = match heap.subnode(RECIPIENTS) {
            Some(table) => self.table(&table, page).unwrap_or_else(|fault| {
                heap.faults.push(format!("recipients: {fault}"));
                Vec::new()
            }),
            None => Vec::new(),
        };
        let mut draft = item::draft(&properties, &recipients, self.keeps);
        draft.problems.append(&mut heap.faults);
        for attachment in heap.subnodes_of(ATTACHMENT) {
            self.attachments += 1;
            if self.attachments > MAX_ATTACHMENTS {
                draft.problems.push(format!("over {MAX_ATTACHMENTS} attachments"));
                break;
            }
            if let Err(fault) = self.attachment(&attachment, &class, page, depth, &mut draft) {
                draft.problems.push(format!("attachment {:x}: {fault}", attachment.id));
            }
        }
        Ok((class, draft))
    }

    fn table(&mut self, node: &Node, page: Option<i64>) -> Result<Vec<Properties>, Fault> {
        Heap::read(&mut self.store, node)?.rows(&mut self.store, page, &wanted)
    }

    fn attachment(
        &mut self,
        node: &Node,
        class: &str,
        page: Option<i64>,
        depth: usize,
        draft: &mut Draft,
    ) -> Result<(), Fault> {
        let mut heap = Heap::read(&mut self.store, node)?;
        let mut properties = heap.properties(&mut self.store, page, &wanted)?;
        draft.problems.append(&mut heap.faults);
        let name = item::attachment_name(&properties);
        let data = properties.take_binary(id::ATTACH_DATA);
        if properties.number(id::ATTACH_METHOD) == Some(METHOD_EMBEDDED) {
            // The object is a node id and a size (MS-PST 2.4.6.2.2).
            let inner = data.as_deref().and_then(|object| file::little(object.get(..4)?));
            let inner = inner.and_then(|id| heap.subnode(u32::try_from(id).ok()?));
            let inner = inner.ok_or("an attached message without a node")?;
            if depth >= MAX_DEPTH {
                return Err(format!("messages nested more than {MAX_DEPTH} deep"));
            }
            let (_, inner) = self.message(&inner, page, depth + 1)?;
            inner.attach_to(draft, &name);
            return Ok(());
        }
        item::attach(draft, class, &properties, data.as_deref().unwrap_or_default());
        if data.is_none() || properties.number(id::ATTACH_METHOD) == Some(METHOD_OLE) {
            let shown: String = name.chars().take(100).collect();
            return Err(match data {
                None => format!("`{shown}` without data"),
                Some(_) => format!("ole object `{shown}`: its content is not read"),
            });
        }
        Ok(())
    }

    /// The path of a folder, behind the store's own name.
    fn folder(&mut self, id: u32) -> String {
        let mut names = Vec::new();
        let mut at = id;
        for _ in 0..MAX_FOLDERS {
            let Some(node) = self.store.node(at).filter(|node| node.id & 0x1f == 2) else { break };
            let name = self.folder_name(&node);
            if !name.is_empty() {
                names.push(name);
            }
            if node.parent == at {
                break;
            }
            at = node.parent;
        }
        names.push(self.name.clone());
        names.reverse();
        names.join("/")
    }

    fn folder_name(&mut self, node: &Node) -> String {
        if let Some(name) = self.folders.get(&node.id) {
            return name.clone();
        }
        let name = Heap::read(&mut self.store, node)
            .and_then(|mut heap| {
                heap.properties(&mut self.store, None, &|id| id == id::DISPLAY_NAME)
            })
            .ok()
            .and_then(|properties| properties.text(id::DISPLAY_NAME))
            .unwrap_or_default();
        let name: String = name
            .chars()
            .map(|c| if c.is_control() || c == '/' { '_' } else { c })
            .take(200)
            .collect();
        self.folders.insert(node.id, name.clone());
        name
    }
}

fn wanted(id: u16) -> bool {
    id::ALL.contains(&id)
}

#[cfg(test)]
mod tests;
