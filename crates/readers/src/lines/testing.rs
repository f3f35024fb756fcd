//! What reader tests share: bytes in, records and anomalies out.

use std::io::Read;

use demarche_core::source::Member;
use demarche_core::{Anomaly, Event, EvidenceRef, Record, SourceId};

use crate::read_member;

/// Gives out bytes in pieces of at most `step`, so that every seam is met.
pub(crate) struct Drip<'b> {
    pub(crate) bytes: &'b [u8],
    pub(crate) step: usize,
}

impl Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.step.min(buffer.len()).min(self.bytes.len());
        buffer[..n].copy_from_slice(&self.bytes[..n]);
        self.bytes = &self.bytes[n..];
        Ok(n)
    }
}

/// A member named `test` of `bytes`.
pub(crate) fn member(bytes: &[u8]) -> Member<'_> {
    Member::new(SourceId::default(), "test".into(), Box::new(bytes)).unwrap()
}

/// What [`read_member`] makes of `bytes`: the format's name, records, anomalies. Checks
/// that each record's evidence cites the bytes it says.
pub(crate) fn read(bytes: &[u8]) -> (Option<&'static str>, Vec<Record>, Vec<Anomaly>) {
    let mut records = Vec::new();
    let mut anomalies = Vec::new();
    let mut emit = |record: Record| match record {
        Record::Anomaly(anomaly) => anomalies.push(*anomaly),
        other => records.push(other),
    };
    let (name, _) = read_member(&mut member(bytes), &mut emit);
    for anomaly in &anomalies {
        if anomaly.evidence.length > 0 {
            cited(bytes, &anomaly.evidence);
        }
    }
    (name, records, anomalies)
}

/// [`read`] where all records are calls, each in a line with what it cites; then the
/// anomalies.
pub(crate) fn calls(bytes: &[u8]) -> (Option<&'static str>, Vec<String>) {
    let (name, records, anomalies) = read(bytes);
    let shown: Vec<String> = records
        .into_iter()
        .map(|record| {
            let Record::Call(c) = record else { panic!("{record:?}") };
            assert!(!cited(bytes, &c.evidence).is_empty() && c.call_uid.len() == 35);
            let time = c.time.map_or("-".into(), |t| t.to_string());
            let (at, len) = (c.evidence.offset, c.evidence.length);
            format!(
                "{at}+{len} {time} {} -> {} {}s {}s {} {}",
                c.caller,
                c.callee,
                c.duration_seconds,
                c.billed_seconds,
                c.disposition,
                c.unique_id
            )
        })
        .collect();
    let said = anomalies
        .iter()
        .map(|a| format!("! {}+{} {}", a.evidence.offset, a.evidence.length, a.reason));
    (name, shown.into_iter().chain(said).collect())
}

/// [`read`] where all records are events; also checks what they cite. The reasons only
/// of anomalies.
pub(crate) fn events(bytes: &[u8]) -> (Option<&'static str>, Vec<Event>, Vec<String>) {
    let (name, records, anomalies) = read(bytes);
    let events = records
        .into_iter()
        .map(|record| match record {
            Record::Event(event) => {
                assert!(!cited(bytes, &event.evidence).is_empty());
                *event
            }
            other => panic!("{other:?}"),
        })
        .collect();
    (name, events, anomalies.into_iter().map(|anomaly| anomaly.reason).collect())
}

/// The bytes that `evidence` cites of a member of `bytes`; fails when the hash differs.
pub(crate) fn cited<'b>(bytes: &'b [u8], evidence: &EvidenceRef) -> &'b [u8] {
    let start = usize::try_from(evidence.offset).unwrap();
    let slice = &bytes[start..][..usize::try_from(evidence.length).unwrap()];
    assert_eq!(demarche_core::id::sha256_hex(slice), evidence.sha256);
    slice
}

/// What [`read_member`] makes of the members of a corpus file that `format` took:
/// events, their uids, reasons of anomalies. `None`, said aloud, where the corpus is
/// not at hand.
#[allow(clippy::print_stderr)] // a skipped test says so
pub(crate) fn corpus_events(
    file: &str,
    format: &str,
) -> Option<(usize, std::collections::BTreeSet<String>, Vec<String>)> {
    use demarche_core::source::{Limits, hash_file, walk};
    let folder = std::env::var_os("DEMARCHE_CORPUS").map_or_else(
        || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"),
        Into::into,
    );
    let path = folder.join(file);
    if !path.exists() {
        eprintln!("skipped: no {}", path.display());
        return None;
    }
    let source = hash_file(&path).unwrap().id;
    let (mut count, mut uids, mut reasons) = (0, std::collections::BTreeSet::new(), Vec::new());
    let problems = walk(&path, file, &source, &Limits::default(), &mut |mut member| {
        let mut records = Vec::new();
        let (name, _) = read_member(&mut member, &mut |record| records.push(record));
        if name != Some(format) {
            return;
        }
        for record in records {
            match record {
                Record::Event(event) => {
                    assert!(event.time.is_some() && !event.operation.is_empty());
                    assert!(!event.record_id.is_empty());
                    count += 1;
                    uids.insert(event.event_uid);
                }
                Record::Anomaly(anomaly) => reasons.push(anomaly.reason),
                other => panic!("{other:?}"),
            }
        }
    })
    .unwrap();
    assert!(problems.is_empty());
    Some((count, uids, reasons))
}
