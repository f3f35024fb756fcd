use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use demarche_core::{EvidenceRef, Message, PassiveDns, UtcMicros};
use ed25519_dalek::{Signer as _, SigningKey};
use rand_chacha::rand_core::SeedableRng as _;
use rsa::pkcs8::EncodePublicKey as _;

use super::*;
use crate::mail::{canonical, message};

fn read_message(raw: &[u8]) -> Message {
    message::read(raw, "", EvidenceRef::default(), false).0
}

fn txt(name: &str, data: &str, from: &str, to: &str) -> PassiveDns {
    PassiveDns {
        dns_uid: format!("d1:{name}{from}"),
        name: name.into(),
        kind: "TXT".into(),
        data: data.into(),
        first_seen: Some(UtcMicros::parse(from).unwrap()),
        last_seen: Some(UtcMicros::parse(to).unwrap()),
        ..PassiveDns::default()
    }
}

fn checked(message: &Message, keys: &[PassiveDns]) -> Authentication {
    let mut message = message.clone();
    let _ = check(&mut message, &Keys::new(keys));
    *message.authentication.unwrap()
}

/// RFC 8463, appendix A: one message with a signature of either kind.
const RFC_8463: &str = "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=test; t=1528637909; h=from : to : subject :
 date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3
 DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz
 dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
";

fn rfc_8463_keys() -> Vec<PassiveDns> {
    let (from, to) = ("2003-01-01T00:00:00Z", "2003-12-31T00:00:00Z");
    let ed = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    let rsa = "\"v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWR\" \
        \"iGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutAC\" \
        \"DfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3\" \
        \"Ip3G+2kryOTIKT+l/K4w3QIDAQAB\"";
    vec![
        txt("brisbane._domainkey.football.example.com", ed, from, to),
        txt("test._domainkey.football.example.com", rsa, from, to),
    ]
}

#[test]
fn the_message_of_rfc_8463() {
    for raw in [RFC_8463.to_owned(), RFC_8463.replace('\n', "\r\n")] {
        let message = read_message(raw.as_bytes());
        let stored = message.authentication.as_deref().unwrap();
        assert!(stored.dkim.iter().all(|s| s.body_hash == Some(Check::Pass)), "{stored:?}");
        assert!(stored.dkim.iter().all(|s| s.signature.is_none() && s.key.is_empty()));
        assert_eq!(stored.dkim[0].selector, "brisbane");
        assert_eq!(stored.dkim[0].headers.len(), 8);
        let got = checked(&message, &rfc_8463_keys());
        assert!(got.dkim.iter().all(|s| s.signature == Some(Check::Pass)), "{got:?}");
        assert!(got.dkim.iter().all(|s| s.key.starts_with("d1:")));
        // And goes again with its keys.
        let mut again = Message { authentication: Some(Box::new(got)), ..message.clone() };
        assert!(check(&mut again, &Keys::default()));
        assert_eq!(again, message);
    }
}

#[test]
fn a_changed_mail_is_told() {
    let other = RFC_8463.replace("lost", "won ");
    let got = checked(&read_message(other.as_bytes()), &rfc_8463_keys());
    // The header is the signer's, the body is not.
    assert_eq!(
        (got.dkim[0].body_hash, got.dkim[0].signature),
        (Some(Check::Fail), Some(Check::Pass))
    );
    let other = RFC_8463.replace("dinner", "supper");
    let got = checked(&read_message(other.as_bytes()), &rfc_8463_keys());
    assert_eq!(
        (got.dkim[1].body_hash, got.dkim[1].signature),
        (Some(Check::Pass), Some(Check::Fail))
    );
    // A second Subject is caught, since the field is signed once more than it was there.
    let other = RFC_8463.replace("Subject: Is", "Subject: x\nSubject: Is");
    let got = checked(&read_message(other.as_bytes()), &rfc_8463_keys());
    assert!(got.dkim.iter().all(|s| s.signature == Some(Check::Fail)));
}

