//! What reader tests share: bytes in, records and anomalies out.

use std::io::Read;

use demarche_core::source::Member;
use demarche_core::{Anomaly, EvidenceRef, Record, SourceId};

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

/// The bytes that `evidence` cites of a member of `bytes`; fails when the hash differs.
pub(crate) fn cited<'b>(bytes: &'b [u8], evidence: &EvidenceRef) -> &'b [u8] {
    let start = usize::try_from(evidence.offset).unwrap();
    let slice = &bytes[start..][..usize::try_from(evidence.length).unwrap()];
    assert_eq!(demarche_core::id::sha256_hex(slice), evidence.sha256);
    slice
}
