//! Certificates of time-stamping authorities: who signed, for what, and whether it leads
//! to a root (RFC 5280, section 6, as far as a time stamp needs it: names, signatures,
//! validity, basic constraints and key usage; policies and name constraints that are
//! critical refuse the way).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cms::cert::CertificateChoices;
use cms::signed_data::{SignedData, SignerIdentifier};
use demarche_core::UtcMicros;
use der::asn1::ObjectIdentifier;
use der::{Decode as _, Encode as _};
use rsa::pkcs1::DecodeRsaPublicKey as _;
use rsa::signature::hazmat::PrehashVerifier as _;
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use spki::SubjectPublicKeyInfoOwned;
use x509_cert::Certificate;
use x509_cert::ext::pkix::{
    BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectKeyIdentifier,
};

use super::{SHA256, SHA384, SHA512, TimeError};

const TIME_STAMPING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const RSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const RSA_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12");
const RSA_SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13");
const ECDSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const ECDSA_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");
const ECDSA_SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.4");
const EC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// Certificates between a signer and its root.
const MOST: usize = 8;

/// Extensions that are understood here; another critical one refuses a certificate.
const UNDERSTOOD: [&str; 7] = [
    "2.5.29.14", // subject key identifier
    "2.5.29.15", // key usage
    "2.5.29.19", // basic constraints
    "2.5.29.32", // certificate policies: any is taken
    "2.5.29.35", // authority key identifier
    "2.5.29.37", // extended key usage
    "2.5.29.17", // subject alternative name
];

/// Certificates (DER) of a file: one in DER, or any number in PEM.
///
/// # Errors
/// [`TimeError::Malformed`] when it holds none, or one that cannot be read.
pub fn roots_from(bytes: &[u8]) -> Result<Vec<Vec<u8>>, TimeError> {
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    const END: &str = "-----END CERTIFICATE-----";
    let bad =
        |reason: &str| TimeError::Malformed { what: "certificate file", reason: reason.to_owned() };
    let mut roots = Vec::new();
    match std::str::from_utf8(bytes) {
        Ok(text) if text.contains(BEGIN) => {
            for block in text.split(BEGIN).skip(1) {
                let (body, _) = block.split_once(END).ok_or(bad("a block does not end"))?;
                let body: String = body.split_whitespace().collect();
                roots.push(STANDARD.decode(body).map_err(|_| bad("not base64"))?);
            }
        }
        _ => roots.push(bytes.to_vec()),
    }
    for root in &roots {
        Certificate::from_der(root).map_err(|error| bad(&error.to_string()))?;
    }
    Ok(roots)
}

/// The certificates that a token brings along.
pub(super) fn certificates(signed: &SignedData) -> Vec<Certificate> {
    let all = signed.certificates.iter().flat_map(|set| set.0.iter());
    all.filter_map(|choice| match choice {
        CertificateChoices::Certificate(certificate) => Some(certificate.clone()),
        CertificateChoices::Other(_) => None,
    })
    .collect()
}

/// The one that a signer names.
pub(super) fn signer<'a>(
    certificates: &'a [Certificate],
    id: &SignerIdentifier,
) -> Option<&'a Certificate> {
    certificates.iter().find(|certificate| match id {
        SignerIdentifier::IssuerAndSerialNumber(id) => {
            certificate.tbs_certificate.issuer == id.issuer
                && certificate.tbs_certificate.serial_number == id.serial_number
        }
        SignerIdentifier::SubjectKeyIdentifier(id) => certificate
            .tbs_certificate
            .get::<SubjectKeyIdentifier>()
            .is_ok_and(|found| found.is_some_and(|(_, found)| found == *id)),
    })
}

/// RFC 3161, section 2.3: the extended key usage is critical and time stamping alone.
pub(super) fn for_time_stamping(certificate: &Certificate) -> Result<(), TimeError> {
    match certificate.tbs_certificate.get::<ExtendedKeyUsage>() {
        Ok(Some((true, usage))) if usage.0.as_slice() == [TIME_STAMPING] => Ok(()),
        _ => Err(TimeError::Wrong("its signer's certificate is not for time stamping alone")),
    }
}

/// Follows issuers from `certificate` to one of `roots`.
pub(super) fn leads_to_root(
    certificate: &Certificate,
    between: &[Certificate],
    roots: &[Vec<u8>],
    time: UtcMicros,
) -> Result<(), TimeError> {
    let roots: Vec<Certificate> =
        roots.iter().filter_map(|root| Certificate::from_der(root).ok()).collect();
    let mut current = certificate;
    for depth in 0..MOST {
        usable(current, time)?;
        if roots.contains(current) {
            return Ok(());
        }
        let issuer = &current.tbs_certificate.issuer;
        let found = roots
            .iter()
            .chain(between)
            .filter(|candidate| candidate.tbs_certificate.subject == *issuer)
            .find(|candidate| may_sign(candidate, depth) && signed_by(current, candidate));
        match found {
            Some(next) if next != current => current = next,
            _ => return Err(TimeError::Wrong("its certificate leads to none of the roots given")),
        }
    }
    Err(TimeError::Wrong("too many certificates lead to its root"))
}

