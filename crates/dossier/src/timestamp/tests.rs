//! Against a time-stamping authority of our own, made with `openssl` where there is one.
#![allow(clippy::disallowed_methods)] // files and a program of its own
#![allow(clippy::print_stderr)] // says where nothing could be checked

use std::path::Path;
use std::process::Command;

use super::*;

const CONFIG: &str = "
[ tsa ]
default_tsa = one
[ one ]
dir = .
serial = ./serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1, millisecs:500
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
clock_precision_digits = 3
[ req ]
distinguished_name = dn
[ dn ]
[ ca ]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[ stamp ]
extendedKeyUsage = critical,timeStamping
keyUsage = critical,digitalSignature
[ other ]
extendedKeyUsage = serverAuth
";

fn openssl(dir: &Path, line: &str) -> bool {
    let output = Command::new("openssl").args(line.split(' ')).current_dir(dir).output();
    output.is_ok_and(|output| {
        if !output.status.success() {
            eprintln!("openssl {line}: {}", String::from_utf8_lossy(&output.stderr));
        }
        output.status.success()
    })
}

/// A root, and a signer under it with the extensions of `section`.
fn authority(dir: &Path, key: &str, section: &str) -> Option<()> {
    std::fs::write(dir.join("tsa.cnf"), CONFIG).unwrap();
    std::fs::write(dir.join("serial"), "01\n").unwrap();
    let made = openssl(
        dir,
        &format!(
            "req -x509 -newkey {key} -nodes -keyout ca.key -out ca.pem -days 30 -subj \
             /CN=Root-{section} -config tsa.cnf -extensions ca"
        ),
    ) && openssl(
        dir,
        &format!(
            "req -newkey {key} -nodes -keyout tsa.key -out tsa.csr -subj /CN=Clock -config tsa.cnf"
        ),
    ) && openssl(
        dir,
        &format!(
            "x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out tsa.pem -days 20 \
             -extfile tsa.cnf -extensions {section}"
        ),
    );
    made.then_some(())
}

fn roots(dir: &Path) -> Vec<Vec<u8>> {
    roots_from(&std::fs::read(dir.join("ca.pem")).unwrap()).unwrap()
}

fn stamp(dir: &Path, stamped: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let query = request(stamped, *b"abcdefgh").unwrap();
    std::fs::write(dir.join("data"), stamped).unwrap();
    std::fs::write(dir.join("q.tsq"), &query).unwrap();
    assert!(openssl(
        dir,
        "ts -reply -queryfile q.tsq -signer tsa.pem -inkey tsa.key -config tsa.cnf -out r.tsr"
    ));
    (query, std::fs::read(dir.join("r.tsr")).unwrap())
}

#[test]
fn a_local_authority_is_believed_through_its_root_only() {
    for key in
        ["rsa:2048", "ec -pkeyopt ec_paramgen_curve:P-256", "ec -pkeyopt ec_paramgen_curve:P-384"]
    {
        let dir = tempfile::tempdir().unwrap();
        let other = tempfile::tempdir().unwrap();
        let dir = dir.path();
        if authority(dir, key, "stamp").is_none() {
            eprintln!("no openssl here: nothing was checked");
            return;
        }
        authority(other.path(), key, "stamp").unwrap();
        let stamped = b"demarche/r-1/0011223344556677\n1\n...\n";
        let (query, reply) = stamp(dir, stamped);
        assert!(check_request(&query, stamped).is_ok());
        assert!(check_request(&query, b"other").is_err());
        let token = check_response(&reply, stamped, Some(&query), &roots(dir)).unwrap();
        assert!(token.trusted && token.authority.contains("Clock"), "{token:?}");
        assert!(token.time.seconds() > 1_700_000_000);
        assert!(!check_response(&reply, stamped, None, &[]).unwrap().trusted);
        // openssl agrees that it is over these bytes.
        assert!(openssl(dir, "ts -verify -data data -in r.tsr -CAfile ca.pem"));
        for (what, refused) in [
            ("other bytes", check_response(&reply, b"other", None, &roots(dir))),
            ("another root", check_response(&reply, stamped, None, &roots(other.path()))),
            (
                "another request",
                check_response(
                    &reply,
                    stamped,
                    Some(&request(stamped, *b"hgfedcba").unwrap()),
                    &roots(dir),
                ),
            ),
        ] {
            assert!(matches!(refused, Err(TimeError::Wrong(_))), "{what}: {refused:?}");
        }
        // No byte of it can be changed without being refused or saying the same: what is
        // not covered by the signature are lengths and certificates it does not use.
        let mut passed = 0;
        for at in 0..reply.len() {
            let mut bad = reply.clone();
            bad[at] ^= 0x10;
            if let Ok(changed) = check_response(&bad, stamped, Some(&query), &roots(dir)) {
                assert_eq!(changed.time, token.time, "byte {at}");
                passed += 1;
            }
        }
        assert!(passed * 10 < reply.len(), "{passed} of {} bytes do not matter", reply.len());
    }
}

#[test]
fn a_certificate_for_other_uses_stamps_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    if authority(dir, "rsa:2048", "stamp").is_none() {
        return;
    }
    let (_, reply) = stamp(dir, b"x");
    // The root itself is no time stamper, and no chain leads through the stamper.
    let signed = TimeStampResp::from_der(&reply).unwrap().token.unwrap();
    let signed: SignedData = signed.content.decode_as().unwrap();
    let certificates = chain::certificates(&signed);
    assert!(chain::for_time_stamping(&certificates[0]).is_ok());
    let root = Certificate::from_der(&roots(dir)[0]).unwrap();
    assert!(chain::for_time_stamping(&root).is_err());
}

#[test]
fn what_is_no_response_is_refused_without_panic() {
    for bytes in [
        &b""[..],
        b"0",
        b"0\x03\x02\x01\x02",
        &[0x30, 0x82, 0xff, 0xff],
        b"0\x05\x30\x03\x02\x01\x02",
    ] {
        assert!(check_response(bytes, b"x", None, &[]).is_err());
        assert!(check_request(bytes, b"x").is_err());
        assert!(roots_from(bytes).is_err());
    }
    let refused = b"0\x05\x30\x03\x02\x01\x02";
    assert_eq!(check_response(refused, b"x", None, &[]), Err(TimeError::Refused(2)));
}

#[test]
fn roots_that_ship_are_roots_still_valid() {
    assert_eq!(SHIPPED.len(), 8);
    let now = UtcMicros::parse("2026-11-01T00:00:00Z").unwrap();
    for root in SHIPPED.iter() {
        let root = Certificate::from_der(root).unwrap();
        assert_eq!(root.tbs_certificate.issuer, root.tbs_certificate.subject);
        let end = root.tbs_certificate.validity.not_after.to_unix_duration().as_secs();
        assert!(i64::try_from(end).unwrap() > now.seconds(), "{}", root.tbs_certificate.subject);
    }
}
