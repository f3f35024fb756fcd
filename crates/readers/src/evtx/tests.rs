use demarche_core::{Event, Record};
use proptest::prelude::*;

use super::{CHUNK, HEADER, RECORD_HEADER};
use crate::lines::testing::{cited, read};

/// An element for [`Log::element`]: name, attributes, text or children.
enum Xml<'x> {
    Text(&'x str, &'x str),
    With(&'x str, &'x [(&'x str, &'x str)], &'x str),
    In(&'x str, Vec<Xml<'x>>),
}

/// Writes a log of one chunk, in the plainest binary XML: no templates, names in place.
#[derive(Default)]
struct Log {
    chunk: Vec<u8>,
    last: usize,
    records: u64,
}

impl Log {
    fn new() -> Self {
        Self { chunk: vec![0; 512], ..Self::default() }
    }

    fn put(&mut self, bytes: &[u8]) {
        self.chunk.extend_from_slice(bytes);
    }

    fn utf16(&mut self, text: &str) {
        let units: Vec<u16> = text.encode_utf16().collect();
        self.put(&u16::try_from(units.len()).unwrap().to_le_bytes());
        units.iter().for_each(|unit| self.put(&unit.to_le_bytes()));
    }

    fn name(&mut self, name: &str) {
        let here = u32::try_from(self.chunk.len() + 4).unwrap();
        self.put(&here.to_le_bytes());
        self.put(&[0; 6]);
        self.utf16(name);
        self.put(&[0; 2]);
    }

    fn value(&mut self, text: &str) {
        self.put(&[0x05, 0x01]);
        self.utf16(text);
    }

    fn element(&mut self, xml: &Xml<'_>) {
        let (name, attributes) = match xml {
            Xml::Text(name, _) | Xml::In(name, _) => (name, &[][..]),
            Xml::With(name, attributes, _) => (name, *attributes),
        };
        self.put(&[if attributes.is_empty() { 0x01 } else { 0x41 }]);
        self.put(&[0; 4]);
        self.name(name);
        if !attributes.is_empty() {
            self.put(&[0; 4]);
        }
        for (name, text) in attributes {
            self.put(&[0x06]);
            self.name(name);
            self.value(text);
        }
        self.put(&[0x02]);
        match xml {
            Xml::Text(_, text) | Xml::With(_, _, text) => self.value(text),
            Xml::In(_, children) => children.iter().for_each(|child| self.element(child)),
        }
        self.put(&[0x04]);
    }

    fn record(&mut self, xml: &Xml<'_>) {
        self.records += 1;
        self.last = self.chunk.len();
        self.put(b"\x2a\x2a\0\0\0\0\0\0");
        self.put(&self.records.to_le_bytes());
        // 2024-03-26T10:00:00Z in steps of 100 ns since 1601.
        self.put(&(133_559_208_000_000_000_u64).to_le_bytes());
        self.put(&[0x0f, 1, 1, 0]);
        self.element(xml);
        self.put(&[0]);
        let size = u32::try_from(self.chunk.len() - self.last + 4).unwrap().to_le_bytes();
        self.put(&size);
        let at = self.last + 4;
        self.chunk[at..at + 4].copy_from_slice(&size);
    }

    fn file(mut self) -> Vec<u8> {
        let free = u32::try_from(self.chunk.len()).unwrap();
        self.chunk[..8].copy_from_slice(b"ElfChnk\0");
        for (at, value) in [(8, 1), (16, self.records), (24, 1), (32, self.records)] {
            self.chunk[at..at + 8].copy_from_slice(&value.to_le_bytes());
        }
        let last = u32::try_from(self.last).unwrap();
        // Flag 4: no checksums.
        for (at, value) in [(40, 128), (44, last), (48, free), (120, 4_u32)] {
            self.chunk[at..at + 4].copy_from_slice(&value.to_le_bytes());
        }
        self.chunk.resize(CHUNK, 0);
        let mut file = vec![0; HEADER];
        file[..8].copy_from_slice(b"ElfFile\0");
        file.extend(self.chunk);
        file
    }
}

