//! Mail beside the common ways: git repositories, signatures with keys that come later,
//! what lies inside attachments.

use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};
use sha2::Digest as _;

use crate::common::{Bench, mail, zip};

fn git(dir: &Path, arguments: &[&str]) -> bool {
    let run = Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@b.example", "-c", "gc.auto=0"])
        .args(arguments)
        .current_dir(dir)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output();
    run.is_ok_and(|run| {
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        true
    })
}

/// A public-inbox repository: version 2 keeps each mail as `m`, version 1 under its hash.
#[test]
fn mails_of_a_git_repository() {
    let bench = Bench::new();
    let tree = bench.path("tree");
    std::fs::create_dir_all(&tree).unwrap();
    if !git(&tree, &["init", "-q", "."]) {
        eprintln!("no git: skipped");
        return;
    }
    for n in 0..6 {
        bench.file("tree/m", mail(&format!("g{n}@x"), "a@example.org", &format!("git {n}"), "x"));
        git(&tree, &["add", "m"]);
        git(&tree, &["commit", "-q", "-m", "m"]);
    }
    // A deleted mail is evidence; the last one stays loose.
    git(&tree, &["repack", "-q", "-a", "-d"]);
    bench.file("tree/ab/cdef", mail("loose@x", "a@example.org", "loose", "y"));
    git(&tree, &["rm", "-q", "m"]);
    git(&tree, &["add", "ab"]);
    git(&tree, &["commit", "-q", "-m", "m"]);
    git(&bench.path("."), &["clone", "-q", "--mirror", "tree", "ev/all.git"]);
    let case = bench.path("case");
    let said = bench.ingest(&[&bench.path("ev")], &case, 0);
    assert!(said.contains("7 messages") && said.contains("framing"), "{said}");
    let mails = bench.show(&case, "messages");
    assert_eq!(mails.len(), 7);
    let path = mails[0]["evidence"]["path"].as_str().unwrap();
    assert!(path.starts_with("all.git/objects/"), "{path}");
    let strange: Vec<_> = bench
        .show(&case, "anomalies")
        .into_iter()
        .filter(|row| !row["reason"].as_str().unwrap().contains("framing"))
        .collect();
    assert!(strange.is_empty(), "{strange:?}");
}

fn signed_mail(key: &SigningKey) -> String {
    let body = "hello\r\n";
    let hash = STANDARD.encode(sha2::Sha256::digest(body));
    let tags = format!(
        "v=1; a=ed25519-sha256; c=relaxed/relaxed; d=paper.example; s=e; h=from; bh={hash}; b="
    );
    let header = format!("from:Ann <ann@paper.example>\r\ndkim-signature:{tags}");
    let signature = STANDARD.encode(key.sign(&sha2::Sha256::digest(header)).to_bytes());
    format!(
        "DKIM-Signature: {tags}{signature}\r\nFrom: Ann  <ann@paper.example>\r\n\
         To: bob@house.example\r\nSubject: signed\r\nDate: Tue, 05 Mar 2024 10:00:00 +0100\r\n\
         Message-ID: <s@paper.example>\r\n\r\n{body}"
    )
}

