//! Others' programs come to the same answer: `bagit`, `openssl ts`, and the short verifier in
//! `docs/verify`. Where one is not installed, its test says so and ends.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{made, ok, said, small};
use crate::common::Bench;

fn runs(program: &str, arguments: &[&str]) -> bool {
    let output = Command::new(program).args(arguments).output();
    output.is_ok_and(|output| output.status.success())
}

fn missing(what: &str) {
    eprintln!("not compared: {what} is not installed here");
}

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
[ req ]
distinguished_name = dn
[ dn ]
[ ca ]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[ stamp ]
extendedKeyUsage = critical,timeStamping
keyUsage = critical,digitalSignature
";

/// Has a time-stamping authority of our own stamp the dossier; where its files lie, `ca.pem`
/// among them. `None` where there is no `openssl`.
pub(super) fn stamp(bench: &Bench, dossier: &Path) -> Option<PathBuf> {
    if !runs("openssl", &["version"]) {
        missing("openssl");
        return None;
    }
    bench.file("tsa/tsa.cnf", CONFIG);
    bench.file("tsa/serial", "01\n");
    let dir = bench.path("tsa");
    let openssl = |line: &str| {
        let arguments = line.split(' ');
        ok(Command::new("openssl").args(arguments).current_dir(&dir).output().unwrap());
    };
    let key = "ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    openssl(&format!(
        "req -x509 -newkey {key} -keyout ca.key -out ca.pem -days 30 -subj /CN=Root -config \
         tsa.cnf -extensions ca"
    ));
    openssl(&format!(
        "req -newkey {key} -keyout tsa.key -out tsa.csr -subj /CN=Clock -config tsa.cnf"
    ));
    openssl(
        "x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out tsa.pem -days 20 \
         -extfile tsa.cnf -extensions stamp",
    );
    let path = |name: &str| dir.join(name).display().to_string();
    let d = dossier.display().to_string();
    ok(bench.run(&["timestamp", "request", &d, "--out", &path("q.tsq")]));
    openssl("ts -reply -queryfile q.tsq -config tsa.cnf -signer tsa.pem -inkey tsa.key -out r.tsr");
    ok(bench.run(&["timestamp", "add", &d, &path("r.tsr"), "--tsa-root", &path("ca.pem")]));
    Some(dir)
}

#[test]
fn openssl_agrees_on_time_stamps() {
    let (bench, made) = (Bench::new(), small());
    let dossier = bench.path("dossier");
    super::copy(&made.dossier(), &dossier);
    let Some(dir) = stamp(&bench, &dossier) else { return };
    let ours = |root: &Path| {
        let mut command = bench.command();
        command.arg("verify").arg(&dossier).arg("--key").arg(&made.key);
        command.arg("--tsa-root").arg(root).output().unwrap()
    };
    let theirs = |root: &Path| {
        let mut command = Command::new("openssl");
        command.args(["ts", "-verify", "-data"]).arg(dossier.join("checkpoint"));
        command.arg("-in").arg(dossier.join("time/tsa.tsr")).arg("-CAfile").arg(root);
        command.output().unwrap().status.success()
    };
    let root = dir.join("ca.pem");
    let held = ours(&root);
    assert_eq!(held.status.code(), Some(0), "{}", said(&held));
    assert!(said(&held).contains("time stamp 2") && said(&held).contains("Clock"));
    assert!(theirs(&root));
    // Another root: both refuse it.
    let other = Bench::new();
    let other_dossier = other.path("dossier");
    super::copy(&made.dossier(), &other_dossier);
    let other_dir = stamp(&other, &other_dossier).unwrap();
    let other_root = other_dir.join("ca.pem");
    assert_eq!(ours(&other_root).status.code(), Some(4));
    assert!(!theirs(&other_root));
    // Another authority's token: both refuse it under this root.
    let token = std::fs::read(other_dossier.join("time/tsa.tsr")).unwrap();
    std::fs::write(dossier.join("time/tsa.tsr"), token).unwrap();
    assert_eq!(ours(&root).status.code(), Some(4));
    assert!(!theirs(&root));
}

#[test]
fn bagit_validates_the_folder() {
    if !runs("python3", &["-c", "import bagit"]) {
        missing("Python's bagit");
        return;
    }
    let made = made();
    let validate = |dossier: &Path| {
        let script = "import sys, bagit; bagit.Bag(sys.argv[1]).validate()";
        Command::new("python3").args(["-c", script]).arg(dossier).output().unwrap()
    };
    ok(validate(&made.dossier()));
    let bad = made.bench.path("unbagged");
    super::copy(&made.dossier(), &bad);
    std::fs::write(bad.join("data/report.md"), "changed").unwrap();
    assert!(!validate(&bad).status.success());
}

#[test]
fn the_short_verifier_agrees() {
    if !runs("python3", &["-c", "import hashlib"]) {
        missing("Python");
        return;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/verify/verify.py");
    let lines = std::fs::read_to_string(&script).unwrap().lines().count();
    assert!(lines <= 150, "{lines} lines");
    let made = made();
    let verify = |dossier: &Path, key: &Path| {
        Command::new("python3").arg(&script).arg(dossier).arg(key).output().unwrap()
    };
    let agree = |dossier: &Path, key: &Path, holds: bool| {
        let (theirs, ours) = (verify(dossier, key), {
            let mut command = made.bench.command();
            command.arg("verify").arg(dossier).arg("--key").arg(key).output().unwrap()
        });
        let want = if holds { Some(0) } else { Some(4) };
        assert_eq!(ours.status.code(), want, "{}", said(&ours));
        assert_eq!(theirs.status.code(), want, "{}", said(&theirs));
    };
    agree(&made.dossier(), &made.key, true);
    let mut command = made.bench.command();
    let redacted = made.bench.path("for the short one");
    let policy = made.bench.file(
        "short.json",
        r#"{"name":"short","tlp":"GREEN","kinds":["wave","campaign"],"custody":false}"#,
    );
    command.arg("report").arg("--case").arg(&made.case).arg("--redact").arg(policy);
    ok(command.arg("--out").arg(&redacted).output().unwrap());
    agree(&redacted, &made.key, true);
    // One byte in each of the files that both read, a line less, another key.
    for path in ["data/records.jsonl", "data/log.txt", "checkpoint", "data/report.html"] {
        let bad = made.bench.path("for the short one, bad");
        super::copy(&made.dossier(), &bad);
        let mut bytes = std::fs::read(bad.join(path)).unwrap();
        let at = bytes.len() / 2;
        bytes[at] = if bytes[at] == b'1' { b'2' } else { b'1' };
        std::fs::write(bad.join(path), bytes).unwrap();
        agree(&bad, &made.key, false);
    }
    let (other, _) = ok(made.bench.run(&[
        "key",
        "create",
        "--key",
        made.bench.path("other.key").to_str().unwrap(),
    ]));
    let other = made.bench.file("other.pub", other);
    agree(&made.dossier(), &other, false);
}
