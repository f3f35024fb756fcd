//! What the evidence leaves out in silence splits coverage and is said.

use serde_json::Value;

use crate::common::Bench;

/// An audit log that never sleeps, of 45 days from 2024-01-01 on, without the hours for
/// which `lost` says so.
fn audit(lost: impl Fn(i64) -> bool) -> String {
    let mut text = String::new();
    for hour in (0..45 * 24).filter(|hour| !lost(*hour)) {
        let time = demarche_core::UtcMicros::from_seconds(1_704_067_200 + hour * 3_600).unwrap();
        let time = time.to_string();
        for n in 0..3 {
            let line = serde_json::json!({
                "Id": format!("{hour:08}-{n}"), "CreationTime": &time[..19], "Workload": "Exchange",
                "Operation": "Send", "UserId": format!("u{n}@example.org"), "RecordType": 2,
            });
            text.push_str(&format!("{line}\n"));
        }
    }
    text
}

fn investigate(bench: &Bench, evidence: &[&str]) -> std::path::PathBuf {
    let case = bench.path(&format!("case-{}", evidence.join("-")));
    let mut command = bench.command();
    command.arg("investigate");
    command.args(evidence.iter().map(|name| bench.path(name)));
    let output = command.arg("--case").arg(&case).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    case
}

fn of_all(rows: &[Value]) -> Vec<(&str, &str, bool)> {
    let cloud = rows.iter().filter(|row| row["source"] == "cloud" && row["account"] == "");
    cloud
        .map(|row| {
            let time = |key: &str| row[key].as_str().unwrap_or("open");
            (time("from"), time("to"), row["inferred"].as_bool().unwrap())
        })
        .collect()
}

#[test]
fn a_silent_day_and_a_half_splits_coverage_and_is_said() {
    let bench = Bench::new();
    // From 2024-01-21 06:00 on, 36 hours.
    let (from, to) = (20 * 24 + 6, 20 * 24 + 42);
    bench.file("holed.jsonl", audit(|hour| (from..to).contains(&hour)));
    bench.file("whole.jsonl", audit(|_| false));
    bench.file(
        "coverage.csv",
        "source,account,from,to,note\ncloud,,2023-07-01T00:00:00Z,,kept for a year\n",
    );
    let case = investigate(&bench, &["holed.jsonl"]);
    let rows = bench.show(&case, "coverage");
    let (before, after) = ("2024-01-21T05:00:00.000000Z", "2024-01-22T18:00:00.000000Z");
    let inferred = of_all(&rows);
    assert_eq!(inferred.len(), 2, "{inferred:?}");
    assert_eq!((inferred[0].1, inferred[1].0), (before, after));
    let is_gap = |row: &Value| {
        row["reader"] == "coverage" && row["reason"].as_str().unwrap().contains("suspected gap")
    };
    let said = bench.show(&case, "anomalies");
    let gap = said.iter().find(|row| is_gap(row)).expect("said");
    assert!(gap["evidence"]["length"].as_u64() > Some(0), "cites a record at its edge");

    let whole = investigate(&bench, &["whole.jsonl"]);
    assert_eq!(of_all(&bench.show(&whole, "coverage")).len(), 1);
    assert!(!bench.show(&whole, "anomalies").iter().any(is_gap));

    // A statement is split, too, and does not stand beside its parts.
    let stated = investigate(&bench, &["holed.jsonl", "coverage.csv"]);
    let rows = bench.show(&stated, "coverage");
    let parts = of_all(&rows);
    assert_eq!(parts.len(), 2, "{parts:?}");
    assert_eq!((parts[0].0, parts[0].1), ("2023-07-01T00:00:00.000000Z", before));
    assert_eq!((parts[1].0, parts[1].1), (after, "open"));
    assert!(parts.iter().all(|part| part.2));
}
