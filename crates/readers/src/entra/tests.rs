use proptest::prelude::*;

use crate::lines::testing::{events, read};

const GRAPH: &[u8] = include_bytes!("testdata/graph.json");
const SIGN_INS: &[u8] = include_bytes!("testdata/sign-ins.csv");
const AUDIT: &[u8] = include_bytes!("testdata/audit.csv");

#[test]
fn graph() {
    let (name, events, anomalies) = events(GRAPH);
    assert_eq!(name, Some("entra-json"));
    insta::assert_json_snapshot!(events);
    assert_eq!(
        anomalies,
        [
            "neither a sign-in nor a directory operation",
            "export is one page of several (it names a next one)",
        ]
    );
}

#[test]
fn sign_ins_of_the_portal() {
    let (name, events, anomalies) = events(SIGN_INS);
    assert_eq!(name, Some("entra-csv"));
    insta::assert_json_snapshot!(events);
    assert_eq!(anomalies, ["neither a sign-in nor a directory operation"]);
}

#[test]
fn audit_of_the_portal() {
    let (name, events, anomalies) = events(AUDIT);
    assert_eq!(name, Some("entra-csv"));
    insta::assert_json_snapshot!(events);
    assert!(anomalies.is_empty());
}

/// Graph, Azure Monitor's record around it, and `PowerShell`'s spelling of it.
#[test]
fn the_same_event_in_every_form() {
    let event = r#"{"id":"s-1","createdDateTime":"2024-03-01T08:00:00Z","userPrincipalName":"jane@house.example","appId":"app-1","conditionalAccessStatus":"success","ipAddress":"192.0.2.9","status":{"errorCode":0}}"#;
    let capitals = r#"{"Id":"s-1","CreatedDateTime":"2024-03-01T08:00:00Z","UserPrincipalName":"jane@house.example","AppId":"app-1","ConditionalAccessStatus":"success","IPAddress":"192.0.2.9","Status":{"ErrorCode":0}}"#;
    let forms = [
        format!("{event}\n"),
        format!("[{event}]"),
        format!("[\n{capitals}\n]"),
        format!(
            "{{\"time\":\"x\",\"operationName\":\"Sign-in activity\",\"category\":\"SignInLogs\",\"properties\":{event}}}\n"
        ),
    ];
    let mut uids = std::collections::BTreeSet::new();
    for form in &forms {
        let (name, events, anomalies) = events(form.as_bytes());
        assert_eq!((name, anomalies.len()), (Some("entra-json"), 0), "{form}");
        assert_eq!(events[0].source_ip, "192.0.2.9");
        uids.extend(events.into_iter().map(|event| event.event_uid));
    }
    assert_eq!(uids.len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn any_bytes_are_read(which in 0_usize..3, at in 0_usize..8000, byte: u8, tail: Vec<u8>) {
        let mut bytes = [GRAPH, SIGN_INS, AUDIT][which].to_vec();
        let len = bytes.len();
        bytes[at % len] = byte;
        bytes.extend(tail);
        let _ = read(&bytes);
    }
}
