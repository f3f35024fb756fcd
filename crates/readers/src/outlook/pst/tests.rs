//! Stores made block by block, ANSI and Unicode, in each of the encodings.

use demarche_core::{Identity, Message, Record, UrlPlace};
use proptest::prelude::*;

use super::crypt::Crypt;
use super::id;
use crate::lines::testing::{cited, read};
use crate::outlook::mapi::kind;

/// A store in the making.
struct Maker {
    wide: bool,
    crypt: u8,
    blocks: Vec<(u64, Vec<u8>)>,
    nodes: Vec<[u64; 4]>,
}

/// A property: id, type, bytes or the number in their place.
enum Cell {
    Bytes(Vec<u8>),
    Place(u32),
}

fn unicode(id: u16, text: &str) -> (u16, u16, Cell) {
    (id, kind::UNICODE, Cell::Bytes(text.encode_utf16().flat_map(u16::to_le_bytes).collect()))
}

fn hid(index: usize) -> u32 {
    u32::try_from(index).unwrap() << 5
}

fn heap(client: u8, items: &[Vec<u8>]) -> Vec<u8> {
    let mut out = vec![0, 0, 0xec, client];
    out.extend_from_slice(&hid(1).to_le_bytes());
    out.extend_from_slice(&[0; 4]);
    let mut offsets = Vec::new();
    for item in items {
        offsets.push(out.len());
        out.extend_from_slice(item);
    }
    offsets.push(out.len());
    let map = u16::try_from(out.len()).unwrap();
    out[..2].copy_from_slice(&map.to_le_bytes());
    out.extend_from_slice(&u16::try_from(items.len()).unwrap().to_le_bytes());
    out.extend_from_slice(&[0; 2]);
    out.extend(offsets.iter().flat_map(|at| u16::try_from(*at).unwrap().to_le_bytes()));
    out
}

fn properties(cells: Vec<(u16, u16, Cell)>) -> Vec<u8> {
    let mut items = vec![[&[0xb5, 2, 6, 0][..], &hid(2).to_le_bytes()].concat(), Vec::new()];
    for (id, kind, cell) in cells {
        let place = match cell {
            Cell::Place(place) => place,
            Cell::Bytes(bytes) => {
                items.push(bytes);
                hid(items.len())
            }
        };
        items[1].extend([id.to_le_bytes(), kind.to_le_bytes()].concat());
        items[1].extend_from_slice(&place.to_le_bytes());
    }
    heap(0xbc, &items)
}

/// A table of one recipient.
fn recipients(name: &str, address: &str) -> Vec<u8> {
    let text = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let mut info = vec![0x7c, 3, 16, 0, 16, 0, 16, 0, 17, 0];
    info.extend_from_slice(&[0; 4]);
    info.extend_from_slice(&hid(2).to_le_bytes());
    info.extend_from_slice(&[0; 4]);
    for (id, kind, at, bit) in [
        (id::RECIPIENT_TYPE, kind::I32, 4, 0),
        (id::DISPLAY_NAME, kind::UNICODE, 8, 1),
        (id::SMTP_ADDRESS, kind::UNICODE, 12, 2),
    ] {
        info.extend([kind.to_le_bytes(), id.to_le_bytes()].concat());
        info.extend_from_slice(&[at, 0, 4, bit]);
    }
    let mut row = vec![0; 4];
    row.extend([1, hid(3), hid(4)].iter().flat_map(|n| n.to_le_bytes()));
    row.push(0xe0);
    heap(0x7c, &[info, row, text(name), text(address)])
}

impl Maker {
    fn number(&self, number: u64) -> Vec<u8> {
        number.to_le_bytes()[..if self.wide { 8 } else { 4 }].to_vec()
    }

    fn block(&mut self, data: Vec<u8>, internal: bool) -> u64 {
        let id = (self.blocks.len() as u64 + 1) * 4 + if internal { 2 } else { 0 };
        self.blocks.push((id, data));
        id
    }

    fn list(&mut self, parts: &[&[u8]]) -> u64 {
        let mut out = vec![1, 1, u8::try_from(parts.len()).unwrap(), 0, 0, 0, 0, 0];
        for part in parts {
            let id = self.block(part.to_vec(), false);
            out.extend(self.number(id));
        }
        self.block(out, true)
    }

    fn subnodes(&mut self, nodes: &[(u64, u64, u64)]) -> u64 {
        let mut out = vec![2, 0, u8::try_from(nodes.len()).unwrap(), 0];
        if self.wide {
            out.extend_from_slice(&[0; 4]);
        }
        for (id, data, below) in nodes {
            out.extend([*id, *data, *below].map(|n| self.number(n)).concat());
        }
        self.block(out, true)
    }

    fn encode(&self, id: u64, data: &mut [u8]) {
        let crypt = Crypt::of(self.crypt).unwrap();
        if crypt == Crypt::Permute {
            let mut table: Vec<u8> = (0..=255).collect();
            crypt.decode(&mut table, 0);
            for byte in data {
                let at = table.iter().position(|plain| plain == byte).unwrap();
                *byte = u8::try_from(at).unwrap();
            }
        } else {
            crypt.decode(data, u32::try_from(id).unwrap());
        }
    }

