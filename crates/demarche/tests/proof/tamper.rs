//! Nothing in a bundle can be changed unseen. Checked in process: thousands of times.

use std::path::Path;

use demarche_dossier::{PublicKey, Trust, Verification, verify_with};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::{fixed, ok, small};
use crate::common::Bench;

const CHANGES: usize = 200;

struct Bundle {
    /// Keeps the folder.
    _bench: Bench,
    dir: std::path::PathBuf,
    key: PublicKey,
    witness: PublicKey,
}

/// A bundle with everything that one can hold: a witness's line and, where there is
/// `openssl`, a time stamp.
fn bundle() -> Bundle {
    let (bench, made) = (Bench::new(), small());
    let dir = bench.path("dossier");
    super::copy(&made.dossier(), &dir);
    let path = |name: &str| bench.path(name).display().to_string();
    let d = dir.display().to_string();
    let (w, request, answer) = (path("witness.key"), path("request"), path("answer"));
    ok(bench.run(&["key", "create", "--key", &w, "--name", "witness.example/w1"]));
    let public = |key: &str| {
        let (text, _) = ok(bench.run(&["key", "show", "--key", key]));
        PublicKey::read(&bench.file("a.pub", text)).unwrap()
    };
    let witness = public(&w);
    let witness_file = bench.file("witness.pub", format!("{witness}\n")).display().to_string();
    ok(bench.run(&["witness", "request", &d, "--out", &request]));
    let mut cosign = fixed(&bench);
    ok(cosign
        .args(["witness", "cosign", &request, "--out", &answer, "--key", &w])
        .output()
        .unwrap());
    ok(bench.run(&["witness", "add", &d, &answer, "--witness", &witness_file]));
    super::oracles::stamp(&bench, &dir);
    let key = PublicKey::read(&made.key).unwrap();
    Bundle { _bench: bench, dir, key, witness }
}

impl Bundle {
    fn check(&self) -> Verification {
        let witnesses = [self.witness.clone()];
        let trust = Trust { key: Some(&self.key), witnesses: &witnesses, roots: &[] };
        verify_with(&self.dir, &trust)
    }

    /// Refused, and the record or the file is named.
    fn refused(&self, path: &str, what: &str) {
        let found = self.check();
        let named = |line: &String| line.contains(path) || line.contains("record ");
        assert!(
            found.failures.iter().any(named),
            "{path}, {what}: refused {}, {:?}",
            !found.passed(),
            found.failures
        );
    }
}

/// For every file: 200 random single-byte changes, lines taken out, swapped and put in
/// another order, the file emptied, cut, gone, and two files changed for each other.
#[test]
fn every_change_to_every_file_of_a_bundle_is_refused() {
    let bundle = bundle();
    assert_eq!(bundle.check().failures, Vec::<String>::new());
    assert!(bundle.check().vouched.iter().any(|line| line.contains("witness.example/w1")));
    let mut random = ChaCha8Rng::seed_from_u64(20);
    let all = super::files(&bundle.dir);
    let mut changes = 0;
    for (path, good) in &all {
        let file = bundle.dir.join(path);
        let mut try_with = |bad: &[u8], what: &str| {
            if bad != good.as_slice() {
                std::fs::write(&file, bad).unwrap();
                bundle.refused(path, what);
                changes += 1;
            }
        };
        for _ in 0..CHANGES {
            let mut bad = good.clone();
            let at = random.random_range(0..bad.len());
            bad[at] = bad[at].wrapping_add(random.random_range(1..=255));
            try_with(&bad, &format!("byte {at}"));
        }
        let lines: Vec<&[u8]> = good.split_inclusive(|byte| *byte == b'\n').collect();
        for _ in 0..10 {
            let mut line = || random.random_range(0..lines.len());
            let (one, other) = (line(), line());
            let mut swapped = lines.clone();
            swapped.swap(one, other);
            try_with(&swapped.concat(), &format!("lines {one} and {other} swapped"));
            let mut less = lines.clone();
            less.remove(one);
            try_with(&less.concat(), &format!("line {one} gone"));
            let mut moved = lines.clone();
            let line = moved.remove(one);
            moved.insert(other.min(moved.len()), line);
            try_with(&moved.concat(), &format!("line {one} moved to {other}"));
        }
        let reversed: Vec<&[u8]> = lines.iter().rev().copied().collect();
        try_with(&reversed.concat(), "lines reversed");
        try_with(&good[..good.len() / 2], "cut");
        try_with(b"", "emptied");
        std::fs::remove_file(&file).unwrap();
        bundle.refused(path, "gone");
        std::fs::write(&file, good).unwrap();
    }
    for (one, other) in all.keys().zip(all.keys().skip(1)) {
        std::fs::write(bundle.dir.join(one), &all[other]).unwrap();
        std::fs::write(bundle.dir.join(other), &all[one]).unwrap();
        bundle.refused(one, "in the place of another");
        std::fs::write(bundle.dir.join(one), &all[one]).unwrap();
        std::fs::write(bundle.dir.join(other), &all[other]).unwrap();
    }
    assert!(changes > all.len() * CHANGES, "{changes} changes to {} files", all.len());
    assert_eq!(bundle.check().failures, Vec::<String>::new(), "all is as it was");
}

/// Changed and signed again by somebody else: whole, and yet refused.
#[test]
fn a_bundle_signed_again_under_another_key_is_refused() {
    let (bench, made) = (Bench::new(), small());
    let (case, key) = (&made.case, &made.key);
    let forged = bench.path("forged");
    let mut command = fixed(&bench);
    command.arg("report").arg("--case").arg(case).arg("--out").arg(&forged);
    ok(command.arg("--key").arg(bench.path("forger.key")).output().unwrap());
    let verify = |dossier: &Path, key: &Path| {
        let mut command = bench.command();
        command.arg("verify").arg(dossier).arg("--key").arg(key).output().unwrap()
    };
    let refused = verify(&forged, key);
    assert_eq!(refused.status.code(), Some(4));
    assert!(super::said(&refused).contains("untrusted key"), "{}", super::said(&refused));
    let (text, _) =
        ok(bench.run(&["key", "show", "--key", bench.path("forger.key").to_str().unwrap()]));
    let forger = bench.file("forger.pub", text);
    assert_eq!(verify(&forged, &forger).status.code(), Some(0), "it is whole in itself");
    // The right signer's checkpoint over the forged log does not help.
    std::fs::copy(case.join("dossier/checkpoint"), forged.join("checkpoint")).unwrap();
    let mixed = verify(&forged, key);
    assert_eq!(mixed.status.code(), Some(4));
    assert!(super::said(&mixed).contains("data/log.txt"), "{}", super::said(&mixed));
}
