//! Time stamps (RFC 3161): a request goes out as a file, a response comes in as one.
//!
//! What is stamped is the file `checkpoint`: the signed root of the log. Nothing here talks
//! to an authority; the one who writes the dossier carries the request there. A response is
//! believed when its imprint is that of the checkpoint, its CMS signature (RFC 5652) holds,
//! its signer's certificate is for time stamping alone (RFC 3161, section 2.3) and leads,
//! valid at the stated time, to a root that the one who checks hands in. Revocation is not
//! looked at: that would need the network.
//!
//! The ASN.1 of the token is ours rather than a library's for one field: authorities give
//! fractions of a second, which the libraries' type of a time does not take.

mod chain;

use std::sync::LazyLock;

use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerInfo};
use demarche_core::UtcMicros;
use der::asn1::{Int, ObjectIdentifier, OctetString};
use der::{Any, Decode as _, Encode as _, Sequence, Tag, Tagged as _};
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use spki::AlgorithmIdentifierOwned;
use x509_cert::Certificate;
use x509_cert::ext::Extensions;
use x509_cert::ext::pkix::name::GeneralName;

pub use chain::roots_from;

const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");
const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const SIGNING_CERTIFICATE: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.12");
const SIGNING_CERTIFICATE_V2: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");

/// Roots of public authorities: see `roots/README.md`.
static SHIPPED: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    roots_from(include_bytes!("../../roots/time-stamping.pem"))
        .expect("invariant: a test reads the roots that are built in")
});

/// Why a request or response is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// It cannot be read.
    #[error("not a {what}: {reason}")]
    Malformed {
        /// `time request`, `time response`...
        what: &'static str,
        /// Why.
        reason: String,
    },
    /// The authority did not grant it.
    #[error("the authority refused the request (status {0})")]
    Refused(u32),
    /// It does not hold.
    #[error("{0}")]
    Wrong(&'static str),
}

fn malformed(what: &'static str) -> impl Fn(der::Error) -> TimeError {
    move |error| TimeError::Malformed { what, reason: error.to_string() }
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
struct MessageImprint {
    algorithm: AlgorithmIdentifierOwned,
    hashed: OctetString,
}

#[derive(Clone, Debug, Sequence)]
struct TimeStampReq {
    version: u8,
    imprint: MessageImprint,
    #[asn1(optional = "true")]
    policy: Option<ObjectIdentifier>,
    #[asn1(optional = "true")]
    nonce: Option<Int>,
    #[asn1(default = "Default::default")]
    cert_req: bool,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    extensions: Option<Extensions>,
}

#[derive(Clone, Debug, Sequence)]
struct StatusInfo {
    status: u32,
    #[asn1(optional = "true")]
    text: Option<Any>,
    #[asn1(optional = "true")]
    failure: Option<Any>,
}

#[derive(Clone, Debug, Sequence)]
struct TimeStampResp {
    status: StatusInfo,
    #[asn1(optional = "true")]
    token: Option<ContentInfo>,
}

#[derive(Clone, Debug, Sequence)]
struct Accuracy {
    #[asn1(optional = "true")]
    seconds: Option<u64>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    millis: Option<i16>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    micros: Option<i16>,
}

#[derive(Clone, Debug, Sequence)]
struct TstInfo {
    version: u8,
    policy: ObjectIdentifier,
    imprint: MessageImprint,
    serial: Int,
    time: Any,
    #[asn1(optional = "true")]
    accuracy: Option<Accuracy>,
    #[asn1(default = "Default::default")]
    ordering: bool,
    #[asn1(optional = "true")]
    nonce: Option<Int>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    tsa: Option<GeneralName>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    extensions: Option<Extensions>,
}

#[derive(Clone, Debug, Sequence)]
struct EssCertId {
    hash: OctetString,
    #[asn1(optional = "true")]
    issuer: Option<Any>,
}

#[derive(Clone, Debug, Sequence)]
struct SigningCertificate {
    certificates: Vec<EssCertId>,
    #[asn1(optional = "true")]
    policies: Option<Any>,
}

#[derive(Clone, Debug, Sequence)]
struct EssCertIdV2 {
    #[asn1(optional = "true")]
    algorithm: Option<AlgorithmIdentifierOwned>,
    hash: OctetString,
    #[asn1(optional = "true")]
    issuer: Option<IssuerSerial>,
}

#[derive(Clone, Debug, Sequence)]
struct IssuerSerial {
    issuer: Any,
    serial: Int,
}

#[derive(Clone, Debug, Sequence)]
struct SigningCertificateV2 {
    certificates: Vec<EssCertIdV2>,
    #[asn1(optional = "true")]
    policies: Option<Any>,
}

/// What a time token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The stated time.
    pub time: UtcMicros,
    /// Subject of the signer's certificate.
    pub authority: String,
    /// Whether it leads to a root that was handed in or, where none was, that ships with the
    /// program.
    pub trusted: bool,
}

