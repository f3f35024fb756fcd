//! Whole messages through the public way, and real data where it is at hand.

use std::path::PathBuf;

use demarche_core::source::{Limits, Member, hash_file, walk};
use demarche_core::{Message, Record, SourceId, UrlPlace};
use proptest::prelude::*;

use crate::registry::{read_member, sniff};

fn member<'a>(path: &str, raw: &'a [u8]) -> Member<'a> {
    Member::new(SourceId::default(), path.to_owned(), Box::new(raw)).unwrap()
}

fn read(path: &str, raw: &[u8]) -> (Vec<Message>, Vec<String>) {
    let mut messages = Vec::new();
    let mut anomalies = Vec::new();
    read_member(&mut member(path, raw), &mut |record| match record {
        Record::Message(message) => messages.push(*message),
        Record::Anomaly(anomaly) => anomalies.push(anomaly.reason),
        other => panic!("{other:?}"),
    });
    (messages, anomalies)
}

const MAIL: &str = "Return-Path: <bounce@relay.example>\n\
Received: from relay.example (relay.example [198.51.100.7])\n\tby mx.house.example; Tue, 26 Mar 2024 10:11:12 +0000\n\
Delivered-To: Ann@House.example\n\
From: =?utf-8?Q?J=C3=B6rg_Press?= <Joerg@Paper.example>\n\
To: \"Lee, Ann\" <ann@house.example>, bob@house.example\n\
Cc: cee@house.example\n\
Reply-To: desk@paper.example\n\
Subject: =?utf-8?B?RsO8ciBTaWU=?=\n\
Message-ID: <1@paper.example>\n\
In-Reply-To: <0@house.example>\n\
References: <00@house.example> <0@house.example>\n\
Date: Tue, 26 Mar 2024 11:11:00 +0100\n\
MIME-Version: 1.0\n\
Content-Type: multipart/mixed; boundary=\"out\"\n\
\n\
--out\n\
Content-Type: multipart/alternative; boundary=in\n\
\n\
--in\n\
Content-Type: text/plain; charset=utf-8\n\
\n\
Please read https://paper.example/story --in the middle.\n\
From here to there\n\
--in\n\
Content-Type: text/html; charset=utf-8\n\
Content-Transfer-Encoding: quoted-printable\n\
\n\
<p>Please <a href=3D\"https://t.example/c/abc\">read</a><img src=3D\"https://t.exam=\n\
ple/o/abc.gif\"></p>\n\
--in--\n\
--out\n\
Content-Type: application/pdf; name=a.pdf\n\
Content-Disposition: attachment; filename=a.pdf\n\
Content-Transfer-Encoding: base64\n\
\n\
aGVsbG8=\n\
--out\n\
Content-Type: message/rfc822\n\
\n\
Subject: inner\n\
To: x@y\n\
\n\
inner https://inner.example/x\n\
--out--\n";

#[test]
fn every_field() {
    let (messages, anomalies) = read("a/INBOX/1.eml", MAIL.as_bytes());
    assert_eq!(anomalies, Vec::<String>::new());
    let m = &messages[0];
    assert_eq!(m.message_id, "1@paper.example");
    assert_eq!((m.from.as_str(), m.from_name.as_str()), ("joerg@paper.example", "Jörg Press"));
    assert_eq!(m.to, ["ann@house.example", "bob@house.example"]);
    assert_eq!(m.cc, ["cee@house.example"]);
    assert_eq!(m.reply_to, ["desk@paper.example"]);
    assert_eq!(m.return_path, "bounce@relay.example");
    assert_eq!(m.delivered_to, ["ann@house.example"]);
    assert_eq!(m.folder, "a/INBOX");
    assert_eq!(m.subject, "Für Sie");
    assert_eq!(m.date.unwrap().to_string(), "2024-03-26T10:11:00.000000Z");
    assert_eq!(m.date_offset_minutes, Some(60));
    assert_eq!(m.date_text, "Tue, 26 Mar 2024 11:11:00 +0100");
    assert_eq!(m.received.unwrap().to_string(), "2024-03-26T10:11:12.000000Z");
    assert_eq!(m.in_reply_to, ["0@house.example"]);
    assert_eq!(m.references, ["00@house.example", "0@house.example"]);
    assert!(m.headers.starts_with("Return-Path:") && m.headers.ends_with("boundary=\"out\"\n"));
    assert_eq!(
        m.text,
        "Please read https://paper.example/story --in the middle.\nFrom here to there\n\
         -----Original Message-----\nTo: x@y\nSubject: inner\n\ninner https://inner.example/x"
    );
    assert!(m.html.contains("https://t.example/o/abc.gif"));
    let urls: Vec<_> = m.urls.iter().map(|u| (u.url.as_str(), u.shown.as_str())).collect();
    assert_eq!(
        urls,
        [
            ("https://paper.example/story", ""),
            ("https://t.example/c/abc", "read"),
            ("https://t.example/o/abc.gif", ""),
            ("https://inner.example/x", "")
        ]
    );
    assert_eq!(m.attachments.len(), 2);
    assert_eq!((m.attachments[0].name.as_str(), m.attachments[0].size), ("a.pdf", 5));
    assert!(m.attachments[0].sha256.starts_with("2cf24dba5fb0a30e26e83b2ac5b9e29e"));
    assert_eq!(m.attachments[1].content_type, "message/rfc822");
    assert_eq!(m.size, MAIL.len() as u64);
    assert_eq!((m.evidence.offset, m.evidence.length), (0, MAIL.len() as u64));
}

