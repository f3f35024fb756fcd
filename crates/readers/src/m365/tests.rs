use proptest::prelude::*;

use crate::lines::testing::{corpus_events, events, read};

const CSV: &[u8] = include_bytes!("testdata/purview.csv");
const JSON: &[u8] = include_bytes!("testdata/audit.json");

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

/// The same four records as the portal's table, as `Search-UnifiedAuditLog | ConvertTo-Json`
/// (the record a text inside) and as the Management API's lines: the same events.
#[test]
fn portal_search_and_management_api() {
    let forms: [(&str, &[u8]); 3] = [
        ("m365-csv", include_bytes!("testdata/gui.csv")),
        ("m365-json", include_bytes!("testdata/search.json")),
        ("m365-json", include_bytes!("testdata/management.jsonl")),
    ];
    let [gui, search, lines] = forms.map(|(format, bytes)| {
        let (name, events, anomalies) = events(bytes);
        assert_eq!((name, anomalies.len()), (Some(format), 0), "{anomalies:?}");
        events
    });
    insta::assert_json_snapshot!(gui);
    let without_place = |events: &[demarche_core::Event]| -> Vec<demarche_core::Event> {
        let strip = |event: &demarche_core::Event| demarche_core::Event {
            evidence: demarche_core::EvidenceRef::default(),
            ..event.clone()
        };
        events.iter().map(strip).collect()
    };
    assert_eq!(without_place(&gui), without_place(&search));
    assert_eq!(without_place(&gui), without_place(&lines));
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
    assert_eq!(anomalies, ["export is one page of several (it names a next one)"]);
}

/// As `Export-Csv` of Windows PowerShell writes it in a country with comma decimals, as
/// the portal wrote it at first, and both as Excel saves them.
#[test]
fn other_tables_of_the_same_event() {
    let audit = r#"{"Id":"i-1","Operation":"UserLoggedIn","Workload":"AzureActiveDirectory","UserId":"jane@house.example"}"#;
    let cell = format!("\"{}\"", audit.replace('"', "\"\""));
    let forms = [
        format!(
            "#TYPE Selected.Deserialized\r\n\"PSComputerName\";\"CreationDate\";\"UserIds\";\"Operations\";\"AuditData\";\"ResultIndex\";\"ResultCount\"\r\n\"x\";\"3/1/2024 8:00:00 AM\";\"jane@house.example\";\"UserLoggedIn\";{cell};\"1\";\"1\"\r\n"
        ),
        format!(
            "Time,User,Action,Detail\n2024-03-01T08:00:00Z,jane@house.example,UserLoggedIn,{cell}\n"
        ),
        format!(
            "sep=;\nCreationTime;UserId;Operation;AuditData\n2024-03-01T08:00:00Z;jane@house.example;UserLoggedIn;{cell}\n"
        ),
        format!(
            "CreationDate\tUserIds\tOperations\tAuditData\n2024-03-01T08:00:00Z\tjane@house.example\tUserLoggedIn\t{cell}\n"
        ),
    ];
    let mut uids = std::collections::BTreeSet::new();
    for form in forms {
        let mut wide = vec![0xff, 0xfe];
        wide.extend(form.encode_utf16().flat_map(u16::to_le_bytes));
        let marked = [b"\xef\xbb\xbf", form.as_bytes()].concat();
        for bytes in [form.as_bytes(), &wide, &marked] {
            let (name, events, anomalies) = events(bytes);
            assert_eq!((name, events.len()), (Some("m365-csv"), 1), "{form}");
            assert!(anomalies.is_empty(), "{form}: {anomalies:?}");
            assert_eq!(events[0].time.unwrap().to_string(), "2024-03-01T08:00:00.000000Z");
            uids.insert(events[0].event_uid.clone());
        }
    }
    assert_eq!(uids.len(), 1);
    assert_eq!(read(b"Time,User,Action,Detail\n1,a,b,c\n").0, None);
}

#[test]
fn pages_one_after_the_other() {
    let one = |n: u32| {
        format!(
            "{{\"Id\":\"{n}\",\"Operation\":\"Send\",\"Workload\":\"Exchange\",\"CreationTime\":\"2024-03-01T08:00:00\"}}"
        )
    };
    let page = |n, next: &str| format!("{{{next}\"value\":[{},{}]}}", one(n), one(n + 1));
    let next = "\"@odata.nextLink\":\"https://x.example/\",";
    let both = format!("{}\n{}\n", page(1, next), page(3, ""));
    let (_, events_, anomalies) = events(both.as_bytes());
    assert_eq!((events_.len(), anomalies.len()), (4, 0));
    let both = format!("[{}]\n[{}]\n", one(1), one(2));
    assert_eq!(events(both.as_bytes()).1.len(), 2);
    let (_, events_, anomalies) = events(page(1, next).as_bytes());
    assert_eq!(events_.len(), 2);
    assert_eq!(anomalies, ["export is one page of several (it names a next one)"]);
}

/// Parsed side by side, handed on in order; the torn line between is an anomaly.
#[test]
fn many_lines_keep_their_order() {
    let mut text = String::new();
    for n in 0..10_000 {
        text.push_str(&format!("{{\"Id\":\"{n}\",\"Operation\":\"Send\",\"Workload\":\"Exchange\",\"CreationTime\":\"2024-03-01T08:00:00\"}}\n"));
        if n == 5_000 {
            text.push_str("{\"Id\":\n");
        }
    }
    let (_, events, anomalies) = events(text.as_bytes());
    assert_eq!(anomalies, ["not JSON (cut off or damaged)"]);
    assert!(events.iter().enumerate().all(|(n, event)| event.record_id == n.to_string()));
    let rows: Vec<u64> =
        events.iter().filter_map(|event| event.evidence.locator.as_ref()?.row).collect();
    assert_eq!((rows.len(), rows[9_999]), (10_000, 10_000));
}

#[test]
fn other_json_and_csv_is_not_taken() {
    for text in ["[1,2,3]", "{}", "AuditData\nx\n", "{\"name\":\"package\",\"Operation\":1}\n"] {
        assert_eq!(read(text.as_bytes()).0, None, "{text}");
    }
}

/// The real export of the corpus.
#[test]
fn the_counts_of_a_real_export_add_up() {
    let file = "cloud/m365-unified-audit-log.csv.xz";
    let Some((count, uids, anomalies)) = corpus_events(file, "m365-csv") else { return };
    assert_eq!((count, uids.len()), (9_608, 5_373));
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