fn usable(certificate: &Certificate, time: UtcMicros) -> Result<(), TimeError> {
    let validity = &certificate.tbs_certificate.validity;
    let second = |time: &x509_cert::time::Time| {
        i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX)
    };
    if time.seconds() < second(&validity.not_before) || time.seconds() > second(&validity.not_after)
    {
        return Err(TimeError::Wrong("a certificate was not valid at the stated time"));
    }
    let unknown = certificate.tbs_certificate.extensions.iter().flatten().any(|extension| {
        extension.critical && !UNDERSTOOD.contains(&extension.extn_id.to_string().as_str())
    });
    if unknown {
        return Err(TimeError::Wrong("a certificate has a critical extension not known here"));
    }
    Ok(())
}

/// Whether a certificate may stand above `depth` others.
fn may_sign(certificate: &Certificate, depth: usize) -> bool {
    let tbs = &certificate.tbs_certificate;
    let ca = match tbs.get::<BasicConstraints>() {
        Ok(Some((_, constraints))) => {
            constraints.ca
                && constraints.path_len_constraint.is_none_or(|most| usize::from(most) >= depth)
        }
        _ => false,
    };
    let usage = match tbs.get::<KeyUsage>() {
        Ok(Some((_, usage))) => usage.0.contains(KeyUsages::KeyCertSign),
        Ok(None) => true,
        Err(_) => false,
    };
    ca && usage
}

fn signed_by(certificate: &Certificate, issuer: &Certificate) -> bool {
    let (Ok(message), Some(signature)) =
        (certificate.tbs_certificate.to_der(), certificate.signature.as_bytes())
    else {
        return false;
    };
    let key = &issuer.tbs_certificate.subject_public_key_info;
    let algorithm = &certificate.signature_algorithm.oid;
    signature_holds(key, algorithm, None, &message, signature).is_ok()
}

/// Checks a signature by RSA (PKCS #1 v1.5), ECDSA over P-256 or P-384, or Ed25519, with
/// SHA-2. `digest` is the one stated beside the signature, for an RSA key that names none.
pub(super) fn signature_holds(
    key: &SubjectPublicKeyInfoOwned,
    algorithm: &ObjectIdentifier,
    digest: Option<&ObjectIdentifier>,
    message: &[u8],
    signature: &[u8],
) -> Result<(), TimeError> {
    let wrong = TimeError::Wrong("a signature does not hold");
    let unknown = TimeError::Wrong("a signature is made in a way that is not known here");
    let raw = key.subject_public_key.as_bytes().ok_or(wrong.clone())?;
    let digest = match (*algorithm, digest) {
        (RSA_SHA256 | ECDSA_SHA256, _) => SHA256,
        (RSA_SHA384 | ECDSA_SHA384, _) => SHA384,
        (RSA_SHA512 | ECDSA_SHA512, _) => SHA512,
        (RSA, Some(digest)) => *digest,
        (ED25519, _) => SHA512,
        _ => return Err(unknown),
    };
    let (hash, prefix): (Vec<u8>, u8) = match digest {
        SHA256 => (Sha256::digest(message).to_vec(), 1),
        SHA384 => (Sha384::digest(message).to_vec(), 2),
        SHA512 => (Sha512::digest(message).to_vec(), 3),
        _ => return Err(unknown),
    };
    let curve = || {
        let parameters = key.algorithm.parameters.as_ref();
        parameters.and_then(|any| any.decode_as::<ObjectIdentifier>().ok())
    };
    let holds = match (*algorithm, key.algorithm.oid) {
        (RSA | RSA_SHA256 | RSA_SHA384 | RSA_SHA512, RSA) => {
            let public = rsa::PublicKey::from_pkcs1_der(raw).map_err(|_| wrong.clone())?;
            // DigestInfo of RFC 8017, section 9.2, note 1.
            let length = u8::try_from(hash.len()).map_err(|_| wrong.clone())?;
            let info = [
                &[0x30, 0x11 + length, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01][..],
                &[0x65, 0x03, 0x04, 0x02, prefix, 0x05, 0x00, 0x04, length][..],
            ]
            .concat();
            let padding =
                rsa::Pkcs1v15Sign { hash_len: Some(hash.len()), prefix: info.into_boxed_slice() };
            public.verify(padding, &hash, signature).is_ok()
        }
        (ECDSA_SHA256 | ECDSA_SHA384 | ECDSA_SHA512, EC_KEY) => match curve() {
            Some(P256) => {
                let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(raw);
                let signature = p256::ecdsa::Signature::from_der(signature);
                matches!((key, signature), (Ok(key), Ok(signature))
                    if key.verify_prehash(&hash, &signature).is_ok())
            }
            Some(P384) => {
                let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(raw);
                let signature = p384::ecdsa::Signature::from_der(signature);
                matches!((key, signature), (Ok(key), Ok(signature))
                    if key.verify_prehash(&hash, &signature).is_ok())
            }
            _ => return Err(unknown),
        },
        (ED25519, ED25519) => {
            let key = <[u8; 32]>::try_from(raw)
                .ok()
                .and_then(|raw| ed25519_dalek::VerifyingKey::from_bytes(&raw).ok());
            let signature = ed25519_dalek::Signature::from_slice(signature);
            matches!((key, signature), (Some(key), Ok(signature))
                if key.verify_strict(message, &signature).is_ok())
        }
        _ => return Err(unknown),
    };
    if holds { Ok(()) } else { Err(wrong) }
}