/// The request for a time stamp over `stamped` (DER), for a file that goes to an authority.
///
/// # Errors
/// [`TimeError::Malformed`], which the fixed shape of a request does not lead to.
pub(crate) fn request(stamped: &[u8], nonce: [u8; 8]) -> Result<Vec<u8>, TimeError> {
    let bad = malformed("time request");
    // A positive number without leading zeroes, as DER wants it.
    let mut nonce = nonce;
    nonce[0] = nonce[0] & 0x3f | 0x40;
    let request = TimeStampReq {
        version: 1,
        imprint: imprint(stamped).map_err(&bad)?,
        policy: None,
        nonce: Some(Int::new(&nonce).map_err(&bad)?),
        cert_req: true,
        extensions: None,
    };
    request.to_der().map_err(bad)
}

fn imprint(stamped: &[u8]) -> der::Result<MessageImprint> {
    let algorithm = AlgorithmIdentifierOwned { oid: SHA256, parameters: Some(Any::null()) };
    Ok(MessageImprint { algorithm, hashed: OctetString::new(Sha256::digest(stamped).to_vec())? })
}

/// Whether a request is over `stamped`.
///
/// # Errors
/// [`TimeError`] when it is no request, or over other bytes.
pub(crate) fn check_request(bytes: &[u8], stamped: &[u8]) -> Result<(), TimeError> {
    let request = TimeStampReq::from_der(bytes).map_err(malformed("time request"))?;
    check_imprint(&request.imprint, stamped)
}

fn check_imprint(imprint: &MessageImprint, stamped: &[u8]) -> Result<(), TimeError> {
    let digest = digest(&imprint.algorithm.oid, stamped)
        .ok_or(TimeError::Wrong("its imprint is made by a hash that is not SHA-2"))?;
    if imprint.hashed.as_bytes() != digest {
        return Err(TimeError::Wrong("its imprint is not that of the checkpoint"));
    }
    Ok(())
}

fn digest(algorithm: &ObjectIdentifier, bytes: &[u8]) -> Option<Vec<u8>> {
    match *algorithm {
        SHA256 => Some(Sha256::digest(bytes).to_vec()),
        SHA384 => Some(Sha384::digest(bytes).to_vec()),
        SHA512 => Some(Sha512::digest(bytes).to_vec()),
        _ => None,
    }
}

/// Checks a response over `stamped`, against its request where there is one. With no
/// roots, those that ship with the program are tried; where it leads to none of them,
/// `trusted` is `false`.
///
/// # Errors
/// [`TimeError`]: the first thing that does not hold.
pub(crate) fn check_response(
    bytes: &[u8],
    stamped: &[u8],
    request: Option<&[u8]>,
    roots: &[Vec<u8>],
) -> Result<Token, TimeError> {
    let bad = malformed("time response");
    let response = TimeStampResp::from_der(bytes).map_err(&bad)?;
    if response.status.status > 1 {
        return Err(TimeError::Refused(response.status.status));
    }
    let token = response.token.ok_or(TimeError::Wrong("it holds no token"))?;
    if token.content_type != SIGNED_DATA {
        return Err(TimeError::Wrong("its token is not signed data"));
    }
    let signed: SignedData = token.content.decode_as().map_err(&bad)?;
    if signed.encap_content_info.econtent_type != TST_INFO {
        return Err(TimeError::Wrong("what its token signs is no time stamp"));
    }
    let content: OctetString = signed
        .encap_content_info
        .econtent
        .as_ref()
        .ok_or(TimeError::Wrong("its token is empty"))?
        .decode_as()
        .map_err(&bad)?;
    let info = TstInfo::from_der(content.as_bytes()).map_err(&bad)?;
    if info.version != 1 {
        return Err(TimeError::Wrong("its token is of another version"));
    }
    check_imprint(&info.imprint, stamped)?;
    if let Some(request) = request {
        let request = TimeStampReq::from_der(request).map_err(malformed("time request"))?;
        if request.nonce.is_some() && request.nonce != info.nonce {
            return Err(TimeError::Wrong("it answers another request"));
        }
    }
    let time = generalized(&info.time)?;
    let [signer] = signed.signer_infos.0.as_slice() else {
        return Err(TimeError::Wrong("its token does not have one signer"));
    };
    let certificates = chain::certificates(&signed);
    let certificate = chain::signer(&certificates, &signer.sid)
        .ok_or(TimeError::Wrong("its token does not hold the signer's certificate"))?;
    signer_holds(signer, content.as_bytes(), certificate)?;
    chain::for_time_stamping(certificate)?;
    let trusted = if roots.is_empty() {
        chain::leads_to_root(certificate, &certificates, &SHIPPED, time).is_ok()
    } else {
        chain::leads_to_root(certificate, &certificates, roots, time)?;
        true
    };
    let authority = certificate.tbs_certificate.subject.to_string();
    Ok(Token { time, authority, trusted })
}

