//! The decoded parts of a message that is read again: what signatures and deeper looks
//! into attachments work on.
//!
//! Records keep of an attachment its name, size and hash. Its bytes are taken from the
//! evidence when somebody asks: [`content`] gives the message that a stored range holds,
//! [`parts`] decodes it. Of stores without such bytes (PST, MSG) the reader hands on the
//! attachments' bytes where it is asked to: see
//! [`Member::keep_content`](demarche_core::source::Member::keep_content).

use demarche_core::MessageUid;

use super::body::Body;
use super::header::Headers;
use super::{canonical, mime};
use crate::outlook::tnef;

/// A decoded part of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Place among the message's parts, from 1, those of attached messages counted.
    pub number: usize,
    /// File name as stated; may be empty.
    pub name: String,
    /// As stated, lower case.
    pub content_type: String,
    /// Whether it belongs to a message attached to this one.
    pub nested: bool,
    /// Transfer encoding undone; text is in the charset it came in.
    pub bytes: Vec<u8>,
}

/// The RFC 5322 bytes of the message `uid` that a cited range holds: as it stands, or
/// with the quoting of mbox undone. `None` when it is neither: the range holds another
/// message, or it was stored by other rules.
#[must_use]
pub fn content(raw: &[u8], uid: &MessageUid) -> Option<Vec<u8>> {
    let is = |bytes: &[u8]| canonical::uid(&canonical::normalise(bytes)) == *uid;
    let unquoted = canonical::unquote(raw);
    if is(&unquoted) {
        return Some(unquoted.into_owned());
    }
    is(raw).then(|| raw.to_vec())
}

/// Calls `visit` for every part of a message that has no parts of its own, in order; of
/// `winmail.dat` also for each attachment in it. Returns what could not be read.
///
/// Memory holds one part at a time, and of TNEF what it decodes to.
pub fn parts(content: &[u8], visit: &mut dyn FnMut(Part)) -> Vec<String> {
    let normal = canonical::normalise(content);
    let mut number = 0;
    let mut inner_problems = Vec::new();
    let mut problems = mime::walk(&Headers::parse(&normal), &mut |leaf| {
        let bytes = leaf.bytes().into_owned();
        let mut packed = Body::keeping(true);
        if tnef::is_tnef(&bytes) {
            inner_problems.extend(tnef::read(&bytes, &mut packed));
        }
        number += 1;
        visit(Part {
            number,
            name: leaf.name.clone(),
            content_type: leaf.content_type.clone(),
            nested: leaf.nested,
            bytes,
        });
        for inner in packed.attachments() {
            number += 1;
            visit(Part {
                number,
                name: inner.name.clone(),
                content_type: inner.content_type.clone(),
                nested: leaf.nested,
                bytes: inner.content.clone().unwrap_or_default(),
            });
        }
    });
    problems.extend(inner_problems);
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL: &str = "From: a@b.example\nContent-Type: multipart/mixed; boundary=B\n\n--B\n\n\
        From here\n--B\nContent-Type: application/x; name=a.bin\n\
        Content-Transfer-Encoding: base64\n\naGk=\n--B--\n";

    #[test]
    fn parts_are_decoded_in_order() {
        let mut all = Vec::new();
        assert_eq!(parts(MAIL.as_bytes(), &mut |part| all.push(part)), Vec::<String>::new());
        assert_eq!((all.len(), all[0].number, all[1].number), (2, 1, 2));
        assert_eq!((all[1].name.as_str(), &all[1].bytes[..]), ("a.bin", &b"hi"[..]));
    }

    #[test]
    fn a_range_gives_the_message_of_that_uid_or_none() {
        let uid = canonical::uid(&canonical::normalise(MAIL.as_bytes()));
        assert_eq!(content(MAIL.as_bytes(), &uid).as_deref(), Some(MAIL.as_bytes()));
        let quoted = MAIL.replace("From here", ">From here");
        assert_eq!(content(quoted.as_bytes(), &uid).as_deref(), Some(MAIL.as_bytes()));
        assert_eq!(content(b"From: x@y.example\n\nother\n", &uid), None);
    }
}
