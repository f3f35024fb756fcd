//! Nothing can be changed unseen: every file of a dossier, by bytes and by lines.
#![allow(clippy::disallowed_methods)] // reads and writes what the test made

use std::path::Path;

use rand::seq::{IndexedRandom as _, SliceRandom as _};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::redact::{Policy, write_redacted};
use crate::{PublicKey, Report, SigningKey, Trust, files, sample, verify, verify_with, write};

/// Changes made to each file.
const ROUNDS: usize = 200;

/// The sample without most of its rows, so that thousands of checks stay quick.
fn small() -> Report {
    let mut report = sample::report();
    report.intrusions.truncate(2);
    report.waves.retain(|wave| wave.campaign_id == "k1:b");
    report.campaigns.retain(|row| row.campaign_id == "k1:b");
    report.exposures.retain(|row| report.waves.iter().any(|wave| wave.wave_id == row.wave_id));
    report.hypotheses.truncate(1);
    report.anomalies.first.truncate(2);
    report.knowledge_notice.clear();
    report
}

fn custody() -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let log = demarche_core::custody::CustodyLog::at(dir.path().join("c"));
    for n in 0..4 {
        log.append("ingest", serde_json::json!({ "n": n })).unwrap();
    }
    std::fs::read(log.path()).unwrap()
}

/// One random change of one sort; `None` where it would change nothing.
fn change(bytes: &[u8], round: usize, random: &mut ChaCha8Rng) -> Option<(String, Vec<u8>)> {
    let mut bad = bytes.to_vec();
    let at = random.random_range(0..bytes.len());
    let what = match round % 6 {
        0 | 1 => {
            bad[at] ^= 1 << random.random_range(0..8);
            format!("bit flipped at {at}")
        }
        2 => {
            let length = random.random_range(1..=20.min(bytes.len() - at));
            bad.drain(at..at + length);
            format!("{length} bytes gone at {at}")
        }
        3 => {
            let other = random.random_range(0..bytes.len());
            bad.swap(at, other);
            format!("bytes {at} and {other} swapped")
        }
        sort => {
            let mut lines: Vec<&[u8]> = bytes.split_inclusive(|b| *b == b'\n').collect();
            if sort == 4 {
                let at = random.random_range(0..lines.len());
                lines.remove(at);
            } else {
                let from = random.random_range(0..lines.len());
                let to = lines.len().min(from + 5);
                lines[from..to].shuffle(random);
            }
            bad = lines.concat();
            "lines dropped or shuffled".to_owned()
        }
    };
    (bad != bytes).then_some((what, bad))
}

/// Every change to every file is refused, and a file or a record is named.
fn refuses_all(dir: &Path, key: &PublicKey, trust: &Trust<'_>) {
    assert_eq!(verify_with(dir, trust).failures, Vec::<String>::new());
    let mut random = ChaCha8Rng::seed_from_u64(7);
    for path in files::tree(dir).unwrap() {
        let good = std::fs::read(dir.join(&path)).unwrap();
        if good.is_empty() {
            continue;
        }
        for round in 0..ROUNDS {
            let Some((what, bad)) = change(&good, round, &mut random) else { continue };
            std::fs::write(dir.join(&path), &bad).unwrap();
            let found = verify(dir, Some(key));
            let named =
                found.failures.iter().any(|line| line.contains(&path) || line.contains("record "));
            assert!(!found.passed() && named, "{path}, {what}: {:?}", found.failures);
            if path.ends_with("records.jsonl") {
                let record = found.failures.iter().any(|line| line.contains("record "));
                let tail = bad.strip_suffix(b"\n").unwrap_or(&bad)
                    == good.strip_suffix(b"\n").unwrap_or(&good);
                assert!(record || tail, "{path}, {what}: no record named: {:?}", found.failures);
            }
        }
        std::fs::remove_file(dir.join(&path)).unwrap();
        assert!(!verify(dir, Some(key)).passed(), "{path} deleted");
        std::fs::write(dir.join(&path), &good).unwrap();
    }
    for (extra, name) in
        [("data/extra.txt", "extra"), ("extra.txt", "extra"), ("time/x.tsr", "x.tsr")]
    {
        files::write_inside(dir, extra, b"x").unwrap();
        let found = verify(dir, Some(key));
        assert!(found.failures.iter().any(|line| line.contains(name)), "{extra}");
        std::fs::remove_file(dir.join(extra)).unwrap();
    }
    let _ = std::fs::remove_dir(dir.join("time"));
    assert_eq!(verify_with(dir, trust).failures, Vec::<String>::new(), "all is as it was");
}

