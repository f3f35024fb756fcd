//! What a message's parts add up to: text, HTML, URLs, attachments.
//!
//! Text parts of the message itself make its text. Everything else is an attachment. A
//! message attached to it is one too, and is read besides: its text follows the
//! message's own behind a line that mailers put above an original they quote (so that
//! what the sender wrote can be told from what he passes on), its URLs are marked
//! [`Attached`](demarche_core::UrlPlace::Attached), its attachments are listed.

use demarche_core::id::sha256_hex;
use demarche_core::{Attachment, Message};

use super::header::Headers;
use super::mime::{self, Leaf};
use super::urls::{MAX_ATTACHED_URLS, MAX_URL, MAX_URLS, Urls};
use super::{canonical, charset, html, language};
use crate::outlook::tnef;

/// Bytes of decoded text kept.
const MAX_TEXT: usize = 1 << 20;
/// Bytes of decoded HTML kept, and read for text and URLs.
const MAX_HTML: usize = 2 << 20;
/// Attachments listed.
const MAX_ATTACHMENTS: usize = 4_000;

/// Stands above the text of an attached message.
const ORIGINAL: &str = "-----Original Message-----";

/// Gathers parts in their order.
#[derive(Default)]
pub(crate) struct Body {
    texts: Vec<Text>,
    html: String,
    urls: Urls,
    attachments: Vec<Attachment>,
    problems: Vec<String>,
    /// Bytes of HTML of attached messages read so far.
    attached_html: usize,
    attached: bool,
    /// Whether attachments keep their bytes.
    keeps: bool,
    /// Where the numbers of an absorbed message's alternatives begin.
    groups: usize,
    html_cut: bool,
    text_cut: bool,
    attachments_cut: usize,
}

/// The text of one part.
struct Text {
    /// Of several with one number, the plain ones are taken where they say anything.
    alternative: Option<usize>,
    from_html: bool,
    attached: bool,
    /// Taken only where the message has no other text of its own.
    fallback: bool,
    text: String,
}

impl Body {
    /// With the bytes of attachments, where `keeps`.
    pub(crate) fn keeping(keeps: bool) -> Self {
        Self { keeps, ..Self::default() }
    }

    /// Whether attachments keep their bytes.
    pub(crate) fn keeps(&self) -> bool {
        self.keeps
    }

    /// Takes a part of a MIME message.
    pub(super) fn take(&mut self, leaf: &Leaf<'_>) {
        let bytes = leaf.bytes();
        self.attached = leaf.nested;
        let shown = leaf.inline && (!leaf.nested || leaf.name.is_empty());
        match &*leaf.content_type {
            "text/html" if shown => {
                let named = match &*leaf.charset {
                    "" => charset::of_html(&bytes).unwrap_or_default(),
                    charset => charset.to_owned(),
                };
                let (part, cut) = decode(&bytes, &named, self.html_room());
                self.html_cut |= cut;
                self.html(&part, leaf.alternative, false);
            }
            "text/plain" | "text/enriched" | "text/richtext" if shown => {
                let (text, cut) = decode(&bytes, &leaf.charset, MAX_TEXT);
                self.text_cut |= cut;
                self.plain(text, leaf.alternative, false);
            }
            kind => {
                self.attachment(&leaf.name, kind, &bytes);
                if matches!(kind, "message/rfc822" | "message/global") {
                    self.attached = true;
                    self.original(&Headers::parse(bytes.trim_ascii_start()));
                } else if tnef::is_tnef(&bytes) {
                    // What Outlook put there is the message's own, not an attached one's.
                    let problems = tnef::read(&bytes, self);
                    self.problems.extend(problems);
                }
            }
        }
        self.attached = false;
    }

    /// Takes the parts of a MIME entity (a signed message's content, stored whole).
    pub(crate) fn mime(&mut self, bytes: &[u8]) {
        let normal = canonical::normalise(bytes);
        let problems = mime::walk(&Headers::parse(&normal), &mut |leaf| self.take(leaf));
        self.problems.extend(problems);
    }

    /// Takes over what a message attached to this one adds up to.
    pub(crate) fn absorb(&mut self, inner: Self) {
        for attachment in inner.attachments {
            if self.attachments.len() < MAX_ATTACHMENTS {
                self.attachments.push(attachment);
            } else {
                self.attachments_cut += 1;
            }
        }
        // Alternatives of two messages are not alternatives of each other.
        self.groups += 1 << 16;
        let shift = self.groups;
        self.texts.extend(inner.texts.into_iter().map(|text| Text {
            alternative: text.alternative.map(|group| group + shift),
            attached: true,
            fallback: false,
            ..text
        }));
        self.urls.set_attached(true);
        for seen in inner.urls.seen {
            if let Some(index) = self.urls.push(&seen.url, seen.place) {
                self.urls.show(index, &seen.shown);
            }
        }
        self.urls.attached_dropped += inner.urls.dropped + inner.urls.attached_dropped;
        self.urls.cut += inner.urls.cut;
        self.html_cut |= inner.html_cut;
        self.text_cut |= inner.text_cut;
        self.attachments_cut += inner.attachments_cut;
        self.problems.extend(inner.problems);
    }

