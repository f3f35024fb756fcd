//! Messages made property by property, and real ones where they are at hand.

use std::io::{Cursor, Write};

use demarche_core::{Identity, Message, Record, UrlPlace};
use proptest::prelude::*;

use super::mapi::{Value, id};
use crate::lines::testing::{cited, read};

type Object = Vec<(u16, Value)>;

fn text(id: u16, text: &str) -> (u16, Value) {
    (id, Value::Text(text.to_owned()))
}

/// Writes an object's properties as MS-OXMSG has them.
fn write(file: &mut cfb::CompoundFile<Cursor<Vec<u8>>>, at: &str, header: usize, object: &Object) {
    let mut fixed = vec![0; header];
    for (id, value) in object {
        let (kind, bytes, is_fixed) = match value {
            Value::Number(n) => (3_u16, n.to_le_bytes().to_vec(), true),
            Value::Time(t) => (0x40, t.to_le_bytes().to_vec(), true),
            Value::Text(t) => (0x1f, t.encode_utf16().flat_map(u16::to_le_bytes).collect(), false),
            Value::Text8(t) => (0x1e, t.clone(), false),
            Value::Binary(b) => (0x102, b.clone(), false),
        };
        fixed.extend_from_slice(&kind.to_le_bytes());
        fixed.extend_from_slice(&id.to_le_bytes());
        fixed.extend_from_slice(&[6, 0, 0, 0]);
        if is_fixed {
            fixed.extend_from_slice(&bytes);
        } else {
            fixed.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
            let path = format!("{at}/__substg1.0_{id:04X}{kind:04X}");
            file.create_stream(path).unwrap().write_all(&bytes).unwrap();
        }
    }
    let path = format!("{at}/__properties_version1.0");
    file.create_stream(path).unwrap().write_all(&fixed).unwrap();
}

/// A message to one recipient with a file and a message attached.
fn msg(message: &Object, recipient: &Object, file: &Object, inner: Option<&Object>) -> Vec<u8> {
    let mut out = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    write(&mut out, "", 32, message);
    out.create_storage("/__recip_version1.0_#00000000").unwrap();
    write(&mut out, "/__recip_version1.0_#00000000", 8, recipient);
    out.create_storage("/__attach_version1.0_#00000000").unwrap();
    write(&mut out, "/__attach_version1.0_#00000000", 8, file);
    if let Some(inner) = inner {
        let at = "/__attach_version1.0_#00000001";
        out.create_storage(at).unwrap();
        write(&mut out, at, 8, &vec![(id::ATTACH_METHOD, Value::Number(5)), text(0x3001, "fwd")]);
        out.create_storage(format!("{at}/__substg1.0_3701000D")).unwrap();
        write(&mut out, &format!("{at}/__substg1.0_3701000D"), 24, inner);
    }
    out.flush().unwrap();
    out.into_inner().into_inner()
}

fn sample() -> Vec<u8> {
    let message = vec![
        text(id::CLASS, "IPM.Note"),
        text(id::SUBJECT, "Приглашение"),
        text(id::SENDER_NAME, "Ann Lee"),
        text(id::SENDER_ADDRESS, "Ann@House.example"),
        (id::SUBMIT_TIME, Value::Time(133_559_502_000_000_000)),
        (id::DELIVERY_TIME, Value::Time(133_559_502_100_000_000)),
        text(id::MESSAGE_ID, "<1@house.example>"),
        (id::INTERNET_CODE_PAGE, Value::Number(1251)),
        (id::HTML, Value::Binary(b"<p>\xcf\xf0 <a href=https://a.example/x>see</a>".to_vec())),
    ];
    let recipient = vec![
        text(id::DISPLAY_NAME, "Bob"),
        text(id::ADDRESS, "/o=house/cn=bob"),
        text(id::SMTP_ADDRESS, "bob@house.example"),
        (id::RECIPIENT_TYPE, Value::Number(1)),
    ];
    let file = vec![
        text(id::ATTACH_LONG_FILENAME, "a.pdf"),
        text(id::ATTACH_MIME, "application/pdf"),
        (id::ATTACH_DATA, Value::Binary(b"hello".to_vec())),
    ];
    let inner = vec![
        text(id::SUBJECT, "inner"),
        text(id::BODY, "look https://inner.example/y"),
        text(id::SENDER_ADDRESS, "x@y.example"),
    ];
    msg(&message, &recipient, &file, Some(&inner))
}

fn one(bytes: &[u8]) -> (Message, Vec<String>) {
    let (_, mut records, anomalies) = read(bytes);
    assert_eq!(records.len(), 1, "{anomalies:?}");
    let Some(Record::Message(message)) = records.pop() else { panic!() };
    (*message, anomalies.into_iter().map(|anomaly| anomaly.reason).collect())
}

#[test]
fn a_msg_is_a_message() {
    let bytes = sample();
    assert_eq!(read(&bytes).0, Some("msg"));
    let (m, anomalies) = one(&bytes);
    assert_eq!(anomalies, Vec::<String>::new());
    assert_eq!(m.identity, Some(Identity::Derived));
    assert_eq!((m.from.as_str(), m.from_name.as_str()), ("ann@house.example", "Ann Lee"));
    assert_eq!(m.to, ["bob@house.example"]);
    assert_eq!((m.subject.as_str(), m.message_id.as_str()), ("Приглашение", "1@house.example"));
    assert_eq!(m.date.unwrap().to_string(), "2024-03-26T18:10:00.000000Z");
    assert_eq!(m.received.unwrap().to_string(), "2024-03-26T18:10:10.000000Z");
    assert!(m.text.starts_with("Пр see\n-----Original Message-----\nFrom: <x@y.example>"));
    assert!(m.text.ends_with("look https://inner.example/y"));
    let urls: Vec<_> = m.urls.iter().map(|u| (u.url.as_str(), u.place)).collect();
    let want =
        [("https://inner.example/y", UrlPlace::Attached), ("https://a.example/x", UrlPlace::Href)];
    assert_eq!(urls, want);
    let names: Vec<_> = m.attachments.iter().map(|a| (a.name.as_str(), a.size)).collect();
    assert_eq!(names[0], ("a.pdf", 5));
    assert_eq!(names[1].0, "fwd");
    assert_eq!(cited(&bytes, &m.evidence), bytes);
}

