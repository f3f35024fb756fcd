//! Messages of stores that keep properties and no RFC 5322 bytes (PST, MSG, TNEF): the
//! same record as of an `.eml`, with an identity of the canonical record.
//!
//! The header is the transport's where the store kept it; fields that it lacks are
//! written from the properties, so that one way reads both. The uid is of that header
//! and of the bodies and attachments, each by length and hash: never of the store's own
//! ids, which differ from copy to copy.

use demarche_core::id::sha256_hex;
use demarche_core::{EvidenceRef, Identity, Message, MessageUid, UtcMicros};

use super::body::Body;
use super::header::Headers;
use super::{canonical, message, signature};

/// A message as a store's properties tell it.
#[derive(Default)]
pub(crate) struct Draft {
    /// RFC 5322 header fields, LF or CRLF, without the blank line.
    pub(crate) header: Vec<u8>,
    /// Plain text body.
    pub(crate) plain: Option<String>,
    /// HTML body.
    pub(crate) html: Option<String>,
    /// When the store took it in, where the header does not say.
    pub(crate) received: Option<UtcMicros>,
    /// Attachments, those of attached messages included, and attached messages' text.
    pub(crate) body: Body,
    /// What could not be read, or looks wrong.
    pub(crate) problems: Vec<String>,
}

impl Draft {
    /// The record, and what could not be read or looks wrong.
    pub(crate) fn finish(mut self, folder: &str, evidence: EvidenceRef) -> (Message, Vec<String>) {
        let uid = MessageUid::of_canonical(&self.canonical());
        let header = canonical::normalise(&self.header);
        let headers = Headers::parse(&header);
        let mut problems = message::header_problems(&headers);
        problems.append(&mut self.problems);
        let mut message = message::from_headers(&headers);
        message.message_uid = uid;
        message.identity = Some(Identity::Derived);
        message.received = message.received.or(self.received);
        folder.clone_into(&mut message.folder);
        message.size = evidence.length;
        message.evidence = evidence;
        message.authentication = signature::read(&headers, None).map(Box::new);
        self.body.set_attached(false);
        if let Some(plain) = self.plain {
            self.body.plain(plain, Some(0), false);
        }
        if let Some(html) = self.html {
            self.body.html(&html, Some(0), false);
        }
        self.body.finish(&mut message, &mut problems);
        (message, problems)
    }

    /// The bytes that the identity is of, and that an attached message is listed with.
    pub(crate) fn canonical(&self) -> Vec<u8> {
        let mut out = canonical::normalise(&self.header).trim_ascii().to_vec();
        out.extend_from_slice(b"\n\n");
        for (name, text) in [("plain", &self.plain), ("html", &self.html)] {
            if let Some(text) = text {
                let text = text.replace("\r\n", "\n");
                let text = text.trim_end();
                let line = format!("{name} {} {}\n", text.len(), sha256_hex(text.as_bytes()));
                out.extend_from_slice(line.as_bytes());
            }
        }
        for attachment in self.body.attachments() {
            let line =
                format!("part {} {} {}\n", attachment.size, attachment.sha256, attachment.name);
            out.extend_from_slice(line.as_bytes());
        }
        out
    }

    /// Puts this message into `outer` as one attached to it.
    pub(crate) fn attach_to(mut self, outer: &mut Self, name: &str) {
        outer.body.attachment(name, "application/vnd.ms-outlook", &self.canonical());
        let header = canonical::normalise(&self.header);
        outer.body.original(&Headers::parse(&header));
        if let Some(plain) = self.plain.take() {
            self.body.plain(plain, Some(0), false);
        }
        if let Some(html) = self.html.take() {
            self.body.html(&html, Some(0), false);
        }
        outer.body.absorb(self.body);
        outer.problems.append(&mut self.problems);
    }
}
