//! Nothing lost: what records and anomalies do not cite of a linear format is framing.

use demarche_core::Record;
use proptest::prelude::*;

use super::sniff;
use crate::lines::testing::{member, read};
use crate::registry::read_member;

/// Fails unless what lies between the ranges (offset, length) is what an mbox puts between
/// messages: blank lines, one `From ` line, and a byte order mark at the front.
pub(super) fn assert_framing(raw: &[u8], covered: &[(usize, usize)]) {
    let mut ranges = covered.to_vec();
    ranges.sort_unstable();
    let mut at = 0;
    for (start, length) in ranges {
        assert!(start >= at, "bytes {start} to {at} are cited twice");
        assert_gap(&raw[at..start], at == 0);
        at = start + length;
    }
    assert_gap(&raw[at..], at == 0);
}

fn assert_gap(gap: &[u8], first: bool) {
    let gap = if first { gap.strip_prefix(b"\xef\xbb\xbf").unwrap_or(gap) } else { gap };
    let blank = |bytes: &[u8]| bytes.iter().all(|b| matches!(b, b'\r' | b'\n'));
    let start = gap.iter().position(|b| !matches!(b, b'\r' | b'\n')).unwrap_or(gap.len());
    let line = &gap[start..];
    let end = memchr::memchr(b'\n', line).map_or(line.len(), |at| at + 1);
    let framing = line.is_empty() || sniff::is_from_line(line) && blank(&line[end..]);
    assert!(framing, "neither cited nor framing: {:?}", String::from_utf8_lossy(gap));
}

const MBOX: &str = "From a@b Thu Aug 22 12:36:23 2002\nTo: a@b.example\nSubject: one\n\none\n\n\
    From a@b Thu Aug 22 12:36:23 2002\nTo: a@b.example\nContent-Length: 4\n\n>From x\n\n\
    From c@d Thu Aug 22 12:36:23 2002\r\nTo: c@d.example\r\nSubject: two\r\n\r\ntwo\r\n\r\n\
    From - Thu Aug 22 12:36:23 2002\nFrom: x@y.example\nTo: c\n\nlast";

#[derive(Debug, Clone)]
enum Edit {
    Put(usize, u8),
    Cut(usize, usize),
    Double(usize, usize),
    Line(usize, &'static str),
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let lines = ["From ", "From a@b Thu Aug 22 12:36:23 2002\n", "\n\n", "\r", "To: x\n", "\n"];
    let edit = prop_oneof![
        (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Edit::Put(at, byte)),
        (any::<usize>(), 0_usize..80).prop_map(|(at, length)| Edit::Cut(at, length)),
        (any::<usize>(), 0_usize..200).prop_map(|(at, length)| Edit::Double(at, length)),
        (any::<usize>(), proptest::sample::select(lines.to_vec()))
            .prop_map(|(at, line)| Edit::Line(at, line)),
    ];
    proptest::collection::vec(edit, 0..8)
}

fn apply(mut raw: Vec<u8>, edits: &[Edit]) -> Vec<u8> {
    for edit in edits {
        let length = raw.len();
        let place = |at: usize| if length == 0 { 0 } else { at % length };
        match *edit {
            Edit::Put(at, byte) if length > 0 => raw[place(at)] = byte,
            Edit::Put(..) => {}
            Edit::Cut(at, n) => drop(raw.drain(place(at)..(place(at) + n).min(length))),
            Edit::Double(at, n) => {
                let piece = raw[place(at)..(place(at) + n).min(length)].to_vec();
                raw.splice(place(at)..place(at), piece);
            }
            Edit::Line(at, line) => drop(raw.splice(place(at)..place(at), line.bytes())),
        }
    }
    raw
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn of_an_mbox(edits in edits()) {
        let raw = apply(MBOX.as_bytes().to_vec(), &edits);
        let (name, records, _) = read(&raw);
        if name == Some("mbox") {
            let covered: Vec<_> = records
                .iter()
                .map(|record| match record {
                    Record::Message(m) => m.evidence.clone(),
                    other => panic!("{other:?}"),
                })
                .map(|e| (usize::try_from(e.offset).unwrap(), usize::try_from(e.length).unwrap()))
                .collect();
            assert_framing(&raw, &covered);
        }
    }

    /// A single message is cited whole, an `.emlx` but for its first line and its end.
    #[test]
    fn of_a_single_message(edits in edits(), stated in 0_usize..200) {
        let mail = apply(MBOX.as_bytes()[34..].to_vec(), &edits);
        for front in [String::new(), format!("{stated}\n")] {
            let raw = [front.as_bytes(), &mail].concat();
            let mut cited = 0;
            let (name, _) = read_member(&mut member(&raw), &mut |record| match record {
                Record::Message(m) => cited += m.evidence.length,
                Record::Anomaly(a) if a.reason.contains("property list") => cited += a.evidence.length,
                _ => {}
            });
            match name {
                Some("eml") => prop_assert_eq!(cited, raw.len() as u64),
                Some("emlx") => {
                    // A cut may leave a number on the first line where none was put.
                    let line = memchr::memchr(b'\n', &raw).unwrap() + 1;
                    let rest = raw.len() - line - usize::try_from(cited).unwrap();
                    let end = &raw[raw.len() - rest..];
                    prop_assert!(end.trim_ascii().is_empty(), "{:?}", end);
                }
                _ => {}
            }
        }
    }
}