#[test]
fn one_mail_in_three_stores_is_one_message() {
    let crlf = MAIL.replace('\n', "\r\n");
    let mbox = format!(
        "From a@b Tue Mar 26 10:11:12 2024\n{}\nFrom c@d Tue Mar 26 10:11:12 2024\nTo: x\n\ny\n\n",
        MAIL.replace("\nFrom here", "\n>From here").replace("MIME-V", "Status: RO\nMIME-V")
    );
    let (eml, _) = read("x.eml", crlf.as_bytes());
    let (maildir, _) = read("Maildir/new/1.M.host", MAIL.as_bytes());
    let (stored, _) = read("all.mbox", mbox.as_bytes());
    assert_eq!(stored.len(), 2);
    assert_eq!(eml[0].message_uid, maildir[0].message_uid);
    assert_eq!(eml[0].message_uid, stored[0].message_uid);
    assert_eq!(stored[0].folder, "all");
    // Everything but where it lay, and the field the store added, is the same.
    let same = Message {
        headers: eml[0].headers.clone(),
        folder: eml[0].folder.clone(),
        size: eml[0].size,
        evidence: eml[0].evidence.clone(),
        ..stored[0].clone()
    };
    assert_eq!(same, eml[0]);
}

#[test]
fn two_mails_under_one_message_id_are_two() {
    let other = MAIL.replace("Please read", "Do not read");
    assert_ne!(
        read("a", MAIL.as_bytes()).0[0].message_uid,
        read("a", other.as_bytes()).0[0].message_uid
    );
}

#[test]
fn an_attached_mail_is_read_and_told_apart() {
    let (messages, _) = read("a.eml", MAIL.as_bytes());
    let (own, attached): (Vec<_>, Vec<_>) =
        messages[0].urls.iter().partition(|u| u.place != UrlPlace::Attached);
    assert!(own.iter().all(|u| !u.url.contains("inner")));
    assert_eq!(attached[0].url, "https://inner.example/x");
    let (own, attached) = messages[0].text.split_once("\n-----Original Message-----\n").unwrap();
    assert!(!own.contains("inner"));
    assert_eq!(attached, "To: x@y\nSubject: inner\n\ninner https://inner.example/x");
}

/// Upstream mail-parser issue 156: a boundary in the middle of a line truncated the part.
#[test]
fn issue_156_keeps_every_byte() {
    let body = "first --B second\n--Bx third\n --B\n--B-- not the end\nlast --B--\n\u{e9}nd";
    for (kind, encoding) in [("text/plain; charset=utf-8", "8bit"), ("application/x-y", "binary")] {
        let mail = format!(
            "From: a@b\nTo: c@d\nContent-Type: multipart/mixed; boundary=B\n\n--B\n\
             Content-Type: {kind}\nContent-Transfer-Encoding: {encoding}\n\n{body}\n--B--\n"
        );
        let (messages, anomalies) = read("a.eml", mail.as_bytes());
        assert_eq!(anomalies, Vec::<String>::new());
        if kind.starts_with("text") {
            assert_eq!(messages[0].text, body);
        } else {
            assert_eq!(messages[0].attachments[0].size, body.len() as u64);
            let hash = demarche_core::id::sha256_hex(body.as_bytes());
            assert_eq!(messages[0].attachments[0].sha256, hash);
        }
    }
}

