//! What the targets do: read bytes as ingest does, and as each format of a family would,
//! and check what may never happen: a citation that is not of the bytes it cites.

use std::collections::BTreeSet;

use demarche_core::id::sha256_hex;
use demarche_core::source::{Limits, Member, walk_bytes};
use demarche_core::{EvidenceRef, Record, SourceId};
use demarche_readers::{FORMATS, Format, Sink, read_member};

/// Formats by family: those that a target reads its bytes as.
pub const FAMILIES: &[(&str, &[&str])] = &[
    (
        "web",
        &[
            "zeek-http-tsv",
            "zeek-http-json",
            "zeek-dns-tsv",
            "zeek-dns-json",
            "zeek-ssl-tsv",
            "zeek-ssl-json",
            "squid",
            "combined",
        ],
    ),
    ("dns", &["dnsmasq", "unbound", "bind"]),
    ("servers", &["w3c-extended", "exchange-server"]),
    ("evtx", &["evtx"]),
    (
        "calls",
        &[
            "asterisk-cdr",
            "freeswitch-csv",
            "freeswitch-json",
            "freeswitch-xml",
            "cucm-cdr",
            "kamailio-csv",
            "kamailio-json",
        ],
    ),
    ("ber", &["tap3", "ts-32298-cs"]),
    ("pgaudit", &["pgaudit-csv", "pgaudit-json"]),
    ("enrichment", &["passive-dns", "rdap", "whois-json", "networks"]),
    ("tables", &["roster", "coverage", "context", "record-lookups"]),
    ("mail", &["mbox", "emlx", "eml", "git"]),
    ("outlook", &["msg", "pst"]),
];

/// Formats of no family above are read by the target `cloud`.
const REST: &str = "cloud";

/// Reads `bytes` through the registry, then as every format of `family`.
///
/// # Panics
/// Where a reader does, or breaks what it owes.
pub fn read_as(family: &str, bytes: &[u8]) {
    let mut check = |record: Record| checked(&record, bytes);
    read_member(&mut member(bytes), &mut check);
    for format in formats(family) {
        let mut sink = Sink::new(format.name, &mut check);
        // An early end is an answer; what was handed on before it stays.
        let _ = (format.read)(&mut member(bytes), &mut sink);
    }
}

/// Walks `bytes` as a source, reads every member to its end, and checks that the walk's
/// bounds hold.
///
/// # Panics
/// Where the walk does, or breaks what it owes.
pub fn walk(bytes: &[u8]) {
    let limits = Limits { ratio: 1, floor: 64 << 20, members: 10_000, ..Limits::default() };
    let (mut members, mut total) = (0_u64, 0_u64);
    let mut visit = |mut member: Member<'_>| {
        members += 1;
        total += std::io::copy(&mut member, &mut std::io::sink()).unwrap_or(0);
    };
    walk_bytes(bytes, "fuzz", &SourceId::default(), &limits, &|_| false, &mut visit);
    assert!(members <= limits.members, "{members} members");
    // A tar's members are bytes of what holds them: each level may show the same ones again.
    assert!(total <= limits.floor * limits.depth as u64 + bytes.len() as u64, "{total} bytes");
}

/// Looks into `bytes` as an attachment, twice: what is found may not depend on chance.
///
/// # Panics
/// Where it does, or a reader does in a way that is not caught.
pub fn look(bytes: &[u8]) {
    let once = demarche_features::deep::read(bytes);
    assert_eq!(once, demarche_features::deep::read(bytes));
}

fn formats(family: &str) -> impl Iterator<Item = &'static Format> {
    let of = |format: &Format| {
        let found = FAMILIES.iter().find(|(_, names)| names.contains(&format.name));
        found.map_or(REST, |(family, _)| family)
    };
    let family = family.to_owned();
    FORMATS.iter().filter(move |format| of(format) == family)
}

fn member(bytes: &[u8]) -> Member<'_> {
    Member::new(SourceId::default(), "fuzz".into(), Box::new(bytes)).expect("memory does not fail")
}

fn checked(record: &Record, bytes: &[u8]) {
    let evidence = evidence(record);
    if matches!(record, Record::Anomaly(_)) && evidence.length == 0 {
        return;
    }
    let start = usize::try_from(evidence.offset).expect("an offset in memory");
    let length = usize::try_from(evidence.length).expect("a length in memory");
    let cited = start.checked_add(length).and_then(|end| bytes.get(start..end));
    let cited = cited.unwrap_or_else(|| panic!("cites past the end: {evidence:?}"));
    assert_eq!(sha256_hex(cited), evidence.sha256, "cites other bytes: {evidence:?}");
}

fn evidence(record: &Record) -> &EvidenceRef {
    match record {
        Record::Message(record) => &record.evidence,
        Record::Event(record) => &record.evidence,
        Record::Fetch(record) => &record.evidence,
        Record::Call(record) => &record.evidence,
        Record::RecordLookup(record) => &record.evidence,
        Record::Roster(record) => &record.evidence,
        Record::Coverage(record) => record.evidence.as_ref().expect("readers cite coverage"),
        Record::Context(record) => &record.evidence,
        Record::Network(record) => &record.evidence,
        Record::PassiveDns(record) => &record.evidence,
        Record::Registration(record) => &record.evidence,
        Record::Anomaly(record) => &record.evidence,
    }
}

/// Names in [`FAMILIES`] that no format has.
#[must_use]
pub fn unknown() -> BTreeSet<&'static str> {
    let known: BTreeSet<&str> = FORMATS.iter().map(|format| format.name).collect();
    FAMILIES.iter().flat_map(|(_, names)| *names).copied().filter(|n| !known.contains(n)).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_name_is_a_format() {
        assert_eq!(super::unknown(), std::collections::BTreeSet::new());
    }

    #[test]
    fn the_other_targets_run() {
        super::walk(b"PACK\0\0\0\x02\0\0\0\x01");
        super::walk(b"");
        super::look(b"%PDF-1.4 https://a.example/x");
    }

    #[test]
    fn every_family_reads() {
        for (family, _) in super::FAMILIES {
            super::read_as(family, b"From x\n{\"a\":1}\n1,2,3\n");
        }
        super::read_as(super::REST, b"{}");
    }
}
