use demarche_core::{Event, Record};
use proptest::prelude::*;

use crate::lines::testing::{cited, read};

const CSV: &[u8] = include_bytes!("testdata/purview.csv");
const JSON: &[u8] = include_bytes!("testdata/audit.json");

fn events(bytes: &[u8]) -> (Option<&'static str>, Vec<Event>, Vec<String>) {
    let (name, records, anomalies) = read(bytes);
    let events = records
        .into_iter()
        .map(|record| match record {
            Record::Event(event) => {
                cited(bytes, &event.evidence);
                *event
            }
            other => panic!("{other:?}"),
        })
        .collect();
    (name, events, anomalies.into_iter().map(|a| a.reason).collect())
}

#[test]
fn purview_csv() {
    let (name, events, anomalies) = events(CSV);
    assert_eq!(name, Some("m365-csv"));
    insta::assert_json_snapshot!(events);
    assert_eq!(
        anomalies,
        ["a row without AuditData", "AuditData is not JSON (cut off or damaged)"]
    );
}

#[test]
fn json_array() {
    let (name, events, anomalies) = events(JSON);
    assert_eq!(name, Some("m365-json"));
    insta::assert_json_snapshot!(events);
    assert_eq!(anomalies, ["not JSON (cut off or damaged)"]);
}

/// One event, in whatever form it came, has one id.
#[test]
fn the_same_event_in_every_form() {
    let (_, from_csv, _) = events(CSV);
    let audit = r#"{"UserId":"jane@house.example","CreationTime":"2024-03-01T08:00:00","Id":"i-1","Operation":"UserLoggedIn","Workload":"AzureActiveDirectory"}"#;
    let quoted = serde_json::to_string(audit).unwrap();
    let annotated = audit.replacen('{', r##"{"@odata.type":"#x","##, 1);
    let forms = [
        format!("{audit}\n{audit}\n"),
        format!("[\n{audit}\n]"),
        format!("{{\"value\":[{audit}]}}"),
        format!(
            "{{\"RecordType\":\"x\",\"AuditData\":{quoted},\"ResultIndex\":1,\"ResultCount\":1}}\n"
        ),
        format!(
            "{{\n \"value\": [ {{\"id\":\"i-1\",\"auditLogRecordType\":\"x\",\"auditData\":{annotated}}} ]\n}}"
        ),
        format!("CreationDate,AuditData\r\n,\"{}\"\r\n", audit.replace('"', "\"\"")),
    ];
    let mut uids = std::collections::BTreeSet::new();
    for form in &forms {
        let (_, events, anomalies) = events(form.as_bytes());
        assert!(!events.is_empty() && anomalies.is_empty(), "{form}: {anomalies:?}");
        uids.extend(events.into_iter().map(|event| event.event_uid));
    }
    assert_eq!(uids.len(), 1);
    assert!(!uids.contains(&from_csv[0].event_uid));
}

#[test]
fn utf16_exports_cite_their_own_bytes() {
    let text = String::from_utf8(CSV.to_vec()).unwrap();
    let mut bytes = vec![0xff, 0xfe];
    bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    let (_, wide, _) = events(&bytes);
    let (_, plain, _) = events(CSV);
    assert_eq!(wide.len(), plain.len());
    for (wide, plain) in wide.iter().zip(&plain) {
        assert_eq!((&wide.event_uid, &wide.detail), (&plain.event_uid, &plain.detail));
    }
}

#[test]
fn a_full_export_may_be_cut() {
    let mut text = String::from("RecordId,CreationDate,AuditData\n");
    for n in 0..50_000 {
        text.push_str(&format!(
            "{n},,\"{{\"\"Id\"\":\"\"{n}\"\",\"\"CreationTime\"\":\"\"2024-03-01T08:00:00\"\"}}\"\n"
        ));
    }
    let (_, events, anomalies) = events(text.as_bytes());
    assert_eq!(events.len(), 50_000);
    assert_eq!(anomalies, ["export may be cut at 50,000 rows: it has exactly 50000"]);
}

#[test]
fn an_overlong_detail_is_cut_and_said() {
    let long = "x".repeat(300 << 10);
    let text = format!(
        "{{\"Id\":\"1\",\"Operation\":\"Send\",\"Workload\":\"Exchange\",\"CreationTime\":\"2024-03-01T08:00:00\",\"Long\":\"{long}\"}}\n"
    );
    let (_, events, anomalies) = events(text.as_bytes());
    assert_eq!(anomalies, ["event of more than 256 KiB: detail without Long"]);
    let detail: serde_json::Value = serde_json::from_str(&events[0].detail).unwrap();
    assert_eq!(detail["Long"], "307206 bytes, see the evidence");
}

#[test]
fn cut_off_and_paged_arrays() {
    let one = r#"{"Id":"1","Operation":"Send","Workload":"Exchange","CreationTime":"2024-03-01T08:00:00"}"#;
    let (_, events_, anomalies) = events(format!("[{one},{{\"Id\":").as_bytes());
    assert_eq!(events_.len(), 1);
    assert_eq!(anomalies.len(), 2);
    let (_, events_, anomalies) = events(
        format!("{{\"value\":[{one}],\"@odata.nextLink\":\"https://x.example/\"}}").as_bytes(),
    );
    assert_eq!(events_.len(), 1);
    assert_eq!(anomalies, ["export is one page of several (nextLink)"]);
}

#[test]
fn other_json_and_csv_is_not_taken() {
    for text in [
        "{\"Records\":[{\"eventVersion\":\"1.08\",\"eventSource\":\"s3.amazonaws.com\"}]}",
        "[1,2,3]",
        "{}",
        "AuditData\nx\n",
        "{\"name\":\"package\",\"Operation\":1}\n",
    ] {
        assert_eq!(read(text.as_bytes()).0, None, "{text}");
    }
}

/// The real export of the corpus; skipped where that is not at hand.
#[test]
#[allow(clippy::print_stderr)] // a skipped test says so
fn the_counts_of_a_real_export_add_up() {
    use demarche_core::source::{Limits, hash_file, walk};
    let folder = std::env::var_os("DEMARCHE_CORPUS").map_or_else(
        || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"),
        Into::into,
    );
    let path = folder.join("cloud/m365-unified-audit-log.csv.xz");
    if !path.exists() {
        eprintln!("skipped: no {}", path.display());
        return;
    }
    let source = hash_file(&path).unwrap().id;
    let (mut uids, mut events, mut anomalies) = (std::collections::BTreeSet::new(), 0, Vec::new());
    let problems = walk(&path, "m365", &source, &Limits::default(), &mut |mut member| {
        let (name, _) = crate::read_member(&mut member, &mut |record| match record {
            Record::Event(event) => {
                events += 1;
                assert!(event.time.is_some() && !event.account.is_empty());
                uids.insert(event.event_uid);
            }
            Record::Anomaly(anomaly) => anomalies.push(anomaly.reason),
            other => panic!("{other:?}"),
        });
        assert_eq!(name, Some("m365-csv"));
    })
    .unwrap();
    assert!(problems.is_empty());
    assert_eq!((events, uids.len()), (9_608, 5_373));
    assert_eq!(anomalies, ["a row without AuditData"; 3]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn mutated_exports_never_panic(csv: bool, at in 0_usize..6000, byte: u8, cut in 0_usize..6000) {
        let mut bytes = if csv { CSV } else { JSON }.to_vec();
        let len = bytes.len();
        bytes[at % len] = byte;
        bytes.truncate(len - cut % len);
        let _ = read(&bytes);
    }
}
