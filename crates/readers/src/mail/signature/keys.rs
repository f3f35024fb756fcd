//! Keys as passive DNS saw them: at which name, when, and what they verify.

use std::collections::BTreeMap;

use demarche_core::{Check, PassiveDns, UtcMicros};
use ed25519_dalek::VerifyingKey;
use rsa::PublicKey;
use rsa::pkcs1::DecodeRsaPublicKey as _;
use rsa::pkcs8::DecodePublicKey as _;
use sha2::Digest as _;

use super::tags::{self, Signature};

/// Names that lead to names.
const MAX_ALIASES: usize = 5;

/// What names led to, and when: keys, and names that stand for others.
#[derive(Debug, Default)]
pub struct Keys {
    by_name: BTreeMap<String, Vec<Seen>>,
}

#[derive(Debug)]
struct Seen {
    first: UtcMicros,
    last: UtcMicros,
    data: Data,
}

#[derive(Debug)]
enum Data {
    Key(Box<Key>),
    Alias(String),
}

impl Keys {
    /// Takes the `TXT` and `CNAME` records; those without both times say nothing of any.
    pub fn new<'r>(rows: impl IntoIterator<Item = &'r PassiveDns>) -> Self {
        let mut by_name: BTreeMap<String, Vec<Seen>> = BTreeMap::new();
        for row in rows {
            let (Some(first), Some(last)) = (row.first_seen, row.last_seen) else { continue };
            let data = match &*row.kind {
                "TXT" => Data::Key(Box::new(Key::parse(&text(&row.data), &row.dns_uid))),
                "CNAME" => Data::Alias(row.data.to_lowercase()),
                _ => continue,
            };
            by_name.entry(row.name.to_lowercase()).or_default().push(Seen { first, last, data });
        }
        Self { by_name }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// The keys seen at `name` at `time`; nothing where none was seen there at any time.
    pub(super) fn at(&self, name: &str, time: Option<UtcMicros>) -> Option<Vec<&Key>> {
        let mut names = vec![name.to_lowercase()];
        let mut known = false;
        let mut keys = Vec::new();
        for _ in 0..MAX_ALIASES {
            let mut aliases = Vec::new();
            for seen in names.iter().filter_map(|name| self.by_name.get(name)).flatten() {
                known = true;
                if time.is_none_or(|time| time < seen.first || time > seen.last) {
                    continue;
                }
                match &seen.data {
                    Data::Key(key) => keys.push(&**key),
                    Data::Alias(name) => aliases.push(name.clone()),
                }
            }
            if aliases.is_empty() {
                break;
            }
            aliases.truncate(50);
            names = aliases;
        }
        known.then_some(keys)
    }
}

/// A TXT record's strings put together: as one, or quoted one after the other with
/// backslashes before quotes and semicolons, as zone files write them (RFC 1035, 5.1).
fn text(data: &str) -> String {
    if !data.trim_start().starts_with('"') {
        return data.replace("\\;", ";");
    }
    let mut out = String::with_capacity(data.len());
    let mut quoted = false;
    let mut escaped = false;
    for c in data.chars() {
        match c {
            c if escaped => {
                escaped = false;
                out.push(c);
            }
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            c if quoted => out.push(c),
            _ => {}
        }
    }
    out
}

/// A key record (RFC 6376, 3.6.1).
#[derive(Debug)]
pub(super) struct Key {
    /// Which row of passive DNS it is.
    pub(super) uid: String,
    material: Material,
    /// `t=s`: no subdomains in `i=`.
    strict: bool,
    /// `h=`, empty for all.
    hashes: String,
}

#[derive(Debug)]
enum Material {
    Rsa(Box<PublicKey>),
    Ed25519(Box<VerifyingKey>),
    Revoked,
    Unreadable,
}

impl Key {
    fn parse(text: &str, uid: &str) -> Self {
        let get = |name: &[u8]| {
            let tag = tags::tags(text.as_bytes()).find(|(tag, _)| *tag == name);
            tag.map(|(_, value)| value)
        };
        let public = get(b"p").and_then(tags::base64);
        let version = get(b"v").is_none_or(|v| v == b"DKIM1");
        let service = get(b"s").map(String::from_utf8_lossy);
        let for_mail =
            service.is_none_or(|s| s.split(':').any(|s| matches!(s.trim(), "*" | "email")));
        let material = match (public, get(b"k").unwrap_or(b"rsa")) {
            _ if !version || !for_mail => Material::Unreadable,
            (Some(bytes), _) if bytes.is_empty() => Material::Revoked,
            (Some(bytes), kind) if kind.eq_ignore_ascii_case(b"rsa") => {
                // RFC 6376 means PKCS#1; everybody publishes what RFC 5280 calls a key.
                let key = PublicKey::from_public_key_der(&bytes).ok();
                let key = key.or_else(|| PublicKey::from_pkcs1_der(&bytes).ok());
                key.map_or(Material::Unreadable, |key| Material::Rsa(Box::new(key)))
            }
            (Some(bytes), kind) if kind.eq_ignore_ascii_case(b"ed25519") => {
                let bytes: Option<[u8; 32]> = bytes.try_into().ok();
                let key = bytes.and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok());
                key.map_or(Material::Unreadable, |key| Material::Ed25519(Box::new(key)))
            }
            _ => Material::Unreadable,
        };
        let flags = get(b"t").map(String::from_utf8_lossy).unwrap_or_default();
        Self {
            uid: uid.to_owned(),
            material,
            strict: flags.split(':').any(|flag| flag.trim() == "s"),
            hashes: get(b"h").map(String::from_utf8_lossy).unwrap_or_default().to_lowercase(),
        }
    }

    /// Whether the signature is of `signed` by this key.
    pub(super) fn verify(&self, signature: &Signature, signed: &[u8]) -> Check {
        let hash = signature.algorithm.rsplit_once('-').map_or("", |(_, hash)| hash);
        if !self.hashes.is_empty() && !self.hashes.split(':').any(|name| name.trim() == hash) {
            return Check::Fail;
        }
        if self.strict && signature.identity.as_ref().is_some_and(|i| *i != signature.domain) {
            return Check::Fail;
        }
        let holds = match (&self.material, &*signature.algorithm) {
            (Material::Revoked, _) => return Check::Revoked,
            (Material::Rsa(key), "rsa-sha256") => {
                key.pkcs1v15_verify::<sha2::Sha256>(signed, &signature.bytes).is_ok()
            }
            (Material::Rsa(key), "rsa-sha1") => {
                key.pkcs1v15_verify::<sha1::Sha1>(signed, &signature.bytes).is_ok()
            }
            (Material::Ed25519(key), "ed25519-sha256") => {
                let bytes = ed25519_dalek::Signature::from_slice(&signature.bytes);
                bytes.is_ok_and(|b| key.verify_strict(&sha2::Sha256::digest(signed), &b).is_ok())
            }
            _ => return Check::Unsupported,
        };
        if holds { Check::Pass } else { Check::Fail }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_zone_files() {
        assert_eq!(text("v=DKIM1; p=ab"), "v=DKIM1; p=ab");
        assert_eq!(text(r#""v=DKIM1\; k=rsa\; p=ab" "cd""#), "v=DKIM1; k=rsa; p=abcd");
        assert_eq!(text(r"v=DKIM1\; p=ab"), "v=DKIM1; p=ab");
    }
}