#[test]
fn keys_are_those_of_the_mails_own_time() {
    let message = read_message(RFC_8463.as_bytes());
    let mut keys = rfc_8463_keys();
    for key in &mut keys {
        key.first_seen = Some(UtcMicros::parse("2004-01-01T00:00:00Z").unwrap());
        key.last_seen = Some(UtcMicros::parse("2026-01-01T00:00:00Z").unwrap());
    }
    let got = checked(&message, &keys);
    assert!(got.dkim.iter().all(|s| s.signature == Some(Check::NoKeyThen) && s.key.is_empty()));
    // Another name that stands for it, then; and the key withdrawn.
    let mut keys = rfc_8463_keys();
    keys[0].name = "k1.sender.example".into();
    keys.push(PassiveDns {
        kind: "CNAME".into(),
        name: "brisbane._domainkey.football.example.com".into(),
        data: "k1.sender.example".into(),
        ..keys[0].clone()
    });
    keys[1].data = "v=DKIM1; p=".into();
    let got = checked(&message, &keys);
    assert_eq!(got.dkim[0].signature, Some(Check::Pass));
    assert_eq!(got.dkim[1].signature, Some(Check::Revoked));
}

fn ed25519() -> (SigningKey, String) {
    let key = SigningKey::from_bytes(&[7; 32]);
    let public = STANDARD.encode(key.verifying_key().as_bytes());
    (key, format!("v=DKIM1; k=ed25519; p={public}"))
}

