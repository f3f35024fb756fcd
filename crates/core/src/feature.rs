//! What is computed from one message alone, once and versioned, so that a better
//! analysis never needs evidence that is no longer at hand.

use serde::{Deserialize, Serialize};

use crate::{MessageUid, UrlPlace};

/// A URL taken apart into what a template is made of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UrlFeature {
    /// The URL as it stood.
    pub url: String,
    /// Where it stood.
    pub place: UrlPlace,
    /// Host, lower case, ASCII.
    pub host: String,
    /// Registrable domain by the public suffix list; the host when there is none.
    pub domain: String,
    /// Host, path shape and sorted parameter names, variable pieces replaced by their
    /// class: `t.example.org/o/{hex32}.gif?u={num}`. Two mails of one burst share it.
    /// Classes: `{email}`, `{emailb64}`, `{emailhex}`, `{uuid}`, `{date}`, `{num}`,
    /// `{hexN}` and `{idN}` with their length, `{b64}` from 12 characters on; of parameter
    /// values also `{url}`, `{text}` and `{word}`.
    pub template: String,
    /// The template without the host: what survives a change of domain.
    pub grammar: String,
    /// The variable pieces, in order: candidates for a recipient's token. Dates are
    /// variable but not among them; every value of a parameter is. At most 40.
    pub tokens: Vec<String>,
}

/// Features of one message, version 1 (`features/mail/v1`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailFeatures {
    /// Whose.
    pub message_uid: MessageUid,
    /// Registrable domain of the `From` address.
    pub from_domain: String,
    /// URLs, without those to pure documentation schemes; at most 200.
    pub urls: Vec<UrlFeature>,
    /// 64 `u32` MinHash values over word 3-shingles of the text, signature and quoted
    /// lines removed; empty for texts under 12 words.
    pub minhash: Vec<u32>,
    /// Words of the text that `minhash` covers.
    pub words: u32,
    /// Hash of the HTML tag skeleton (tags and nesting, repeated runs folded, text and
    /// attribute values gone); empty without HTML.
    pub skeleton: String,
    /// Elements in the skeleton.
    pub skeleton_tags: u32,
    /// Hash of the author-side header names in order (transport headers left out).
    pub header_order: String,
    /// `Message-ID` shape: classes and lengths of its runs, domain left out.
    pub message_id_shape: String,
    /// Shape of the first MIME boundary; empty when not multipart.
    pub boundary_shape: String,
    /// `X-Mailer` or `User-Agent`, digits folded to `0`; empty when absent.
    pub mailer: String,
    /// Bulk markers seen, lower case, sorted: `list-id`, `list-unsubscribe`,
    /// `feedback-id`, `precedence`, `auto-submitted`.
    pub bulk_markers: Vec<String>,
    /// Whether it answers an earlier mail (`In-Reply-To` or `References`).
    pub is_reply: bool,
    /// Address of the host that handed the mail to the institution: of the topmost
    /// `Received` field whose `from` clause names a public address, hops inside one
    /// provider's network left out.
    pub origin_ip: String,
    /// Name that host gave (`HELO`), lower case.
    pub origin_host: String,
    /// DKIM signing domains (`d=`), lower case.
    pub dkim_domains: Vec<String>,
    /// Subject without reply and forward prefixes, lower case, white space folded.
    pub subject_key: String,
    /// Words of the display name and of the signature's first lines, lower case, that
    /// may claim an outlet or office: at most 40.
    pub persona_words: Vec<String>,
    /// Domains the mail shows (link texts, mail addresses and sites written in the
    /// text) whose registrable domain differs from `from_domain`; at most 20.
    pub claimed_domains: Vec<String>,
    /// Whether the display name contains characters that mix scripts or imitate
    /// others (Unicode UTS 39).
    pub confusable_name: bool,
}
