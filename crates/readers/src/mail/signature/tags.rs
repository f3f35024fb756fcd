//! Lists of tags, `name=value` between semicolons (RFC 6376, 3.2).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use demarche_core::UtcMicros;

use super::canonical::Canonical;

/// Tags of a list that are looked at.
const MAX_TAGS: usize = 60;

/// Names and values of a list, trimmed; an empty last one is none.
pub(super) fn tags(value: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    value.split(|b| *b == b';').take(MAX_TAGS).filter_map(|tag| {
        let equals = tag.iter().position(|b| *b == b'=')?;
        Some((tag[..equals].trim_ascii(), tag[equals + 1..].trim_ascii()))
    })
}

/// A value without any white space, as text.
fn squeezed(value: &[u8]) -> String {
    let bytes: Vec<u8> = value.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
    String::from_utf8_lossy(&bytes).chars().take(1_000).collect()
}

/// Bytes of base64 with white space anywhere; nothing when it is none.
pub(super) fn base64(value: &[u8]) -> Option<Vec<u8>> {
    let bytes: Vec<u8> =
        value.iter().copied().filter(|b| !b.is_ascii_whitespace() && *b != b'=').collect();
    STANDARD_NO_PAD.decode(bytes).ok()
}

/// `i=` of a field of an ARC set; in its results it stands before the rest.
pub(super) fn instance(value: &[u8]) -> Option<u32> {
    let (_, value) = tags(value).find(|(name, _)| name.eq_ignore_ascii_case(b"i"))?;
    std::str::from_utf8(value).ok()?.parse().ok()
}

/// The field's value with nothing after `b=`, everything else as it stands.
pub(super) fn without_signature(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    for (nth, tag) in value.split(|b| *b == b';').enumerate() {
        if nth > 0 {
            out.push(b';');
        }
        let equals = tag.iter().position(|b| *b == b'=');
        match equals.filter(|at| tag[..*at].trim_ascii() == b"b") {
            Some(at) => out.extend_from_slice(&tag[..=at]),
            None => out.extend_from_slice(tag),
        }
    }
    out
}

/// The tags of a DKIM signature, an ARC message signature or an ARC seal.
#[derive(Debug, Default)]
pub(super) struct Signature {
    pub(super) version: Option<u8>,
    pub(super) algorithm: String,
    pub(super) domain: String,
    pub(super) selector: String,
    /// `b=`
    pub(super) bytes: Vec<u8>,
    /// `bh=`
    pub(super) body_hash: Vec<u8>,
    pub(super) headers: Vec<String>,
    pub(super) signed: Option<UtcMicros>,
    pub(super) expires: Option<UtcMicros>,
    pub(super) body_length: Option<u64>,
    pub(super) header_form: Canonical,
    pub(super) body_form: Canonical,
    /// Domain of `i=`, where a DKIM signature has one.
    pub(super) identity: Option<String>,
    /// `cv=`
    pub(super) chain: String,
    /// A tag that is there twice, or whose value is not of its form.
    odd: bool,
}

impl Signature {
    pub(super) fn parse(value: &[u8]) -> Self {
        let mut out = Self::default();
        let mut seen: Vec<&[u8]> = Vec::new();
        for (name, value) in tags(value) {
            out.odd |= seen.contains(&name);
            seen.push(name);
            out.tag(name, value);
        }
        out
    }

    fn tag(&mut self, name: &[u8], value: &[u8]) {
        let text = squeezed(value);
        let number = || text.parse::<u64>().ok();
        let time = || number().and_then(|n| UtcMicros::from_seconds(i64::try_from(n).ok()?));
        match name {
            b"v" => self.version = Some(value).filter(|v| v.len() == 1).map(|v| v[0]),
            b"a" => self.algorithm = text.to_ascii_lowercase(),
            b"d" => self.domain = text.trim_end_matches('.').to_lowercase(),
            b"s" => self.selector = text,
            b"b" => self.bytes = base64(value).unwrap_or_default(),
            b"bh" => self.body_hash = base64(value).unwrap_or_default(),
            b"h" => {
                let names = text.split(':').take(200).map(str::to_ascii_lowercase);
                self.headers = names.filter(|name| !name.is_empty()).collect();
            }
            b"t" => self.signed = time(),
            b"x" => {
                self.expires = time();
                self.odd |= self.expires.is_none();
            }
            b"l" => {
                self.body_length = number();
                self.odd |= self.body_length.is_none();
            }
            b"i" => self.identity = text.rsplit_once('@').map(|(_, host)| host.to_lowercase()),
            b"cv" => self.chain = text.to_ascii_lowercase(),
            b"c" => {
                let text = text.to_ascii_lowercase();
                let (header, body) = text.split_once('/').unwrap_or((&text, "simple"));
                for (form, name) in [(&mut self.header_form, header), (&mut self.body_form, body)] {
                    match name {
                        "simple" => *form = Canonical::Simple,
                        "relaxed" => *form = Canonical::Relaxed,
                        _ => self.odd = true,
                    }
                }
            }
            _ => {}
        }
    }

    /// Whether it has what a signature of a message must have (RFC 6376, 6.1.1).
    pub(super) fn is_whole(&self) -> bool {
        let there = [&self.algorithm, &self.domain, &self.selector].iter().all(|t| !t.is_empty());
        let of_domain = self.identity.as_ref().is_none_or(|host| {
            let front = host.strip_suffix(&self.domain);
            front.is_some_and(|front| front.is_empty() || front.ends_with('.'))
        });
        let signs_from = self.headers.iter().any(|name| name == "from");
        there
            && of_domain
            && signs_from
            && !self.odd
            && !self.bytes.is_empty()
            && !self.body_hash.is_empty()
    }
}
