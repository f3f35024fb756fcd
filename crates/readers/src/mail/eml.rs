//! A message on its own.

use std::io::Read;

use demarche_core::Record;
use demarche_core::source::Member;

use super::{MAX_MESSAGE, folder, message, pass_by};
use crate::registry::{ReadError, Sink};

/// Reads the one message of a member.
/// A stream that breaks off is an anomaly; what had come is read.
pub(super) fn read(member: &mut Member<'_>, sink: &mut Sink<'_>) -> Result<(), ReadError> {
    let mut raw = Vec::new();
    let result = member.by_ref().take(MAX_MESSAGE as u64 + 1).read_to_end(&mut raw);
    let mut reasons = Vec::new();
    if raw.len() > MAX_MESSAGE {
        let rest = raw.split_off(MAX_MESSAGE);
        let evidence = pass_by(member, MAX_MESSAGE as u64, &rest);
        sink.anomaly(evidence, "this rest of the message is not read");
        reasons.push(format!("message exceeds {} MiB: the rest is not read", MAX_MESSAGE >> 20));
    }
    if let Err(error) = &result {
        reasons.push(format!("message broken off: {error}"));
    }
    let evidence = member.cite(0, &raw);
    let folder = folder::of(member.path(), true);
    let (message, problems) = message::read(&raw, &folder, evidence, member.keeps_content());
    for reason in reasons.into_iter().chain(problems) {
        sink.anomaly(message.evidence.clone(), reason);
    }
    sink.record(Record::Message(Box::new(message)));
    Ok(())
}
