//! What the readers of call records share.

use demarche_core::id::short_hash;
use demarche_core::{Call, EvidenceRef, Record, UtcMicros};

use crate::registry::Sink;
use crate::timestamp::{Stamp, Times};

/// A call as read, with its time as logged and what is doubtful in it.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) call: Call,
    pub(super) started: Stamp,
    pub(super) doubts: Vec<&'static str>,
}

impl Read {
    /// Hands the call on under `evidence`; its uid is of the format and the cited bytes.
    pub(super) fn hand_on(
        self,
        evidence: EvidenceRef,
        bytes: &[u8],
        format: &str,
        times: &mut Times,
        sink: &mut Sink<'_>,
    ) {
        for doubt in self.doubts {
            sink.anomaly(evidence.clone(), doubt);
        }
        let time = times.take(self.started, &evidence);
        let call_uid = format!("c1:{}", short_hash(&[format.as_bytes(), bytes]));
        sink.record(Record::Call(Box::new(Call { call_uid, time, evidence, ..self.call })));
    }
}

/// A whole number; empty is 0, anything else is 0 and a doubt.
pub(super) fn number(text: &str, doubt: &'static str, doubts: &mut Vec<&'static str>) -> i64 {
    if text.is_empty() {
        return 0;
    }
    text.parse().unwrap_or_else(|_| {
        doubts.push(doubt);
        0
    })
}

/// `2024-03-01 08:00:00`, with a zone or without one.
pub(super) fn stamp(text: &str) -> Stamp {
    match UtcMicros::parse(text) {
        Ok(time) if text.len() >= 19 => {
            let zoned = text.ends_with(['Z', 'z'])
                || text.get(11..).is_some_and(|t| t.contains(['+', '-']));
            if zoned { Stamp::Utc(time) } else { Stamp::Local(time) }
        }
        _ => Stamp::Absent,
    }
}