#[test]
fn what_is_no_message_is_said() {
    let contact = vec![text(id::CLASS, "IPM.Contact"), text(id::DISPLAY_NAME, "x")];
    let empty = Vec::new();
    let (_, records, anomalies) = read(&msg(&contact, &empty, &empty, None));
    assert!(records.is_empty());
    assert_eq!(anomalies[0].reason, "an Outlook item that is no message: IPM.Contact");
    let mut other = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    other.create_stream("/WordDocument").unwrap().write_all(b"x").unwrap();
    other.flush().unwrap();
    assert_eq!(read(&other.into_inner().into_inner()).0, None);
}

/// An attribute of TNEF.
fn attribute(level: u8, tag: u16, kind: u16, value: &[u8]) -> Vec<u8> {
    let mut out = vec![level];
    out.extend_from_slice(&tag.to_le_bytes());
    out.extend_from_slice(&kind.to_le_bytes());
    out.extend_from_slice(&u32::try_from(value.len()).unwrap().to_le_bytes());
    out.extend_from_slice(value);
    let sum = value.iter().fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
    out.extend_from_slice(&sum.to_le_bytes());
    out
}

fn property(tag: u32, value: &[u8]) -> Vec<u8> {
    let mut out = tag.to_le_bytes().to_vec();
    if matches!(tag & 0xffff, 0x1e | 0x1f | 0x102 | 0xd) {
        out.extend_from_slice(&1_u32.to_le_bytes());
        out.extend_from_slice(&u32::try_from(value.len()).unwrap().to_le_bytes());
    }
    out.extend_from_slice(value);
    out.resize(out.len().next_multiple_of(4), 0);
    out
}

fn tnef(attributes: &[Vec<u8>]) -> Vec<u8> {
    [&[0x78, 0x9f, 0x3e, 0x22, 1, 0][..], &attributes.concat()].concat()
}

fn winmail() -> Vec<u8> {
    let inner = tnef(&[attribute(1, 0x800c, 2, b"inner https://inner.example/z\0")]);
    let object = [&[7; 16][..], &inner].concat();
    let html = property(0x1013_0102, b"<a href=https://b.example/q>\xd7</a>");
    let own = [&2_u32.to_le_bytes()[..], &property(0x3fde_0003, &[0xe3, 4, 0, 0]), &html].concat();
    let nested = [
        &3_u32.to_le_bytes()[..],
        &property(0x3705_0003, &[5, 0, 0, 0]),
        &property(0x3707_001e, b"inner.msg\0"),
        &property(0x3701_000d, &object),
    ]
    .concat();
    tnef(&[
        attribute(1, 0x9007, 6, &[0xe3, 4, 0, 0, 0, 0, 0, 0]),
        attribute(1, 0x9003, 6, &own),
        attribute(2, 0x9002, 6, &[0; 14]),
        attribute(2, 0x8010, 1, b"b.txt\0"),
        attribute(2, 0x800f, 6, b"hello"),
        attribute(2, 0x9002, 6, &[0; 14]),
        attribute(2, 0x9005, 6, &nested),
    ])
}

fn mail_with(winmail: &[u8]) -> Vec<u8> {
    let head = "From: a@b.example\nTo: c@d.example\nContent-Type: application/ms-tnef; \
                name=winmail.dat\nContent-Transfer-Encoding: quoted-printable\n\n";
    let body: String = winmail.iter().map(|byte| format!("={byte:02X}")).collect();
    [head, &body].concat().into_bytes()
}

#[test]
fn winmail_dat_is_read_as_parts_of_its_mail() {
    let (m, anomalies) = one(&mail_with(&winmail()));
    assert_eq!(anomalies, Vec::<String>::new());
    assert!(m.text.starts_with("Ч\n-----Original Message-----"), "{:?}", m.text);
    assert!(m.html.contains("b.example"));
    let names: Vec<_> = m.attachments.iter().map(|a| a.name.as_str()).collect();
    assert_eq!(names, ["winmail.dat", "b.txt", "inner.msg"]);
    let places: Vec<_> = m.urls.iter().map(|u| u.place).collect();
    assert_eq!(places, [UrlPlace::Href, UrlPlace::Attached]);
    let cut = &winmail()[..200];
    assert!(one(&mail_with(cut)).1[0].contains("broken off"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn damage_is_survived(edits in proptest::collection::vec((any::<usize>(), any::<u8>()), 1..8)) {
        let mut bytes = sample();
        let mut inner = winmail();
        for (at, byte) in edits {
            let length = bytes.len();
            bytes[8 + at % (length - 8)] = byte;
            let length = inner.len();
            inner[at % length] = byte;
        }
        let (_, records, anomalies) = read(&bytes);
        prop_assert!(!records.is_empty() || !anomalies.is_empty());
        one(&mail_with(&inner));
    }
}