#[test]
fn every_change_to_every_file_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("dossier");
    let key = SigningKey::from_seed([9; 32]);
    let witness = SigningKey::from_seed([8; 32]).named("witness.example/w1").unwrap();
    let custody = custody();
    write(&out, &small(), &custody, &key).unwrap();
    let line = crate::cosign(
        &std::fs::read_to_string(out.join("checkpoint")).unwrap(),
        &witness,
        1_700_000_000,
    )
    .unwrap();
    let added = crate::add_cosignature(&out, &line, &witness.public()).unwrap();
    assert_eq!(added.name, "witness.example/w1");
    assert!(crate::add_cosignature(&out, &line, &key.public()).is_err());
    let witnesses = [witness.public()];
    let trust = Trust { key: Some(&key.public()), witnesses: &witnesses, roots: &[] };
    refuses_all(&out, &key.public(), &trust);
    assert!(verify_with(&out, &trust).vouched[0].contains("2023-11-14"));
    // Written again, it keeps what the witness added.
    write(&out, &small(), &custody, &key).unwrap();
    assert!(verify_with(&out, &trust).passed());
    // Another dossier in its place does not take a witness's word away.
    let kept = write(&out, &sample::report(), &custody, &key).unwrap().kept.unwrap();
    assert!(verify_with(&kept, &trust).passed());
    assert!(!verify_with(&out, &trust).passed(), "no witness has seen this one");
}

#[test]
fn every_change_to_a_redacted_dossier_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("redacted");
    let key = SigningKey::from_seed([9; 32]);
    let policy = Policy {
        name: "partners".to_owned(),
        tlp: "AMBER".to_owned(),
        kinds: ["statement", "wave", "hypothesis", "range"].map(str::to_owned).into(),
        custody: true,
        ..Policy::default()
    };
    write_redacted(&out, &small(), &custody(), &key, &policy).unwrap();
    let trust = Trust { key: Some(&key.public()), ..Trust::default() };
    refuses_all(&out, &key.public(), &trust);
}

#[test]
fn a_dossier_signed_again_under_another_key_is_untrusted() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("dossier");
    let (key, other) = (SigningKey::from_seed([9; 32]), SigningKey::from_seed([1; 32]));
    write(&out, &small(), &custody(), &other).unwrap();
    let found = verify(&out, Some(&key.public()));
    assert!(found.untrusted_key && found.failures == ["untrusted key"], "{:?}", found.failures);
    let found = verify(&out, None);
    assert!(found.untrusted_key && found.failures == ["untrusted key"]);
    assert!(verify(&out, Some(&other.public())).passed());
    // A checkpoint of the right signer over another log does not help.
    let theirs = dir.path().join("theirs");
    write(&theirs, &sample::report(), &custody(), &key).unwrap();
    std::fs::copy(theirs.join("checkpoint"), out.join("checkpoint")).unwrap();
    let found = verify(&out, Some(&key.public()));
    assert!(!found.passed() && !found.untrusted_key);
}

#[test]
fn two_records_swapped_or_renamed_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("dossier");
    let key = SigningKey::from_seed([9; 32]);
    write(&out, &small(), &custody(), &key).unwrap();
    let path = out.join("data/records.jsonl");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    let id = |line: &str| {
        serde_json::from_str::<serde_json::Value>(line).unwrap()["id"].as_str().unwrap().to_owned()
    };
    let (a, b) = (id(lines[20]), id(lines[30]));
    lines.swap(20, 30);
    std::fs::write(&path, lines.join("\n") + "\n").unwrap();
    let failures = verify(&out, Some(&key.public())).failures.join("\n");
    assert!(failures.contains(&a) && failures.contains(&b), "{failures}");
    let mut random = ChaCha8Rng::seed_from_u64(3);
    for _ in 0..50 {
        let line = *text.lines().collect::<Vec<_>>().choose(&mut random).unwrap();
        let changed = line.replacen("\"salt\":\"", "\"salt\":\"0", 1);
        std::fs::write(&path, text.replacen(line, &changed, 1)).unwrap();
        let failures = verify(&out, Some(&key.public())).failures.join("\n");
        let id = crate::inert(&id(line), 160);
        assert!(failures.contains(&format!("record {id}")), "{id}: {failures}");
    }
}