/// Puts the signature of what `signed` gives for the field into the field, which ends with
/// `b=`, and the field before the mail.
fn sign(
    field: &str,
    mail: &str,
    key: &dyn Fn(&[u8]) -> Vec<u8>,
    signed: &dyn Fn(&Headers<'_>) -> Vec<u8>,
) -> String {
    let all = format!("{field}\n{mail}");
    let value = signed(&Headers::parse(all.as_bytes()));
    format!("{field}{}\n{mail}", STANDARD.encode(key(&value)))
}

fn sign_dkim(tags: &str, mail: &str, key: &dyn Fn(&[u8]) -> Vec<u8>) -> String {
    let tag_list = Signature::parse(tags.as_bytes());
    let normal = canonical::normalise(mail.as_bytes());
    let body = tag_list.body_form.body(Headers::parse(&normal).body);
    let covered = tag_list.body_length.map_or(body.len(), |n| usize::try_from(n).unwrap());
    let hash = match tag_list.algorithm.ends_with("sha1") {
        true => sha1::Sha1::digest(&body[..covered]).to_vec(),
        false => sha2::Sha256::digest(&body[..covered]).to_vec(),
    };
    let field = format!("DKIM-Signature: {tags};\n bh={}; b=", STANDARD.encode(hash));
    sign(&field, mail, key, &|headers| {
        let own = &headers.fields[0];
        signed_fields(headers, own, &Signature::parse(own.value))
    })
}

const MAIL: &str = "Received: from a by b; Tue, 26 Mar 2024 10:11:12 +0000\n\
    From: Ann  <ann@paper.example>\nTo: b@house.example\nSubject: a\n\tfolded one\n\
    Date: Tue, 26 Mar 2024 10:11:00 +0000\n\nHello  there \n\nlast\n\n\n";

#[test]
fn every_form_and_algorithm() {
    let (ed, ed_record) = ed25519();
    let mut random = rand_chacha::ChaCha20Rng::from_seed([3; 32]);
    let rsa = rsa::PrivateKey::new(&mut random, 1024).unwrap();
    let public = rsa.to_public_key().to_public_key_der().unwrap();
    let rsa_record = format!("v=DKIM1; p={}", STANDARD.encode(public.as_bytes()));
    let (from, to) = ("2024-01-01T00:00:00Z", "2024-12-31T00:00:00Z");
    let keys = [
        txt("e._domainkey.paper.example", &ed_record, from, to),
        txt("r._domainkey.paper.example", &rsa_record, from, to),
    ];
    for forms in ["simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed"] {
        for (algorithm, selector) in
            [("ed25519-sha256", "e"), ("rsa-sha256", "r"), ("rsa-sha1", "r")]
        {
            let tags = format!(
                "v=1; a={algorithm}; c={forms}; d=Paper.example; s={selector};\n\
                 \th=From:To:Subject:Date; t=1711447860; x=1711534260"
            );
            let key = |bytes: &[u8]| match algorithm {
                "rsa-sha256" => rsa.pkcs1v15_sign::<sha2::Sha256>(bytes).unwrap(),
                "rsa-sha1" => rsa.pkcs1v15_sign::<sha1::Sha1>(bytes).unwrap(),
                _ => ed.sign(&sha2::Sha256::digest(bytes)).to_bytes().to_vec(),
            };
            let signed = sign_dkim(&tags, MAIL, &key);
            let got = checked(&read_message(signed.as_bytes()), &keys);
            let row = &got.dkim[0];
            assert_eq!(
                (row.body_hash, row.signature),
                (Some(Check::Pass), Some(Check::Pass)),
                "{tags}"
            );
            assert_eq!(row.domain, "paper.example");
            // Blanks and folds that a relay may change.
            let folded = signed.replace("Ann  <", "Ann <").replace("Hello  there ", "Hello there");
            let got = checked(&read_message(folded.as_bytes()), &keys);
            let want = |relaxed| Some(if relaxed { Check::Pass } else { Check::Fail });
            let row = &got.dkim[0];
            assert_eq!(row.signature, want(forms.starts_with("relaxed")), "{tags}");
            assert_eq!(row.body_hash, want(forms.ends_with("relaxed")), "{tags}");
        }
    }
}

#[test]
fn lengths_expiry_and_faults() {
    let (ed, record) = ed25519();
    let key = |bytes: &[u8]| ed.sign(&sha2::Sha256::digest(bytes)).to_bytes().to_vec();
    let keys = [txt(
        "e._domainkey.paper.example",
        &record,
        "2024-01-01T00:00:00Z",
        "2024-12-31T00:00:00Z",
    )];
    let base = "v=1; a=ed25519-sha256; c=relaxed/relaxed; d=paper.example; s=e; h=from:subject";
    let with = |more: &str, mail: &str| {
        let signed = sign_dkim(&format!("{base}{more}"), mail, &key);
        checked(&read_message(signed.as_bytes()), &keys).dkim.remove(0)
    };
    // Twelve bytes of the canonical body, with more behind them than was signed.
    let row = with("; l=12", MAIL);
    assert_eq!((row.body_hash, row.body_length), (Some(Check::Pass), Some(12)));
    let signed = sign_dkim(&format!("{base}; l=12"), MAIL, &key);
    let longer = signed.replace("last", "<a href=https://evil.example>");
    assert_eq!(
        checked(&read_message(longer.as_bytes()), &keys).dkim[0].body_hash,
        Some(Check::Pass)
    );
    let signed = signed.replace("l=12", "l=99999");
    let row = checked(&read_message(signed.as_bytes()), &keys).dkim.remove(0);
    assert_eq!((row.body_hash, row.signature), (Some(Check::Fail), Some(Check::Fail)));
    // Expired before the mail's own time; long past by the clock, but not then.
    assert_eq!(with("; x=1711447870", MAIL).signature, Some(Check::Expired));
    assert_eq!(with("; x=1711447873", MAIL).signature, Some(Check::Pass));
    assert_eq!(with("; i=@mail.paper.example", MAIL).signature, Some(Check::Pass));
    assert_eq!(with("; i=@paper.example.evil", MAIL).signature, Some(Check::Malformed));
    let no_from = sign_dkim(&base.replace("from:", ""), MAIL, &key);
    let row = checked(&read_message(no_from.as_bytes()), &keys).dkim.remove(0);
    assert_eq!((row.body_hash, row.signature), (Some(Check::Malformed), Some(Check::Malformed)));
    // What is not kept whole is not called forged.
    let signed = sign_dkim(base, MAIL, &key);
    let odd = signed.replace("Subject: a", "Subject: \u{fffd}");
    assert_eq!(
        checked(&read_message(odd.as_bytes()), &keys).dkim[0].signature,
        Some(Check::NotKept)
    );
}

#[test]
fn a_chain_of_two_servers() {
    let (ed, record) = ed25519();
    let key = |bytes: &[u8]| ed.sign(&sha2::Sha256::digest(bytes)).to_bytes().to_vec();
    let mut mail = MAIL.to_owned();
    for instance in 1..=2 {
        let hash = Canonical::Relaxed.body(Headers::parse(mail.as_bytes()).body);
        let hash = STANDARD.encode(sha2::Sha256::digest(hash));
        mail = format!(
            "ARC-Authentication-Results: i={instance}; mx{instance}.example;\n\tspf=pass\n{mail}"
        );
        let field = format!(
            "ARC-Message-Signature: i={instance}; a=ed25519-sha256; c=relaxed/relaxed;\n \
             d=list.example; s=e; h=from:subject; bh={hash}; b="
        );
        mail = sign(&field, &mail, &key, &|headers| {
            let own = &headers.fields[0];
            signed_fields(headers, own, &Signature::parse(own.value))
        });
        let chain = if instance == 1 { "none" } else { "pass" };
        let field = format!(
            "ARC-Seal: i={instance}; a=ed25519-sha256; cv={chain}; d=list.example; s=e;\n \
             t=1711447872; b="
        );
        mail = sign(&field, &mail, &key, &|headers| Sets::of(headers).sealed(instance));
    }
    let name = "e._domainkey.list.example";
    let keys = [txt(name, &record, "2024-01-01T00:00:00Z", "2024-12-31T00:00:00Z")];
    let got = checked(&read_message(mail.as_bytes()), &keys);
    assert!(got.arc_whole);
    for (row, want) in got.arc.iter().zip(1..) {
        assert_eq!(row.instance, want);
        let all = [row.body_hash, row.signature, row.seal];
        assert_eq!(all, [Some(Check::Pass); 3], "{row:?}");
    }
    assert_eq!(got.arc[0].results, "i=1; mx1.example; spf=pass");
    assert_eq!((&*got.arc[0].chain, &*got.arc[1].chain), ("none", "pass"));
    // What the first server said is under both seals.
    let forged = mail.replace("mx1.example;\n\tspf=pass", "mx1.example;\n\tspf=fail");
    let got = checked(&read_message(forged.as_bytes()), &keys);
    assert!(got.arc.iter().all(|row| row.seal == Some(Check::Fail)));
    let gap = mail.replace("i=1;", "i=3;");
    assert!(!checked(&read_message(gap.as_bytes()), &keys).arc_whole);
}

/// How many body hashes of a mailing list hold: `-- dkim_of_a_list --nocapture`.
#[test]
#[allow(clippy::print_stderr)] // the counts are for who runs it
fn dkim_of_a_list() {
    let Some(path) = crate::mail::corpus("list.mbox.xz") else { return };
    let counts = count(&path);
    eprintln!("{counts:?}");
    let of = |check: &str| counts.get(check).copied().unwrap_or(0);
    assert!(of("Pass") > 9 * of("Fail"), "{counts:?}");
}

fn count(path: &Path) -> std::collections::BTreeMap<String, u64> {
    let mut counts = std::collections::BTreeMap::new();
    let id = demarche_core::source::hash_file(path).unwrap().id;
    let limits = demarche_core::source::Limits::default();
    demarche_core::source::walk(path, "x", &id, &limits, &mut |mut member| {
        crate::read_member(&mut member, &mut |record| {
            let demarche_core::Record::Message(message) = record else { return };
            let Some(stored) = message.authentication else { return };
            *counts.entry("messages".to_owned()).or_default() += u64::from(!stored.dkim.is_empty());
            for row in &stored.dkim {
                *counts.entry(format!("{:?}", row.body_hash.unwrap())).or_default() += 1;
            }
        });
    })
    .unwrap();
    counts
}

proptest::proptest! {
    #[test]
    fn any_tags_are_read(value in "[a-z=;:/ \n@0-9.]{0,80}") {
        let mail = format!("DKIM-Signature: {value}\nARC-Seal: {value}\nFrom: a@b\n\nx\n");
        let message = read_message(mail.as_bytes());
        let _ = check(&mut message.clone(), &Keys::new(&rfc_8463_keys()));
        let _ = tags::without_signature(value.as_bytes());
    }
}