    /// Says whether what comes belongs to an attached message.
    pub(crate) fn set_attached(&mut self, attached: bool) {
        self.attached = attached;
    }

    /// Announces an attached message by its header.
    pub(crate) fn original(&mut self, headers: &Headers<'_>) {
        let mut text = format!("{ORIGINAL}\n");
        for (label, name) in
            [("From", "from"), ("To", "to"), ("Cc", "cc"), ("Date", "date"), ("Subject", "subject")]
        {
            let value: String = headers.text(name).chars().take(2_000).collect();
            if !value.is_empty() {
                text.push_str(&format!("{label}: {value}\n"));
            }
        }
        text.push('\n');
        let attached = true;
        self.texts.push(Text {
            alternative: None,
            from_html: false,
            attached,
            fallback: false,
            text,
        });
    }

    /// Takes plain text.
    pub(crate) fn plain(&mut self, mut text: String, alternative: Option<usize>, fallback: bool) {
        self.text_cut |= truncate(&mut text, MAX_TEXT);
        self.urls.set_attached(self.attached);
        self.urls.push_text(&text);
        let attached = self.attached;
        self.texts.push(Text { alternative, from_html: false, attached, fallback, text });
    }

    /// Takes HTML.
    pub(crate) fn html(&mut self, part: &str, alternative: Option<usize>, fallback: bool) {
        let room = self.html_room();
        self.html_cut |= part.len() > room;
        let part = &part[..part.floor_char_boundary(room)];
        let mut text = String::new();
        self.urls.set_attached(self.attached);
        html::read(part, &mut text, &mut self.urls);
        let attached = self.attached;
        self.texts.push(Text { alternative, from_html: true, attached, fallback, text });
        if self.attached {
            self.attached_html += part.len();
            return;
        }
        if !self.html.is_empty() && !part.is_empty() {
            self.html.push('\n');
        }
        self.html.push_str(part);
    }

    fn html_room(&self) -> usize {
        MAX_HTML.saturating_sub(if self.attached { self.attached_html } else { self.html.len() })
    }

    /// Takes a part that is not text.
    pub(crate) fn attachment(&mut self, name: &str, content_type: &str, bytes: &[u8]) {
        if self.attachments.len() >= MAX_ATTACHMENTS {
            self.attachments_cut += 1;
            return;
        }
        self.attachments.push(Attachment {
            name: name.chars().filter(|c| !c.is_control()).take(255).collect(),
            content_type: content_type.to_lowercase(),
            size: bytes.len() as u64,
            sha256: sha256_hex(bytes),
            content: self.keeps.then(|| bytes.to_vec()),
        });
    }

    /// The attachments so far.
    pub(crate) fn attachments(&self) -> &[Attachment] {
        &self.attachments
    }

    /// Of alternatives the plain text is taken when it says anything, else the HTML.
    pub(super) fn finish(mut self, message: &mut Message, problems: &mut Vec<String>) {
        let own = self.join(false);
        let mut text = own;
        message.language = language::detect(&text);
        let attached = self.join(true);
        if !attached.is_empty() {
            if text.is_empty() {
                message.language = language::detect(&attached);
            } else if !text.ends_with('\n') {
                text.push('\n');
            }
            text.push_str(&attached);
        }
        self.text_cut |= truncate(&mut text, MAX_TEXT);
        message.text = text;
        problems.append(&mut self.problems);
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
        if self.urls.attached_dropped > 0 {
            let dropped = self.urls.attached_dropped;
            problems.push(format!(
                "more than {MAX_ATTACHED_URLS} urls in attached messages: {dropped} left out"
            ));
        }
        if self.urls.cut > 0 {
            problems.push(format!("urls longer than {} KiB: {} cut", MAX_URL >> 10, self.urls.cut));
        }
        if self.attachments_cut > 0 {
            let cut = self.attachments_cut;
            problems.push(format!("more than {MAX_ATTACHMENTS} attachments: {cut} left out"));
        }
        message.html = self.html;
        message.urls = self.urls.seen;
        message.attachments = self.attachments;
    }

    /// The text of the message itself, or of the messages attached to it.
    fn join(&self, attached: bool) -> String {
        let texts = || {
            let said = |text: &&Text| text.attached == attached && !text.text.trim().is_empty();
            self.texts.iter().filter(said)
        };
        let plain: Vec<usize> =
            texts().filter(|text| !text.from_html).filter_map(|text| text.alternative).collect();
        let enough = texts().any(|text| !text.fallback);
        let mut out = String::new();
        for part in texts() {
            let other = part.alternative.is_some_and(|group| plain.contains(&group));
            if part.from_html && other || part.fallback && enough && !attached {
                continue;
            }
            if !out.is_empty() && !out.ends_with('\n') {
                out.push('\n');
            }
            out.push_str(&part.text);
            if out.len() > MAX_TEXT {
                break;
            }
        }
        out
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