    fn page(&self, kind: u8, size: usize, entries: &[Vec<u8>]) -> Vec<u8> {
        let mut page = vec![0; 512];
        for (n, entry) in entries.iter().enumerate() {
            page[n * size..n * size + entry.len()].copy_from_slice(entry);
        }
        let (meta, trailer) = if self.wide { (488, 496) } else { (496, 500) };
        page[meta] = u8::try_from(entries.len()).unwrap();
        page[meta + 2] = u8::try_from(size).unwrap();
        page[trailer] = kind;
        page
    }

    fn finish(self) -> Vec<u8> {
        let mut out = vec![0; 1024];
        out[..12].copy_from_slice(&[b'!', b'B', b'D', b'N', 0, 0, 0, 0, b'S', b'M', 0, 0]);
        out[10] = if self.wide { 23 } else { 14 };
        out[if self.wide { 513 } else { 461 }] = self.crypt;
        let mut entries = Vec::new();
        for (id, data) in &self.blocks {
            out.resize(out.len().next_multiple_of(64), 0);
            let offset = out.len() as u64;
            let mut data = data.clone();
            if id & 2 == 0 {
                self.encode(*id, &mut data);
            }
            let length = u16::try_from(data.len()).unwrap();
            let place = [self.number(*id), self.number(offset)].concat();
            entries.push([place, length.to_le_bytes().to_vec(), vec![1, 0]].concat());
            out.extend_from_slice(&data);
        }
        let nodes: Vec<Vec<u8>> = self
            .nodes
            .iter()
            .map(|node| {
                let parent = node[3].to_le_bytes()[..4].to_vec();
                [node[..3].iter().flat_map(|n| self.number(*n)).collect(), parent].concat()
            })
            .collect();
        let width = self.number(0).len();
        let (at, block_size) = if self.wide { (224, 24) } else { (188, 12) };
        for (n, page) in [self.page(0x81, 4 * width, &nodes), self.page(0x80, block_size, &entries)]
            .into_iter()
            .enumerate()
        {
            out.resize(out.len().next_multiple_of(512), 0);
            let place = at + n * 2 * width;
            let offset = self.number(out.len() as u64);
            out[place..place + width].copy_from_slice(&offset);
            out.extend_from_slice(&page);
        }
        out
    }
}

/// A message in an inbox with a file and a message attached, a contact, and a message
/// whose data are gone.
fn sample(wide: bool, crypt: u8) -> Vec<u8> {
    let mut maker = Maker { wide, crypt, blocks: Vec::new(), nodes: Vec::new() };
    let root = maker.block(properties(vec![]), false);
    let inbox = maker.block(properties(vec![unicode(id::DISPLAY_NAME, "Inbox")]), false);
    let body: Vec<u8> =
        "see https://a.example/x".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let body = maker.list(&[&body[..21], &body[21..]]);
    let table = maker.block(recipients("Bob", "bob@house.example"), false);
    let inner = maker.block(
        properties(vec![unicode(id::SUBJECT, "inner"), unicode(id::BODY, "https://b.example/y")]),
        false,
    );
    let inner = maker.subnodes(&[(0x2044, inner, 0)]);
    let object = [0x2044_u32.to_le_bytes(), [0; 4]].concat();
    let attached = maker.block(
        properties(vec![
            (id::ATTACH_DATA, kind::OBJECT, Cell::Bytes(object)),
            (id::ATTACH_METHOD, kind::I32, Cell::Place(5)),
        ]),
        false,
    );
    let file = maker.block(
        properties(vec![
            (id::ATTACH_DATA, kind::BINARY, Cell::Bytes(b"hello".to_vec())),
            (id::ATTACH_METHOD, kind::I32, Cell::Place(1)),
            unicode(id::ATTACH_LONG_FILENAME, "a.pdf"),
        ]),
        false,
    );
    let below = maker.subnodes(&[
        (0x3f, body, 0),
        (0x692, table, 0),
        (0x8025, file, 0),
        (0x8045, attached, inner),
    ]);
    let time = 133_559_502_000_000_000_i64.to_le_bytes().to_vec();
    let message = maker.block(
        properties(vec![
            unicode(id::CLASS, "IPM.Note"),
            unicode(id::SUBJECT, "\u{1}\u{1}Приглашение"),
            (id::SUBMIT_TIME, kind::TIME, Cell::Bytes(time)),
            unicode(id::SENDER_ADDRESS, "ann@house.example"),
            (id::BODY, kind::UNICODE, Cell::Place(0x3f)),
        ]),
        false,
    );
    let contact = maker.block(properties(vec![unicode(id::CLASS, "IPM.Contact")]), false);
    maker.nodes = vec![
        [0x122, root, 0, 0x122],
        [0x8022, inbox, 0, 0x122],
        [0x20_0024, message, below, 0x8022],
        [0x20_0044, contact, 0, 0x8022],
        [0x20_0064, 0xdead0, 0, 0x8022],
    ];
    maker.finish()
}

