//! What a message's own signatures and the stamps of the servers it passed say: DKIM
//! (RFC 6376), ARC (RFC 8617) and `Authentication-Results` (RFC 8601).
//!
//! Body hashes need nothing but the message. Signatures need the signer's key as the DNS
//! held it when the message was sent: they are checked where passive DNS tells it, and
//! never against today's key or clock.

use serde::{Deserialize, Serialize};

use crate::UtcMicros;

/// What came of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// It holds.
    Pass,
    /// It does not.
    Fail,
    /// The signature says that it had expired at the message's own time.
    Expired,
    /// Keys of that name are known, none of them at the message's own time.
    NoKeyThen,
    /// The key was withdrawn at the message's own time (an empty `p=`).
    Revoked,
    /// The signature lacks a field it must have, or contradicts itself.
    Malformed,
    /// An algorithm, canonicalisation or key that is not read here: RSA keys under 1,024
    /// bits among them.
    Unsupported,
    /// Does not hold over the header as it is stored, which is cut or was not UTF-8: the
    /// source's own bytes may say otherwise.
    NotKept,
}

/// A `DKIM-Signature`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DkimSignature {
    /// Signing domain (`d=`), lower case.
    pub domain: String,
    /// Selector (`s=`): the key lies at `selector._domainkey.domain`.
    pub selector: String,
    /// Algorithm (`a=`), lower case.
    pub algorithm: String,
    /// Names of the signed header fields (`h=`), lower case, in order.
    pub headers: Vec<String>,
    /// When it says it was made (`t=`).
    pub signed: Option<UtcMicros>,
    /// Until when it says it holds (`x=`).
    pub expires: Option<UtcMicros>,
    /// Bytes of the body it covers (`l=`), where it does not cover all: anybody may have
    /// written what follows.
    pub body_length: Option<u64>,
    /// Whether the body is the one that was signed; absent where a store keeps no body
    /// bytes.
    pub body_hash: Option<Check>,
    /// Whether the key's owner signed the header fields and the body hash stated with them;
    /// absent where no key is known. Only with a body hash that holds did he sign the mail.
    pub signature: Option<Check>,
    /// `dns_uid` of the key that was used; empty when none was.
    pub key: String,
}

/// One set of an ARC chain: what a server that passed the mail on vouches for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArcSet {
    /// Its number in the chain (`i=`), from 1.
    pub instance: u32,
    /// What the server says of the chain before it (`cv=`): `none`, `pass`, `fail`.
    pub chain: String,
    /// Domain of its seal, lower case.
    pub domain: String,
    /// Selector of its seal.
    pub selector: String,
    /// When it says it was sealed (`t=`).
    pub sealed: Option<UtcMicros>,
    /// What the server had checked itself: its `ARC-Authentication-Results`, white space
    /// folded, at most 1,000 characters.
    pub results: String,
    /// Whether the body is the one its message signature was made of. A later server may
    /// have changed it honestly.
    pub body_hash: Option<Check>,
    /// Its message signature; absent where no key is known.
    pub signature: Option<Check>,
    /// Its seal over this set and all before it; absent where no key is known.
    pub seal: Option<Check>,
}

/// One result of an `Authentication-Results` field. Whoever sends a mail can write such a
/// field: only those of the institution's own servers count.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthenticationResult {
    /// Who says so (`authserv-id`), lower case.
    pub server: String,
    /// `spf`, `dkim`, `dmarc`, `arc`...
    pub method: String,
    /// `pass`, `fail`, `none`..., lower case.
    pub result: String,
    /// What it is about: `smtp.mailfrom=...`, `header.d=...`, blanks between, at most 500
    /// characters.
    pub about: String,
}

/// All of these of one message, in the order of its header.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authentication {
    /// At most 20.
    pub dkim: Vec<DkimSignature>,
    /// By instance, at most 50.
    pub arc: Vec<ArcSet>,
    /// Whether the sets run from 1 without a gap, each with its three fields, the first
    /// without a chain before it; false without any.
    pub arc_whole: bool,
    /// At most 100.
    pub results: Vec<AuthenticationResult>,
}

impl Authentication {
    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.dkim.is_empty() && self.arc.is_empty() && self.results.is_empty()
    }
}
