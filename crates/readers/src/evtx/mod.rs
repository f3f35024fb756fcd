//! Windows event logs, `.evtx` (learn.microsoft.com/windows/win32/wes; the layout by
//! Joachim Metz, libevtx documentation): a header of 4 KiB, then chunks of 64 KiB, each
//! with its records in binary XML.
//!
//! Chunk by chunk: what is held is one chunk, and a damaged one does not touch the next.
//! The binary XML is decoded by the `evtx` crate, within its budgets. A record is cited as
//! it lies in the file. Records overwritten or deleted, in a chunk's slack, are not read.
//!
//! An event's `operation` is its event id, `workload` its channel; `detail` has System and
//! EventData side by side under the names that Sigma rules use (`EventID`, `Channel`,
//! `Provider_Name`, `TargetUserName`).

mod event;
mod sequence;

use std::io::Read;
use std::sync::Arc;

use ::evtx::{EvtxChunkData, ParserSettings};
use demarche_core::source::Member;
use demarche_core::{Event, Record};

use crate::lines::whole;
use crate::registry::{Format, ReadError, Sink};
use sequence::Sequence;

/// Windows event logs.
pub const EVTX: Format =
    Format { name: "evtx", sniff: |prefix| prefix.starts_with(b"ElfFile\0"), read };

const HEADER: usize = 4096;
const CHUNK: usize = 64 << 10;
/// Header of a record: magic, size, id, time.
const RECORD_HEADER: usize = 24;

fn read(member: &mut Member<'_>, sink: &mut Sink<'_>) -> Result<(), ReadError> {
    let mut chunk = vec![0; CHUNK];
    let header = fill(member, &mut chunk[..HEADER])?;
    if header < HEADER {
        return Err(ReadError::Malformed("the file's header is cut off".into()));
    }
    let settings = Arc::new(ParserSettings::new());
    let mut offset = HEADER as u64;
    let mut sequence = Sequence::default();
    loop {
        let length = fill(member, &mut chunk)?;
        if length == 0 {
            if let Some(sign) = sequence.sign() {
                sink.anomaly(whole(member), sign);
            }
            return Ok(());
        }
        if length < CHUNK {
            sink.anomaly(member.cite(offset, &chunk[..length]), "the last chunk is cut off");
            chunk[length..].fill(0);
        }
        let place = Place { bytes: &chunk, length, offset };
        read_chunk(member, sink, &place, &settings, &mut sequence);
        offset += length as u64;
    }
}

/// Reads until `buffer` is full or the stream ends.
fn fill(member: &mut Member<'_>, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match member.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// A chunk at `offset`, of which `length` bytes are of the file.
struct Place<'b> {
    bytes: &'b [u8],
    length: usize,
    offset: u64,
}

fn read_chunk(
    member: &Member<'_>,
    sink: &mut Sink<'_>,
    &Place { bytes, length, offset }: &Place<'_>,
    settings: &Arc<ParserSettings>,
    sequence: &mut Sequence,
) {
    // Windows sets files up with room for chunks to come.
    if bytes.iter().all(|byte| *byte == 0) {
        return;
    }
    let own = &bytes[..length];
    let mut data = match EvtxChunkData::new(bytes.to_vec(), false) {
        Ok(data) => data,
        Err(error) => return sink.anomaly(member.cite(offset, own), format!("no chunk: {error}")),
    };
    if !data.validate_checksum() {
        sink.anomaly(member.cite(offset, own), "the chunk's checksum does not hold");
    }
    let mut chunk = match data.parse(Arc::clone(settings)) {
        Ok(chunk) => chunk,
        Err(error) => return sink.anomaly(member.cite(offset, own), format!("chunk: {error}")),
    };
    for record in chunk.iter() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                sink.anomaly(member.cite(offset, own), format!("record not read: {error}"));
                continue;
            }
        };
        let id = record.event_record_id;
        sequence.add(id);
        let start =
            usize::try_from(record.binxml_offset).ok().and_then(|at| at.checked_sub(RECORD_HEADER));
        let Some(raw) = start.and_then(|start| raw(own, start)) else {
            sink.anomaly(member.cite(offset, own), format!("record {id} reaches past the file"));
            continue;
        };
        let evidence = member.cite_row(offset + start.unwrap_or(0) as u64, raw, id);
        let written = record.timestamp.as_microsecond();
        match record.into_json_value() {
            Ok(json) => {
                let (event, doubts) = event::event(json.data, written, raw);
                for doubt in doubts {
                    sink.anomaly(evidence.clone(), doubt);
                }
                sink.record(Record::Event(Box::new(Event { evidence, ..event })));
            }
            Err(error) => sink.anomaly(evidence, format!("record not decoded: {error}")),
        }
    }
}

/// The bytes of the record that starts at `start`, by the size in its header.
fn raw(chunk: &[u8], start: usize) -> Option<&[u8]> {
    let size = chunk.get(start..)?.get(4..8)?.try_into().ok().map(u32::from_le_bytes)?;
    chunk.get(start..)?.get(..usize::try_from(size).ok()?)
}

#[cfg(test)]
mod tests;
