//! One message's bytes to its record.

use demarche_core::id::sha256_hex;
use demarche_core::{Attachment, EvidenceRef, Message};

use super::address::{self, Mailbox};
use super::header::{Headers, MAX_HEADERS, unfold};
use super::mime::{self, Leaf};
use super::urls::{MAX_URL, MAX_URLS, Urls};
use super::{canonical, charset, date, encoded_word, html, language};

/// Bytes of decoded text kept.
const MAX_TEXT: usize = 1 << 20;
/// Bytes of decoded HTML kept, and read for text and URLs.
const MAX_HTML: usize = 2 << 20;

/// Fields that say where a mail was delivered to, in the record's order.
const DELIVERY_FIELDS: [&str; 5] =
    ["delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to"];

/// Reads a message. `content` is its bytes without mbox quoting, `evidence` cites them
/// as they stand. Returns the record and what could not be read, or looks wrong.
pub(super) fn read(content: &[u8], folder: &str, evidence: EvidenceRef) -> (Message, Vec<String>) {
    let normal = canonical::normalise(content);
    let headers = Headers::parse(&normal);
    let mut problems = Vec::new();
    if headers.fields.is_empty() {
        problems.push("no header field could be read".to_owned());
    }
    if headers.cut {
        problems.push(format!("headers exceed {} KiB: cut", MAX_HEADERS >> 10));
    }
    let mut message = from_headers(&headers);
    message.message_uid = canonical::uid(&normal);
    folder.clone_into(&mut message.folder);
    message.size = evidence.length;
    message.evidence = evidence;

    let mut body = Body::default();
    problems.extend(mime::walk(&headers, &mut |leaf| body.take(leaf)));
    body.finish(&mut message, &mut problems);
    message.language = language::detect(&message.text);
    (message, problems)
}

fn from_headers(headers: &Headers<'_>) -> Message {
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

/// What a message's parts add up to.
#[derive(Default)]
struct Body {
    texts: Vec<Text>,
    html: String,
    urls: Urls,
    attachments: Vec<Attachment>,
    html_cut: bool,
    text_cut: bool,
}

/// The text of one part.
struct Text {
    alternative: Option<usize>,
    from_html: bool,
    text: String,
}

impl Body {
    /// Text parts of the message itself make its text; everything else, and all of a
    /// nested message, is an attachment. A nested message's text and URLs are not the
    /// sender's: who forwards a phish as an attachment did not write its links.
    fn take(&mut self, leaf: &Leaf<'_>) {
        let bytes = leaf.bytes();
        let shown = leaf.inline && !leaf.nested;
        match &*leaf.content_type {
            "text/plain" | "text/html" if leaf.nested && leaf.name.is_empty() => {}
            "text/html" if shown => self.html(leaf, &bytes),
            "text/plain" | "text/enriched" | "text/richtext" if shown => {
                let (text, cut) = decode(&bytes, &leaf.charset, MAX_TEXT);
                self.text_cut |= cut;
                self.urls.push_text(&text);
                self.texts.push(Text { alternative: leaf.alternative, from_html: false, text });
            }
            _ => self.attachments.push(Attachment {
                name: leaf.name.clone(),
                content_type: leaf.content_type.clone(),
                size: bytes.len() as u64,
                sha256: sha256_hex(&bytes),
            }),
        }
    }

    fn html(&mut self, leaf: &Leaf<'_>, bytes: &[u8]) {
        let named = match &*leaf.charset {
            "" => charset::of_html(bytes).unwrap_or_default(),
            charset => charset.to_owned(),
        };
        let room = MAX_HTML.saturating_sub(self.html.len());
        let (part, cut) = decode(bytes, &named, room);
        self.html_cut |= cut;
        let mut text = String::new();
        html::read(&part, &mut text, &mut self.urls);
        self.texts.push(Text { alternative: leaf.alternative, from_html: true, text });
        if !self.html.is_empty() && !part.is_empty() {
            self.html.push('\n');
        }
        self.html.push_str(&part);
    }

    /// Of alternatives the plain text is taken when it says anything, else the HTML.
    fn finish(mut self, message: &mut Message, problems: &mut Vec<String>) {
        let plain: Vec<usize> = self
            .texts
            .iter()
            .filter(|text| !text.from_html && !text.text.trim().is_empty())
            .filter_map(|text| text.alternative)
            .collect();
        for part in &self.texts {
            let other = part.alternative.is_some_and(|group| plain.contains(&group));
            if part.from_html && other || part.text.trim().is_empty() {
                continue;
            }
            if !message.text.is_empty() && !message.text.ends_with('\n') {
                message.text.push('\n');
            }
            message.text.push_str(&part.text);
        }
        self.text_cut |= truncate(&mut message.text, MAX_TEXT);
        if self.text_cut {
            problems.push(format!("text exceeds {} MiB: cut", MAX_TEXT >> 20));
        }
        if self.html_cut {
            problems.push(format!("html exceeds {} MiB: cut", MAX_HTML >> 20));
        }
        if self.urls.dropped > 0 {
            let dropped = self.urls.dropped;
            problems.push(format!("more than {MAX_URLS} urls: {dropped} left out"));
        }
        if self.urls.cut > 0 {
            problems.push(format!("urls longer than {} KiB: {} cut", MAX_URL >> 10, self.urls.cut));
        }
        message.html = self.html;
        message.urls = self.urls.seen;
        message.attachments = self.attachments;
    }
}

/// Decodes at most about `most` bytes of text; says whether there was more.
fn decode(bytes: &[u8], label: &str, most: usize) -> (String, bool) {
    // No charset makes text of more than four times its bytes shorter than `most`.
    let look = &bytes[..bytes.len().min(most.saturating_mul(4))];
    let label = Some(label).filter(|label| !label.is_empty());
    let mut text = charset::decode(look, label).into_owned();
    if text.contains('\0') {
        text = text.replace('\0', "\u{fffd}");
    }
    let cut = truncate(&mut text, most);
    (text, cut || look.len() < bytes.len())
}

fn truncate(text: &mut String, most: usize) -> bool {
    let cut = text.len() > most;
    text.truncate(text.floor_char_boundary(most));
    cut
}
