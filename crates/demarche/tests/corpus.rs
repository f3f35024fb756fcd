//! Real mail and real logs, where the corpus is at hand.

use std::path::{Path, PathBuf};

use crate::common::Bench;

fn corpus() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let path = std::env::var_os("DEMARCHE_CORPUS").map_or(beside, PathBuf::from);
    if path.join("mail").is_dir() {
        return Some(path);
    }
    eprintln!("no corpus here: skipped");
    None
}

fn read(bench: &Bench, case: &Path, path: &str, kind: &str) -> u64 {
    let rows = bench.show(case, "sources");
    let row =
        rows.iter().find(|row| row["path"] == path).unwrap_or_else(|| panic!("{path}: {rows:?}"));
    assert!(row["formats"].to_string().contains(kind), "{row}");
    row["records"].as_u64().unwrap()
}

#[test]
fn every_message_and_event_is_read_or_said() {
    let Some(corpus) = corpus() else { return };
    let bench = Bench::new();
    let case = bench.path("case");
    bench.ingest(&[&corpus.join("mail"), &corpus.join("cloud")], &case, 0);
    assert_eq!(read(&bench, &case, "phish.tar.xz", "eml"), 1_444);
    assert_eq!(read(&bench, &case, "spamassassin.tar.xz", "eml"), 6_046);
    assert_eq!(read(&bench, &case, "list.mbox.xz", "mbox"), 6_000);
    let log = "m365-unified-audit-log.csv.xz";
    assert_eq!(read(&bench, &case, log, "m365"), 9_611 - 3);
    let empty = bench
        .show(&case, "anomalies")
        .iter()
        .filter(|a| {
            a["evidence"]["path"] == log && a["reason"].to_string().contains("without AuditData")
        })
        .count();
    assert_eq!(empty, 3);
    let events = bench.show(&case, "events");
    assert_eq!(events.iter().filter(|e| e["provider"] == "m365").count(), 5_373);
}

#[test]
fn the_account_takeovers_of_the_real_export_are_found() {
    let Some(corpus) = corpus() else { return };
    let bench = Bench::new();
    let case = bench.path("case");
    let output = bench.run(&[
        "investigate",
        corpus.join("cloud/m365-unified-audit-log.csv.xz").to_str().unwrap(),
        "--case",
        case.to_str().unwrap(),
    ]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let intrusions = bench.show(&case, "intrusions");
    let likely: Vec<_> =
        intrusions.iter().filter(|i| i["probability"].as_f64() > Some(0.55)).collect();
    assert!(!likely.is_empty(), "{} intrusions, none likely", intrusions.len());
    let rules: std::collections::BTreeSet<String> =
        bench.show(&case, "findings").iter().map(|f| f["title"].to_string()).collect();
    assert!(rules.len() >= 5, "{rules:?}");
}