fn logon<'x>(id: &'x str, keywords: &'x str, time: &'x [(&'x str, &'x str)]) -> Xml<'x> {
    const PROVIDER: &[(&str, &str)] = &[("Name", "Microsoft-Windows-Security-Auditing")];
    Xml::In(
        "Event",
        vec![
            Xml::In(
                "System",
                vec![
                    Xml::With("Provider", PROVIDER, ""),
                    Xml::Text("EventID", "4624"),
                    Xml::Text("Keywords", keywords),
                    Xml::With("TimeCreated", time, ""),
                    Xml::Text("EventRecordID", id),
                    Xml::Text("Channel", "Security"),
                    Xml::Text("Computer", "mx1.parliament.example"),
                ],
            ),
            Xml::In(
                "EventData",
                vec![
                    Xml::With("Data", &[("Name", "TargetUserName")], "Jane"),
                    Xml::With("Data", &[("Name", "TargetDomainName")], "PARL"),
                    Xml::With("Data", &[("Name", "SubjectUserName")], "MX1$"),
                    Xml::With("Data", &[("Name", "SubjectDomainName")], "PARL"),
                    Xml::With("Data", &[("Name", "TargetLogonId")], "0x3e7a1"),
                    Xml::With("Data", &[("Name", "IpAddress")], "::ffff:192.0.2.7"),
                ],
            ),
        ],
    )
}

fn log() -> Vec<u8> {
    let mut log = Log::new();
    let time = [("SystemTime", "2024-03-26 10:00:00.250000")];
    log.record(&logon("11", "0x8020000000000000", &time));
    log.record(&logon("12", "0x8010000000000000", &[("SystemTime", "never")]));
    log.file()
}

fn events(bytes: &[u8]) -> (Option<&'static str>, Vec<Event>, Vec<String>) {
    let (name, records, anomalies) = read(bytes);
    let events = records
        .into_iter()
        .map(|record| match record {
            Record::Event(event) => {
                assert!(cited(bytes, &event.evidence).len() > RECORD_HEADER);
                *event
            }
            other => panic!("{other:?}"),
        })
        .collect();
    (name, events, anomalies.into_iter().map(|anomaly| anomaly.reason).collect())
}

#[test]
fn logons() {
    let log = log();
    let (name, events, reasons) = events(&log);
    assert_eq!(name, Some("evtx"));
    assert!(cited(&log, &events[1].evidence).starts_with(b"\x2a\x2a\0\0"));
    let shown: Vec<String> = events
        .iter()
        .map(|e| {
            let time = e.time.map_or("-".into(), |t| t.to_string());
            format!(
                "{} {time} {} {} `{}` by `{}` {} {} {} {} {}",
                e.record_id,
                e.workload,
                e.operation,
                e.account,
                e.actor,
                e.source_ip,
                e.session,
                e.target,
                e.outcome,
                e.detail
            )
        })
        .chain(reasons.iter().map(|reason| format!("! {reason}")))
        .collect();
    insta::assert_json_snapshot!(shown);
}

#[test]
fn a_torn_chunk_is_said_and_its_whole_records_are_read() {
    let mut log = log();
    log.truncate(HEADER + 512 + 2000);
    let (_, events, reasons) = events(&log);
    assert_eq!(events.len(), 1, "{reasons:?}");
    assert!(reasons.iter().any(|reason| reason.contains("cut off")));
}

#[test]
fn a_damaged_chunk_leaves_the_next_alone() {
    let good = log();
    let mut bad = good.clone();
    bad[HEADER] = b'x';
    bad.extend_from_slice(&good[HEADER..]);
    let (_, events, reasons) = events(&bad);
    assert_eq!((events.len(), reasons.len()), (2, 2), "{reasons:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_bytes_are_read(bytes: Vec<u8>, marks in proptest::collection::vec((0_usize..4000, any::<u8>()), 0..8)) {
        let mut log = log();
        for (at, byte) in marks {
            log[HEADER + at] = byte;
        }
        log.truncate(HEADER + 512 + 4000);
        log.extend(bytes);
        let _ = events(&log);
    }
}
