//! One message's bytes to its record.

use demarche_core::{EvidenceRef, Message};

use super::address::{self, Mailbox};
use super::body::Body;
use super::header::{Headers, MAX_HEADERS, unfold};
use super::{canonical, charset, date, encoded_word, mime, signature};

/// Fields that say where a mail was delivered to, in the record's order.
const DELIVERY_FIELDS: [&str; 5] =
    ["delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to"];

/// Reads a message. `content` is its bytes without mbox quoting, `evidence` cites them
/// as they stand. Returns the record and what could not be read, or looks wrong.
/// Attachments have their bytes where `keeps`.
pub(super) fn read(
    content: &[u8],
    folder: &str,
    evidence: EvidenceRef,
    keeps: bool,
) -> (Message, Vec<String>) {
    let normal = canonical::normalise(content);
    let headers = Headers::parse(&normal);
    let mut problems = header_problems(&headers);
    let mut message = from_headers(&headers);
    message.message_uid = canonical::uid(&normal);
    folder.clone_into(&mut message.folder);
    message.size = evidence.length;
    message.evidence = evidence;
    message.authentication = signature::read(&headers, Some(headers.body)).map(Box::new);

    let mut body = Body::keeping(keeps);
    problems.extend(mime::walk(&headers, &mut |leaf| body.take(leaf)));
    body.finish(&mut message, &mut problems);
    (message, problems)
}

/// What is wrong with a header block.
pub(super) fn header_problems(headers: &Headers<'_>) -> Vec<String> {
    let mut problems = Vec::new();
    if headers.fields.is_empty() {
        problems.push("no header field could be read".to_owned());
    }
    if headers.cut {
        problems.push(format!("headers exceed {} KiB: cut", MAX_HEADERS >> 10));
    }
    problems
}

/// The record as far as its header tells.
pub(super) fn from_headers(headers: &Headers<'_>) -> Message {
    let addresses = |name: &str| -> Vec<String> {
        let mut all = Vec::new();
        for value in headers.all(name) {
            for address in address::addresses(&unfold(value)) {
                if !all.contains(&address) || all.len() > 200 {
                    all.push(address);
                }
            }
        }
        all
    };
    let first = |name: &str| -> Mailbox {
        let value = headers.first(name).map(unfold).unwrap_or_default();
        let mut all = address::mailboxes(&value);
        let at = all.iter().position(|mailbox| !mailbox.address.is_empty()).unwrap_or(0);
        if all.is_empty() { Mailbox::default() } else { all.swap_remove(at) }
    };
    let ids = |name: &str| -> Vec<String> {
        headers.first(name).map(|value| address::message_ids(&unfold(value))).unwrap_or_default()
    };
    let from = first("from");
    let date_text: String = headers.text("date").chars().take(200).collect();
    let sent = date::parse(&date_text);
    let received = headers
        .first("received")
        .and_then(|value| date::of_received(&charset::decode(&unfold(value), None)));
    Message {
        message_id: headers
            .first("message-id")
            .map(|value| message_id(&unfold(value)))
            .unwrap_or_default(),
        from: from.address,
        from_name: from.name,
        sender: first("sender").address,
        reply_to: addresses("reply-to"),
        return_path: first("return-path").address,
        to: addresses("to"),
        cc: [addresses("cc"), addresses("bcc")].concat(),
        delivered_to: DELIVERY_FIELDS.iter().flat_map(|name| addresses(name)).collect(),
        date: sent.map(|date| date.time),
        date_offset_minutes: sent.and_then(|date| date.offset_minutes),
        date_text,
        received,
        subject: headers
            .first("subject")
            .map(|value| encoded_word::decode(&unfold(value)))
            .unwrap_or_default(),
        in_reply_to: ids("in-reply-to"),
        references: ids("references"),
        headers: String::from_utf8_lossy(headers.block).into_owned(),
        ..Message::default()
    }
}

/// The first id, or what stands there in place of one.
fn message_id(value: &[u8]) -> String {
    address::message_ids(value).into_iter().next().unwrap_or_else(|| {
        String::from_utf8_lossy(value).trim_matches(['<', '>', ' ']).chars().take(998).collect()
    })
}