#[test]
fn both_kinds_in_each_encoding() {
    let mut uids = Vec::new();
    for (wide, crypt) in [(true, 0), (true, 1), (true, 2), (false, 0), (false, 1), (false, 2)] {
        let bytes = sample(wide, crypt);
        let (name, mut records, anomalies) = read(&bytes);
        assert_eq!((name, records.len()), (Some("pst"), 1), "{anomalies:?}");
        let Some(Record::Message(message)) = records.pop() else { panic!() };
        let m: Message = *message;
        assert_eq!(m.identity, Some(Identity::Derived));
        assert_eq!((m.subject.as_str(), m.from.as_str()), ("Приглашение", "ann@house.example"));
        assert_eq!((m.to[0].as_str(), m.folder.as_str()), ("bob@house.example", "test/Inbox"));
        assert!(m.text.starts_with("see https://a.example/x\n-----Original Message-----\n"));
        let places: Vec<_> = m.urls.iter().map(|u| u.place).collect();
        assert_eq!(places, [UrlPlace::Attached, UrlPlace::Text]);
        assert_eq!((m.attachments[0].name.as_str(), m.attachments[0].size), ("a.pdf", 5));
        assert_eq!(m.evidence.locator.as_ref().unwrap().pst_node, Some(0x20_0024));
        assert!(cited(&bytes, &m.evidence).len() > 100);
        let reasons: Vec<_> = anomalies.iter().map(|a| a.reason.as_str()).collect();
        assert_eq!(
            reasons,
            [
                "message 200064: block dead0 is not in the store",
                "items that are no messages: 1 (ipm.contact 1)"
            ]
        );
        uids.push(m.message_uid);
    }
    uids.dedup();
    assert_eq!(uids.len(), 1, "one mail in six stores");
}

#[test]
fn an_ost_says_what_to_do() {
    let mut bytes = sample(true, 0);
    bytes[9] = b'O';
    let (_, records, anomalies) = read(&bytes);
    assert_eq!(records.len(), 1);
    assert!(anomalies[0].reason.starts_with("an OST"), "{anomalies:?}");
    bytes[10] = 36;
    let (_, records, anomalies) = read(&bytes);
    assert!(records.is_empty() && anomalies[0].reason.contains("export"), "{anomalies:?}");
}

/// Message nodes that a store lists, told without the reader; absent where it has none.
fn message_nodes(bytes: &[u8]) -> Option<usize> {
    let header = super::Header::parse(&bytes[..bytes.len().min(1 << 16)]).ok()?;
    let store = super::Store::open(std::io::Cursor::new(bytes), &header);
    let nodes = store.nodes.iter().filter(|node| node.id & 0x1f == super::MESSAGE);
    Some(nodes.count())
}

/// Every node is a message, an anomaly of its own, or counted among the items that are none.
fn assert_no_node_lost(bytes: &[u8]) {
    let (name, records, anomalies) = read(bytes);
    let Some(nodes) = message_nodes(bytes).filter(|_| name == Some("pst")) else { return };
    let messages: std::collections::BTreeSet<u64> = records
        .iter()
        .map(|record| match record {
            Record::Message(m) => m.evidence.locator.as_ref().unwrap().pst_node.unwrap(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(messages.len(), records.len(), "a node twice");
    let mut accounted = messages.len();
    for anomaly in anomalies {
        let node = anomaly.evidence.locator.as_ref().and_then(|locator| locator.pst_node);
        match anomaly.reason.strip_prefix("items that are no messages: ") {
            Some(rest) => {
                accounted += rest.split(' ').next().unwrap().parse::<usize>().unwrap();
            }
            None if node.is_some_and(|node| !messages.contains(&node)) => accounted += 1,
            None => {}
        }
    }
    assert_eq!(accounted, nodes);
}

#[test]
fn no_node_of_the_sample_is_lost() {
    for wide in [true, false] {
        let bytes = sample(wide, 1);
        assert_eq!(message_nodes(&bytes), Some(3));
        assert_no_node_lost(&bytes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn no_node_is_lost(
        wide: bool,
        edits in proptest::collection::vec((any::<usize>(), any::<u8>()), 1..40),
    ) {
        let mut bytes = sample(wide, 0);
        for (at, byte) in edits {
            let length = bytes.len();
            bytes[12 + at % (length - 12)] = byte;
        }
        assert_no_node_lost(&bytes);
    }

    #[test]
    fn damage_is_survived(
        wide: bool,
        edits in proptest::collection::vec((any::<usize>(), any::<u8>()), 1..40),
        cut in any::<usize>(),
    ) {
        let mut bytes = sample(wide, 0);
        for (at, byte) in edits {
            let length = bytes.len();
            bytes[12 + at % (length - 12)] = byte;
        }
        let length = bytes.len();
        bytes.truncate(length - cut % 600);
        let (_, records, anomalies) = read(&bytes);
        prop_assert!(!records.is_empty() || !anomalies.is_empty());
    }
}