#[test]
fn cuts_are_said_and_cited() {
    let text = "word ".repeat(300_000);
    let urls: String = (0..2100).map(|n| format!("<a href=https://a.example/{n}>x</a>")).collect();
    let mail = format!(
        "To: a@b\nSubject: x\nContent-Type: multipart/mixed; boundary=B\n\n--B\n\n{text}\n--B\n\
         Content-Type: text/html\n\n{urls}{}\n--B--\n",
        "<p>".repeat(800_000)
    );
    let (messages, anomalies) = read("a.eml", mail.as_bytes());
    assert_eq!(
        anomalies,
        ["text exceeds 1 MiB: cut", "html exceeds 2 MiB: cut", "more than 2000 urls: 100 left out"]
    );
    assert_eq!(messages[0].text.len(), 1 << 20);
    assert_eq!(messages[0].urls.len(), 2000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Mail-shaped input, cut, doubled and overwritten in places, never panics, always
    /// yields the message and always the same.
    #[test]
    fn damaged_mail_is_read(
        edits in proptest::collection::vec((0..MAIL.len(), 0_u8..4, any::<u8>()), 0..12)
    ) {
        let mut raw = MAIL.as_bytes().to_vec();
        for (at, kind, byte) in edits {
            let at = at.min(raw.len().saturating_sub(1));
            match kind {
                0 => raw[at] = byte,
                1 => raw.insert(at, byte),
                2 => raw.truncate(at.max(400)),
                _ => {
                    let piece = raw[at..(at + 60).min(raw.len())].to_vec();
                    raw.splice(at..at, piece);
                }
            }
        }
        let (once, _) = read("a.eml", &raw);
        let (again, _) = read("a.eml", &raw);
        prop_assert_eq!(once, again);
        super::message::read(&raw, "f", demarche_core::EvidenceRef::default(), false);
    }

    #[test]
    fn any_bytes_are_read(raw in proptest::collection::vec(any::<u8>(), 0..2000)) {
        super::message::read(&raw, "f", demarche_core::EvidenceRef::default(), false);
        read("a", &raw);
    }
}

/// The folder of real data, when it is there.
pub(crate) fn corpus(file: &str) -> Option<PathBuf> {
    let root = std::env::var_os("DEMARCHE_CORPUS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"),
        PathBuf::from,
    );
    let path = root.join("mail").join(file);
    path.exists().then_some(path)
}

#[derive(Default, Debug)]
struct Tally {
    members: u64,
    unknown: Vec<String>,
    messages: Vec<Message>,
    anomalies: Vec<String>,
}

fn tally(file: &str) -> Option<Tally> {
    let path = corpus(file)?;
    let id = hash_file(&path).unwrap().id;
    let mut tally = Tally::default();
    let anomalies = walk(&path, file, &id, &Limits::default(), &mut |mut member| {
        if member.path().contains("LICENSE") {
            return;
        }
        tally.members += 1;
        if sniff(member.prefix()).is_none_or(|format| !matches!(format.name, "eml" | "mbox")) {
            tally.unknown.push(member.path().to_owned());
        }
        read_member(&mut member, &mut |record| match record {
            Record::Message(message) => tally.messages.push(*message),
            Record::Anomaly(anomaly) => {
                tally.anomalies.push(format!("{}: {}", anomaly.evidence.path, anomaly.reason));
            }
            _ => {}
        });
    })
    .unwrap();
    assert!(anomalies.is_empty(), "{anomalies:?}");
    Some(tally)
}

#[test]
fn real_mail_is_counted_exactly() {
    for (file, want) in
        [("phish.tar.xz", 1444), ("spamassassin.tar.xz", 6046), ("list.mbox.xz", 6000)]
    {
        let Some(tally) = tally(file) else { continue };
        assert_eq!(tally.unknown, Vec::<String>::new(), "{file}");
        assert_eq!(tally.messages.len(), want, "{file}: {:#?}", tally.anomalies);
        let dated = tally.messages.iter().filter(|m| m.date.is_some()).count();
        let from = tally.messages.iter().filter(|m| !m.from.is_empty()).count();
        assert!(dated * 100 >= want * 97, "{file}: {dated} dated");
        assert!(from * 100 >= want * 97, "{file}: {from} with a sender");
    }
}

#[test]
fn parser_suites_are_survived() {
    let Some(tally) = tally("formats.tar.xz") else { return };
    assert!(tally.messages.len() > 200, "{}", tally.messages.len());
}
