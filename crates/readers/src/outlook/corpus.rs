//! Real `.msg` and `.pst` files where they are at hand, counted.
//!
//! `mail/formats.tar.xz` of the corpus holds those of Apache POI and Tika; further stores
//! are read from the folder that `DEMARCHE_PST` names.

#![allow(clippy::print_stderr)] // the counts are for who runs it

use std::collections::BTreeMap;

use demarche_core::source::{Limits, hash_file, walk};
use demarche_core::{Message, Record};

use crate::lines::testing::cited;
use crate::mail::corpus;
use crate::registry::{read_member, sniff};

#[derive(Default)]
struct Read {
    format: Option<&'static str>,
    messages: Vec<Message>,
    anomalies: Vec<String>,
}

/// What each member of a file reads as, by the last part of its path.
fn members(path: &std::path::Path, wanted: &[&str]) -> BTreeMap<String, Read> {
    let mut out: BTreeMap<String, Read> = BTreeMap::new();
    let id = hash_file(path).unwrap().id;
    walk(path, "x", &id, &Limits::default(), &mut |mut member| {
        let name = member.path().to_owned();
        if !wanted.iter().any(|end| name.ends_with(end)) || name.contains("mime4j") {
            return;
        }
        let mut read = Read { format: sniff(member.prefix()).map(|f| f.name), ..Read::default() };
        read_member(&mut member, &mut |record| match record {
            Record::Message(message) => read.messages.push(*message),
            Record::Anomaly(anomaly) => read.anomalies.push(anomaly.reason),
            _ => {}
        });
        out.insert(name.rsplit('/').next().unwrap_or_default().to_owned(), read);
    })
    .unwrap();
    out
}

#[test]
fn real_msg_files() {
    let Some(path) = corpus("formats.tar.xz") else {
        eprintln!("no corpus: skipped");
        return;
    };
    let all = members(&path, &[".msg"]);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, read) in &all {
        assert_eq!(read.format, Some("msg"), "{name}");
        let kind = match read.messages.first() {
            Some(_) => "messages",
            None if read.anomalies[0].contains("no message") => "other items",
            None => "damaged",
        };
        *counts.entry(kind).or_default() += 1;
        if kind == "damaged" || kind == "messages" && !read.anomalies.is_empty() {
            eprintln!("{name}: {kind}: {:?}", read.anomalies);
        }
    }
    eprintln!("{} files: {counts:?}", all.len());
    // Two that a fuzzer made have no directory left to read; contacts, notes and tasks
    // are no mail.
    assert_eq!((counts["messages"], counts["other items"], counts["damaged"]), (45, 6, 2));
    let of = |name: &str| &all[name].messages[0];
    assert_eq!(of("ASCII_CP1251_LCID1049.msg").subject, "Subject автоматически Subject");
    assert!(of("HTMLBodyBinary_CP1251.msg").html.contains("HTML автоматически"));
    assert_eq!(of("HTMLBodyBinary_CP1251.msg").subject, "Subject öäü Subject");
    assert_eq!(of("lots-of-recipients.msg").to.len(), 1321);
    assert!(of("chinese-traditional.msg").subject.contains("格式測試"));
}

#[test]
#[allow(clippy::disallowed_methods)] // reads what was cited again
fn real_stores() {
    let Some(path) = corpus("formats.tar.xz") else {
        eprintln!("no corpus: skipped");
        return;
    };
    let mut all = members(&path, &[".pst"]);
    if let Some(more) = std::env::var_os("DEMARCHE_PST") {
        for entry in std::fs::read_dir(more).unwrap().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let Some(read) = members(&entry.path(), &[""]).remove("x") else { continue };
            let bytes = std::fs::read(entry.path()).unwrap();
            for message in &read.messages {
                assert!(!cited(&bytes, &message.evidence).is_empty());
            }
            all.insert(name, read);
        }
    }
    for (name, read) in &all {
        assert_eq!(read.format, Some("pst"), "{name}");
        eprintln!("{name}: {} messages, {:?}", read.messages.len(), read.anomalies);
    }
    // As many as `readpst -te` gives.
    for (name, want) in [("testPST.pst", 7), ("testPST_variousBodyTypes.pst", 4), ("enron.pst", 71)]
    {
        if let Some(read) = all.get(name) {
            assert_eq!(read.messages.len(), want, "{name}");
        }
    }
}
