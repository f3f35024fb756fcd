//! DKIM (RFC 6376, 8301, 8463), ARC (RFC 8617) and authentication results (RFC 8601).
//!
//! Reading a message checks the body hashes, which needs no key. The signatures are
//! checked by [`check`] over the stored record: a signature is of the header fields alone,
//! and those are kept. So keys may come in another ingest, before or after the mail.
//!
//! Our own on `rsa` and `ed25519-dalek`, since `mail-auth` does not build without a DNS
//! client, asks the wall clock, and cuts a body to `l=` before it is canonicalised.

mod canonical;
mod keys;
mod results;
mod tags;
#[cfg(test)]
mod tests;

use demarche_core::{ArcSet, Authentication, Check, DkimSignature, Message, UtcMicros};
use sha2::Digest as _;

use super::header::{Field, Headers, MAX_HEADERS};
use canonical::Canonical;
pub use keys::Keys;
use tags::Signature;

/// Signatures of a message that are looked at.
const MAX_SIGNATURES: usize = 20;
/// Sets of an ARC chain (RFC 8617, 5.1.1.1).
const MAX_SETS: u32 = 50;

const DKIM: &str = "dkim-signature";
const ARC_RESULTS: &str = "arc-authentication-results";
const ARC_SIGNATURE: &str = "arc-message-signature";
const ARC_SEAL: &str = "arc-seal";

/// What the header says, and whether the body hashes hold. `body` is absent where a store
/// keeps none as it was sent.
pub(super) fn read(headers: &Headers<'_>, body: Option<&[u8]>) -> Option<Authentication> {
    let mut hashes = Hashes { body, done: Vec::new() };
    let dkim = headers.all(DKIM).take(MAX_SIGNATURES).map(|value| {
        let signature = Signature::parse(value);
        let malformed = !signature.is_whole() || signature.version != Some(b'1');
        DkimSignature {
            body_hash: hashes.check(&signature, malformed),
            domain: signature.domain,
            selector: signature.selector,
            algorithm: signature.algorithm,
            headers: signature.headers,
            signed: signature.signed,
            expires: signature.expires,
            body_length: signature.body_length,
            signature: None,
            key: String::new(),
        }
    });
    let dkim = dkim.collect();
    let sets = Sets::of(headers);
    let arc: Vec<ArcSet> = sets
        .numbers()
        .map(|instance| {
            let [results, signature, seal] = sets.fields(instance);
            let seal = seal.map(|field| Signature::parse(field.value)).unwrap_or_default();
            let signature = signature.map(|field| Signature::parse(field.value));
            ArcSet {
                instance,
                chain: seal.chain,
                domain: seal.domain,
                selector: seal.selector,
                sealed: seal.signed,
                results: results.map(|field| results::folded(field.value)).unwrap_or_default(),
                body_hash: signature.and_then(|s| hashes.check(&s, !s.is_whole())),
                signature: None,
                seal: None,
            }
        })
        .collect();
    let all = Authentication {
        dkim,
        arc_whole: sets.is_whole(),
        arc,
        results: results::read(headers.all("authentication-results")),
    };
    Some(all).filter(|all| !all.is_empty())
}

/// Checks a stored message's signatures with the keys of its own time: that of the topmost
/// `Received` field, else its `Date`. Says whether anything changed.
#[must_use]
pub fn check(message: &mut Message, keys: &Keys) -> bool {
    let time = message.received.or(message.date);
    let Some(stored) = message.authentication.as_deref_mut() else { return false };
    if stored.dkim.is_empty() && stored.arc.is_empty() {
        return false;
    }
    let before = stored.clone();
    let headers = Headers::parse(message.headers.as_bytes());
    let kept = !message.headers.contains('\u{fffd}') && message.headers.len() < MAX_HEADERS;
    let ask = |signature: &Signature, signed: &dyn Fn() -> Vec<u8>| {
        verify(signature, signed, keys, time, kept)
    };
    let fields = headers.fields.iter().filter(|field| is(field, DKIM));
    for (row, field) in stored.dkim.iter_mut().zip(fields) {
        let signature = Signature::parse(field.value);
        let answer = ask(&signature, &|| signed_fields(&headers, field, &signature));
        (row.signature, row.key) = answer.unwrap_or_default();
        let whole = signature.is_whole() && signature.version == Some(b'1');
        if row.signature.is_some() && !whole {
            row.signature = Some(Check::Malformed);
        }
    }
    let sets = Sets::of(&headers);
    for row in &mut stored.arc {
        let [_, signature, seal] = sets.fields(row.instance);
        let answer = signature.and_then(|field| {
            let signature = Signature::parse(field.value);
            ask(&signature, &|| signed_fields(&headers, &field, &signature))
        });
        row.signature = answer.and_then(|(check, _)| check);
        let answer = seal.and_then(|field| {
            let seal = Signature::parse(field.value);
            ask(&seal, &|| sets.sealed(row.instance))
        });
        row.seal = answer.and_then(|(check, _)| check);
    }
    *stored != before
}

fn is(field: &Field<'_>, name: &str) -> bool {
    field.name.eq_ignore_ascii_case(name.as_bytes())
}