/// `YYYYMMDDhhmmss[.f...]Z` (RFC 3161, section 2.4.2).
fn generalized(time: &Any) -> Result<UtcMicros, TimeError> {
    let wrong = || TimeError::Wrong("its time is none");
    if time.tag() != Tag::GeneralizedTime {
        return Err(wrong());
    }
    let text = std::str::from_utf8(time.value()).map_err(|_| wrong())?;
    let text = text.strip_suffix('Z').ok_or_else(wrong)?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| text.bytes().all(|c| c.is_ascii_digit());
    if whole.len() != 14 || !digits(whole) || fraction.is_empty() || !digits(fraction) {
        return Err(wrong());
    }
    let fraction: String = fraction.chars().take(6).collect();
    let part = |range: std::ops::Range<usize>| &whole[range];
    let rfc3339 = format!(
        "{}-{}-{}T{}:{}:{}.{fraction}Z",
        part(0..4),
        part(4..6),
        part(6..8),
        part(8..10),
        part(10..12),
        part(12..14)
    );
    UtcMicros::parse(&rfc3339).map_err(|_| wrong())
}

/// The signer's attributes and signature over the content.
fn signer_holds(
    signer: &SignerInfo,
    content: &[u8],
    certificate: &Certificate,
) -> Result<(), TimeError> {
    let bad = malformed("time response");
    let attributes =
        signer.signed_attrs.as_ref().ok_or(TimeError::Wrong("it signs no attributes"))?;
    let attribute = |oid: ObjectIdentifier| -> Result<Option<&Any>, TimeError> {
        let mut values = attributes.iter().filter(|attribute| attribute.oid == oid);
        let value = values.next().and_then(|attribute| attribute.values.get(0));
        if values.next().is_some() {
            return Err(TimeError::Wrong("an attribute stands twice"));
        }
        Ok(value)
    };
    let missing = TimeError::Wrong("a signed attribute is missing");
    let kind: ObjectIdentifier =
        attribute(CONTENT_TYPE)?.ok_or(missing.clone())?.decode_as().map_err(&bad)?;
    if kind != TST_INFO {
        return Err(TimeError::Wrong("what it signs is no time stamp"));
    }
    let stated: OctetString =
        attribute(MESSAGE_DIGEST)?.ok_or(missing.clone())?.decode_as().map_err(&bad)?;
    let made = digest(&signer.digest_alg.oid, content)
        .ok_or(TimeError::Wrong("its digest is not SHA-2"))?;
    if stated.as_bytes() != made {
        return Err(TimeError::Wrong("its signature is over another time stamp"));
    }
    let certificate_der = certificate.to_der().map_err(&bad)?;
    let names_it = if let Some(value) = attribute(SIGNING_CERTIFICATE_V2)? {
        let value: SigningCertificateV2 = value.decode_as().map_err(&bad)?;
        value.certificates.first().is_some_and(|id| {
            let algorithm = id.algorithm.as_ref().map_or(SHA256, |algorithm| algorithm.oid);
            digest(&algorithm, &certificate_der).is_some_and(|hash| hash == id.hash.as_bytes())
        })
    } else {
        let value: SigningCertificate =
            attribute(SIGNING_CERTIFICATE)?.ok_or(missing)?.decode_as().map_err(&bad)?;
        let hash = sha1::Sha1::digest(&certificate_der);
        value.certificates.first().is_some_and(|id| id.hash.as_bytes() == hash.as_slice())
    };
    if !names_it {
        return Err(TimeError::Wrong("it names another certificate than its signer's"));
    }
    let signed = attributes.to_der().map_err(&bad)?;
    chain::signature_holds(
        &certificate.tbs_certificate.subject_public_key_info,
        &signer.signature_algorithm.oid,
        Some(&signer.digest_alg.oid),
        &signed,
        signer.signature.as_bytes(),
    )
}

#[cfg(test)]
mod tests;