#[test]
fn keys_may_come_before_or_after_the_mail_and_go_again() {
    let bench = Bench::new();
    let key = SigningKey::from_bytes(&[9; 32]);
    let public = STANDARD.encode(key.verifying_key().as_bytes());
    let row = |public: &str, first: u64, last: u64| {
        serde_json::json!({
            "rrname": "e._domainkey.paper.example.", "rrtype": "TXT",
            "rdata": format!("v=DKIM1; k=ed25519; p={public}"),
            "time_first": first, "time_last": last,
        })
        .to_string()
    };
    // The key of March 2024, and the one that the name leads to today.
    let then = row(&public, 1_709_000_000, 1_710_000_000);
    let now = row(&STANDARD.encode([1; 32]), 1_750_000_000, 1_790_000_000);
    let keys = bench.file("keys.jsonl", format!("{then}\n{now}\n"));
    let mail = bench.file("mail.eml", signed_mail(&key));
    let signature = |case: &Path| {
        let rows = bench.show(case, "messages");
        rows[0]["authentication"]["dkim"][0].clone()
    };
    for (n, order) in [[&keys, &mail], [&mail, &keys]].iter().enumerate() {
        let case = bench.path(&format!("case{n}"));
        for evidence in order {
            bench.ingest(&[evidence], &case, 0);
        }
        let got = signature(&case);
        assert_eq!((&got["body_hash"], &got["signature"]), (&"pass".into(), &"pass".into()));
        assert!(got["key"].as_str().unwrap().starts_with("d1:"));
        let forgot = bench.run(&["forget", "keys.jsonl", "--case", case.to_str().unwrap()]);
        assert!(forgot.status.success());
        let got = signature(&case);
        assert_eq!((&got["body_hash"], got["signature"].is_null()), (&"pass".into(), true));
    }
}

#[test]
fn inside_attachments() {
    let bench = Bench::new();
    let rels = br#"<Relationships><Relationship Target="https://t.example/t.dotm" TargetMode="External"/></Relationships>"#;
    let docx = zip(&[("[Content_Types].xml", b"<Types/>"), ("word/_rels/a.rels", rels)]);
    let packed = zip(&[("secret plan.docx", &docx)]);
    let attached = |id: &str, to: &str| {
        format!(
            "From: x@example.net\r\nTo: {to}\r\nDelivered-To: {to}\r\nSubject: s\r\n\
             Date: Tue, 05 Mar 2024 10:00:00 +0100\r\nMessage-ID: <{id}>\r\nMIME-Version: 1.0\r\n\
             Content-Type: application/zip; name=a.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n",
            STANDARD.encode(&packed)
        )
    };
    let one = bench.file("ev/one.eml", attached("1@x", "ann@house.example"));
    bench.file("ev/two.eml", attached("2@x", "bob@house.example"));
    let (evidence, case) = (bench.path("ev"), bench.path("case"));
    bench.ingest(&[&evidence], &case, 0);
    let deep = || {
        let run =
            bench.run(&["deep", evidence.to_str().unwrap(), "--case", case.to_str().unwrap()]);
        let said = String::from_utf8_lossy(&run.stderr).into_owned();
        assert!(run.status.success(), "{said}");
        said
    };
    let said = deep();
    assert!(said.contains("1 attachments of 2 sources; urls: 1 office"), "{said}");
    assert!(deep().contains("2 sources had been looked into already"));
    let rows = bench.show(&case, "deep");
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["members"][0]["path"], "secret plan.docx");
    let found = |place: &str| {
        let rows = bench.show(&case, "observables").into_iter();
        let rows = rows.filter(|row| row["where"] == place && row["type"] != "domain");
        rows.map(|row| row["value"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found("office"), ["https://t.example/t.dotm"; 2]);
    assert_eq!(found("member").len(), 2);
    // What is forgotten goes, what is not stays.
    let forgot = bench.run(&["forget", "one.eml", "--case", case.to_str().unwrap()]);
    assert!(forgot.status.success() && one.exists());
    assert_eq!(found("office").len(), 1);
    assert_eq!(bench.show(&case, "deep").len(), 1);
    // A roster that makes the mailbox privileged has names of files inside taken out.
    bench.file(
        "ev/roster.csv",
        "person_id,name,addresses,kind,privilege\np1,Bob,bob@house.example,staff,source\n",
    );
    bench.file("ev/one.eml", "nothing to see");
    bench.ingest(&[&evidence], &case, 0);
    assert!(found("office").is_empty());
    deep();
    assert_eq!(found("office"), ["https://t.example/t.dotm"]);
    assert_eq!(bench.show(&case, "deep")[0]["members"][0]["path"], "");
}
