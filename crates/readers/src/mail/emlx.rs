//! Apple Mail's `.emlx`: a line with the message's length, the message, a property list
//! with flags and the time it came in.
//!
//! Undocumented by Apple; as described at
//! <https://docs.fileformat.com/email/emlx/> and by what Mail writes. The message's bytes
//! are cited, without the two other parts. `.partial.emlx` is the same with attachments
//! left out: they lie in files beside it and are read as such.

use std::io::Read;

use demarche_core::Record;
use demarche_core::source::Member;
use memchr::memchr;

use super::{MAX_MESSAGE, folder, message, pass_by, sniff};
use crate::registry::{ReadError, Sink};

/// Longest property list that is taken for one.
const MAX_PLIST: usize = 1 << 20;

/// The stated length, and that of the line it stands on.
fn length_line(prefix: &[u8]) -> Option<(usize, usize)> {
    let end = memchr(b'\n', &prefix[..prefix.len().min(32)])?;
    let digits = std::str::from_utf8(&prefix[..end]).ok()?.trim();
    let good =
        !digits.is_empty() && digits.len() <= 10 && digits.bytes().all(|b| b.is_ascii_digit());
    Some((digits.parse().ok().filter(|_| good)?, end + 1))
}

/// A number on a line of its own, then a message.
pub(super) fn is_emlx(prefix: &[u8]) -> bool {
    length_line(prefix).is_some_and(|(_, line)| sniff::is_eml(&prefix[line..]))
}

/// Reads the message of a member.
pub(super) fn read(member: &mut Member<'_>, sink: &mut Sink<'_>) -> Result<(), ReadError> {
    let Some((stated, line)) = length_line(member.prefix()) else {
        return Err(ReadError::Malformed("no length line".to_owned()));
    };
    let mut all = Vec::new();
    let most = line + MAX_MESSAGE + MAX_PLIST;
    let result = member.by_ref().take(most as u64 + 1).read_to_end(&mut all);
    let mut reasons = Vec::new();
    let mut end = line + stated.min(MAX_MESSAGE);
    if stated > MAX_MESSAGE && all.len() > end {
        let rest = all.split_off(end);
        let evidence = pass_by(member, end as u64, &rest);
        sink.anomaly(evidence, "this rest of the message is not read");
        reasons.push(format!("message exceeds {} MiB: the rest is not read", MAX_MESSAGE >> 20));
    }
    if let Err(error) = &result {
        reasons.push(format!("message broken off: {error}"));
    }
    if end > all.len() {
        if result.is_ok() {
            let have = all.len() - line;
            reasons.push(format!("message of {have} bytes where {stated} are stated"));
        }
        end = all.len();
    }
    let raw = &all[line..end];
    let evidence = member.cite(line as u64, raw);
    let folder = folder::of(member.path(), true);
    let (message, problems) = message::read(raw, &folder, evidence, member.keeps_content());
    for reason in reasons.into_iter().chain(problems) {
        sink.anomaly(message.evidence.clone(), reason);
    }
    sink.record(Record::Message(Box::new(message)));
    let rest = all.split_off(end);
    let plist = rest.trim_ascii_start();
    if !plist.is_empty() && !is_plist(plist) {
        let evidence = pass_by(member, end as u64, &rest);
        sink.anomaly(evidence, "what follows the stated length is no property list");
    }
    Ok(())
}

fn is_plist(bytes: &[u8]) -> bool {
    bytes.len() <= MAX_PLIST
        && (bytes.starts_with(b"<?xml")
            || bytes.starts_with(b"<plist")
            || bytes.starts_with(b"bplist"))
        && (bytes.starts_with(b"bplist") || bytes.trim_ascii_end().ends_with(b"</plist>"))
}

#[cfg(test)]
mod tests {
    use demarche_core::Record;

    use crate::lines::testing::{cited, read};

    const MAIL: &str = "From: a@b.example\nTo: c@d.example\nSubject: x\n\nhello\n";
    const PLIST: &str = "<?xml version=\"1.0\"?>\n<plist><dict/></plist>\n";

    fn emlx(length: usize, rest: &str) -> Vec<u8> {
        format!("{length:<10}\n{MAIL}{rest}").into_bytes()
    }

    #[test]
    fn the_message_alone_is_cited() {
        let bytes = emlx(MAIL.len(), PLIST);
        let (name, records, anomalies) = read(&bytes);
        assert_eq!((name, anomalies.len()), (Some("emlx"), 0));
        let Record::Message(message) = &records[0] else { panic!() };
        assert_eq!(cited(&bytes, &message.evidence), MAIL.as_bytes());
        let (_, records, _) = read(MAIL.as_bytes());
        let Record::Message(eml) = &records[0] else { panic!() };
        assert_eq!(eml.message_uid, message.message_uid);
    }

    #[test]
    fn a_wrong_length_is_said_and_nothing_lost() {
        let bytes = emlx(MAIL.len() - 3, PLIST);
        let (_, records, anomalies) = read(&bytes);
        assert_eq!((records.len(), anomalies.len()), (1, 1));
        let Record::Message(message) = &records[0] else { panic!() };
        let both = [cited(&bytes, &message.evidence), cited(&bytes, &anomalies[0].evidence)];
        assert_eq!(both.concat(), bytes[11..]);
        let (_, records, anomalies) = read(&emlx(MAIL.len() + 1000, ""));
        assert_eq!((records.len(), anomalies.len()), (1, 1), "{anomalies:?}");
    }

    #[test]
    fn a_number_makes_no_emlx() {
        assert_eq!(read(b"1234\nhello\n").0, None);
        assert_eq!(read(MAIL.as_bytes()).0, Some("eml"));
    }
}
