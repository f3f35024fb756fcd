use proptest::prelude::*;

use crate::lines::testing::{corpus_events, events, read};

const PAGE: &[u8] = include_bytes!("testdata/activities.json");
const GMAIL: &[u8] = include_bytes!("testdata/gmail.jsonl");

#[test]
fn a_page_of_activities() {
    let (name, events, anomalies) = events(PAGE);
    assert_eq!(name, Some("google-workspace"));
    insta::assert_json_snapshot!(events);
    assert_eq!(
        anomalies,
        ["an activity without events", "export is one page of several (it names a next one)",]
    );
}

#[test]
fn gmail_rows() {
    let (name, events, anomalies) = events(GMAIL);
    assert_eq!(name, Some("gmail-log"));
    insta::assert_json_snapshot!(events);
    assert_eq!(anomalies, ["not JSON (cut off or damaged)"]);
}

#[test]
fn arrays_lines_and_the_form_of_alfa() {
    let one = r#"{"kind":"admin#reports#activity","etag":"x","id":{"time":"2024-03-01T08:00:00.000Z","uniqueQualifier":"1","applicationName":"login","customerId":"C0"},"actor":{"email":"jane@house.example"},"events":[{"type":"login","name":"login_failure"}]}"#;
    let other = one.replace("\"etag\":\"x\"", "\"etag\":\"y\"");
    let forms = [
        format!("{one}\n{other}\n"),
        format!("[{one}]"),
        format!("{{\"activities\": [{one}]}}"),
        format!("{{\"kind\":\"admin#reports#activities\",\"etag\":\"x\",\"items\":[{other}]}}"),
    ];
    let mut uids = std::collections::BTreeSet::new();
    for form in &forms {
        let (name, events, anomalies) = events(form.as_bytes());
        assert_eq!((name, anomalies.len()), (Some("google-workspace"), 0), "{form}");
        uids.extend(events.into_iter().map(|event| event.event_uid));
    }
    assert_eq!(uids.len(), 1);
}

/// The real logs of the corpus, counted apart with Python's `json`: 325 activities with
/// 371 events.
#[test]
fn every_event_of_real_logs_is_read() {
    let file = "cloud/google-workspace.tar.xz";
    let Some((count, uids, anomalies)) = corpus_events(file, "google-workspace") else { return };
    assert_eq!((count, uids.len(), anomalies.len()), (371, 371, 0), "{anomalies:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_bytes_are_read(gmail: bool, at in 0_usize..8000, byte: u8, tail: Vec<u8>) {
        let mut bytes = if gmail { GMAIL } else { PAGE }.to_vec();
        let len = bytes.len();
        bytes[at % len] = byte;
        bytes.extend(tail);
        let _ = read(&bytes);
    }
}
