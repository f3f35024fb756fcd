//! Writes a dossier of a given number of records, for measuring `verify`:
//!
//! ```text
//! large DIR RECORDS     DIR/dossier, DIR/signer.pub
//! ```
//!
//! The rows are made up; each finding gives four records: itself, its statement, how that
//! was arrived at, and the range of bytes that it cites.
#![allow(clippy::disallowed_methods, clippy::print_stderr)] // a tool of the benchmark

use std::path::PathBuf;

use demarche_core::{EvidenceRef, Finding, SourceId, UtcMicros};
use demarche_dossier::{Report, SigningKey, SourceFact, write};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(dir), Some(records)) = (arguments.next(), arguments.next()) else {
        return Err("large DIR RECORDS".into());
    };
    let (dir, records) = (PathBuf::from(dir), records.parse::<u64>()?);
    let source = format!("sha256:{}", "ab".repeat(32));
    let finding = |n: u64| {
        let time = i64::try_from(1_700_000_000 + n).ok().and_then(UtcMicros::from_seconds);
        Finding {
            finding_uid: format!("n1:{n:032x}"),
            rule: "made/forwarding-rule".to_owned(),
            title: "A rule that forwards mail out of the house".to_owned(),
            severity: "high".to_owned(),
            time,
            subject: format!("person{}@house.example", n % 5_000),
            techniques: vec!["T1114.003".to_owned()],
            record_uid: format!("e1:{n:032x}"),
            evidence: EvidenceRef {
                source: SourceId::from_stored(source.clone()),
                path: "cloud/audit.jsonl".to_owned(),
                offset: n * 700,
                length: 690,
                locator: None,
                sha256: format!("{:064x}", u128::from(n) << 64 | u128::from(n ^ 0x5bd1_e995)),
            },
        }
    };
    let report = Report {
        run_id: "r-large".to_owned(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        sources: vec![SourceFact {
            id: source.clone(),
            path: "cloud/audit.jsonl".to_owned(),
            format: "m365".to_owned(),
            ..SourceFact::default()
        }],
        findings: (0..records / 4).map(finding).collect(),
        generated_at: UtcMicros::from_seconds(1_790_000_000),
        ..Report::default()
    };
    let key = SigningKey::from_seed([7; 32]);
    let written = write(&dir.join("dossier"), &report, b"", &key)?;
    std::fs::write(dir.join("signer.pub"), format!("{}\n", key.public()))?;
    eprintln!("{} records, root {}", written.records, written.root);
    Ok(())
}
