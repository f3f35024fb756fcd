//! What lies inside attachments: rows of the deep tier, which is asked for by itself.

use serde::{Deserialize, Serialize};

use crate::{EvidenceRef, MessageUid};

/// Where in an attachment a URL stood. The name is the `where` of its observable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeepPlace {
    /// In a QR code of a picture.
    Qr,
    /// In a PDF: a link, an action, its text.
    Pdf,
    /// In an Office file: a link, a remote template, its text.
    Office,
    /// In the source of a macro.
    Macro,
    /// In an attached text: HTML, SVG, calendar, shortcut.
    Text,
}

impl DeepPlace {
    /// The name in tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Qr => "qr",
            Self::Pdf => "pdf",
            Self::Office => "office",
            Self::Macro => "macro",
            Self::Text => "text",
        }
    }
}

/// A URL in an attachment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DeepUrl {
    /// Absolute, at most 4 KiB.
    pub url: String,
    /// Where it stood.
    pub place: DeepPlace,
    /// The member it stood in, from the attachment on; empty for the attachment itself.
    pub member: String,
}

/// A file inside an attachment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DeepMember {
    /// Its path in the attachment.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Lower-case hex.
    pub sha256: String,
    /// Media type by content; empty when unknown.
    pub kind: String,
}

/// A module of macro source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MacroModule {
    /// Its name.
    pub name: String,
    /// The member it lies in; empty for the attachment itself.
    pub member: String,
    /// Of its source, lower-case hex.
    pub sha256: String,
    /// Names in it that Office runs by itself, as `autoopen`, sorted.
    pub runs: Vec<String>,
}

/// What an attachment holds, whatever mails it came with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deep {
    /// Media type by content; empty when unknown.
    pub kind: String,
    /// TLSH of its bytes, `T1...`, a hash of which like files have like ones; empty for
    /// what is too short or too even.
    pub tlsh: String,
    /// In the order they were found, each once for each place and member.
    pub urls: Vec<DeepUrl>,
    /// In the order they lie.
    pub members: Vec<DeepMember>,
    /// In the order they lie.
    pub macros: Vec<MacroModule>,
    /// What was not looked into, and why.
    pub problems: Vec<String>,
}

impl Deep {
    /// Takes out what a privileged mailbox must not leave in the lake: names of files and
    /// modules inside. URLs and hashes stay, as those of its mails do.
    pub fn strip_names(&mut self) {
        self.urls.iter_mut().for_each(|url| url.member.clear());
        self.members.iter_mut().for_each(|member| member.path.clear());
        for module in &mut self.macros {
            module.name.clear();
            module.member.clear();
        }
        self.problems.clear();
    }
}

/// An attachment of a source, by content. Table `features/deep`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeepAttachment {
    /// SHA-256 of its bytes, lower-case hex: `attachments[].sha256` of messages.
    pub sha256: String,
    /// File name in the first mail that has it.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// Content type as stated in that mail.
    pub content_type: String,
    /// Media type by content.
    pub kind: String,
    /// See [`Deep::tlsh`].
    pub tlsh: String,
    /// See [`Deep::urls`].
    pub urls: Vec<DeepUrl>,
    /// See [`Deep::members`].
    pub members: Vec<DeepMember>,
    /// See [`Deep::macros`].
    pub macros: Vec<MacroModule>,
    /// The first mail of the source that has it.
    pub message_uid: MessageUid,
    /// Where that mail is.
    pub evidence: EvidenceRef,
}