/// Nothing where no key of that name is known; else what came of it and which key.
fn verify(
    signature: &Signature,
    signed: &dyn Fn() -> Vec<u8>,
    keys: &Keys,
    time: Option<UtcMicros>,
    kept: bool,
) -> Option<(Option<Check>, String)> {
    let name = format!("{}._domainkey.{}", signature.selector, signature.domain);
    let known = keys.at(&name, time)?;
    let none = |check| Some((Some(check), String::new()));
    if signature.domain.is_empty() || signature.selector.is_empty() || signature.bytes.is_empty() {
        return none(Check::Malformed);
    }
    if let (Some(expires), Some(time)) = (signature.expires, time)
        && time > expires
    {
        return none(Check::Expired);
    }
    let signed = signed();
    let mut answer = (Some(Check::NoKeyThen), String::new());
    for key in known {
        let check = match key.verify(signature, &signed) {
            Check::Fail if !kept => Check::NotKept,
            check => check,
        };
        answer = (Some(check), key.uid.clone());
        if check == Check::Pass {
            break;
        }
    }
    Some(answer)
}

/// The signed fields and the signature's own, without its value (RFC 6376, 3.7).
fn signed_fields(headers: &Headers<'_>, own: &Field<'_>, signature: &Signature) -> Vec<u8> {
    let mut out = Vec::new();
    let mut taken = vec![false; headers.fields.len()];
    for name in &signature.headers {
        // The lowest field of that name that was not taken yet.
        let found = headers
            .fields
            .iter()
            .enumerate()
            .rev()
            .find(|(at, field)| !taken[*at] && is(field, name));
        if let Some((at, field)) = found {
            taken[at] = true;
            signature.header_form.field(field.name, field.value, &mut out);
        }
    }
    let value = tags::without_signature(own.value);
    signature.header_form.field(own.name, &value, &mut out);
    out.truncate(out.len().saturating_sub(2));
    out
}

/// Hashes of a body, each made once.
struct Hashes<'b> {
    body: Option<&'b [u8]>,
    done: Vec<BodyHash>,
}

/// How a body was hashed (form, whether by SHA-1, `l=`), and its hash where it has one.
type BodyHash = (Canonical, bool, Option<u64>, Option<Vec<u8>>);

impl Hashes<'_> {
    fn check(&mut self, signature: &Signature, malformed: bool) -> Option<Check> {
        let body = self.body?;
        if malformed {
            return Some(Check::Malformed);
        }
        let sha1 = match &*signature.algorithm {
            "rsa-sha1" => true,
            "rsa-sha256" | "ed25519-sha256" => false,
            _ => return Some(Check::Unsupported),
        };
        let form = signature.body_form;
        let length = signature.body_length;
        let known = |(f, s, l, _): &&(Canonical, bool, Option<u64>, Option<Vec<u8>>)| {
            (*f, *s, *l) == (form, sha1, length)
        };
        let hash = match self.done.iter().find(known) {
            Some((.., hash)) => hash.clone(),
            None => {
                let canonical = form.body(body);
                let length = length.unwrap_or(canonical.len() as u64);
                let covered = usize::try_from(length).ok().and_then(|n| canonical.get(..n));
                let hash = covered.map(|bytes| match sha1 {
                    true => sha1::Sha1::digest(bytes).to_vec(),
                    false => sha2::Sha256::digest(bytes).to_vec(),
                });
                self.done.push((form, sha1, signature.body_length, hash.clone()));
                hash
            }
        };
        let same = hash.is_some_and(|hash| hash == signature.body_hash);
        Some(if same { Check::Pass } else { Check::Fail })
    }
}

/// The sets of an ARC chain: fields by instance; of doubles the first.
struct Sets<'h> {
    by_instance: std::collections::BTreeMap<u32, [Option<Field<'h>>; 3]>,
    /// Whether an instance has a field twice, or a field none.
    odd: bool,
}

impl<'h> Sets<'h> {
    fn of(headers: &Headers<'h>) -> Self {
        let mut sets = Self { by_instance: std::collections::BTreeMap::new(), odd: false };
        for field in &headers.fields {
            let names = [ARC_RESULTS, ARC_SIGNATURE, ARC_SEAL];
            let Some(place) = names.iter().position(|name| is(field, name)) else { continue };
            let instance = tags::instance(field.value).filter(|n| (1..=MAX_SETS).contains(n));
            match instance {
                Some(n) => {
                    let kept = &mut sets.by_instance.entry(n).or_default()[place];
                    sets.odd |= kept.is_some();
                    kept.get_or_insert(*field);
                }
                None => sets.odd = true,
            }
        }
        sets
    }

    fn numbers(&self) -> impl Iterator<Item = u32> + '_ {
        self.by_instance.keys().copied()
    }

    fn fields(&self, instance: u32) -> [Option<Field<'h>>; 3] {
        self.by_instance.get(&instance).copied().unwrap_or_default()
    }

    fn is_whole(&self) -> bool {
        let gap = self.numbers().zip(1..).any(|(have, want)| have != want);
        let whole = self.by_instance.values().all(|set| set.iter().all(Option::is_some));
        let chain = |(instance, set): (&u32, &[Option<Field<'h>>; 3])| {
            let seal = set[2].map(|field| Signature::parse(field.value)).unwrap_or_default();
            seal.chain == if *instance == 1 { "none" } else { "pass" }
        };
        let chained = self.by_instance.iter().all(chain);
        !self.by_instance.is_empty() && !self.odd && !gap && whole && chained
    }

    /// What the seal of a set is of: every set up to it (RFC 8617, 5.1.1).
    fn sealed(&self, instance: u32) -> Vec<u8> {
        let mut out = Vec::new();
        for (number, set) in self.by_instance.range(..=instance) {
            for (place, field) in set.iter().enumerate() {
                let Some(field) = field else { continue };
                let value = match (*number == instance, place) {
                    (true, 2) => tags::without_signature(field.value),
                    _ => field.value.to_vec(),
                };
                Canonical::Relaxed.field(field.name, &value, &mut out);
            }
        }
        out.truncate(out.len().saturating_sub(2));
        out
    }
}
