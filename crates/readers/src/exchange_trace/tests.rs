use proptest::prelude::*;

use crate::lines::testing::{events, read};

const TRACE: &[u8] = include_bytes!("testdata/trace.csv");
const HISTORICAL: &[u8] = include_bytes!("testdata/historical.csv");

#[test]
fn get_message_trace() {
    let (name, events, anomalies) = events(TRACE);
    assert_eq!(name, Some("exchange-trace-csv"));
    insta::assert_json_snapshot!(events);
    assert_eq!(anomalies, ["no recipient"]);
}

#[test]
fn get_message_trace_v2_as_json() {
    let (name, events, anomalies) = events(include_bytes!("testdata/trace-v2.json"));
    assert_eq!((name, anomalies.len()), (Some("exchange-trace-json"), 0));
    insta::assert_json_snapshot!(events);
}

#[test]
fn the_historical_report() {
    let (name, events, anomalies) = events(HISTORICAL);
    assert_eq!((name, anomalies.len()), (Some("exchange-trace-csv"), 0));
    insta::assert_json_snapshot!(events);
}

#[test]
fn the_extended_report_has_a_row_a_step() {
    let text = "date_time_utc,event_id,message_id,network_message_id,recipient_address,recipient_status,message_subject,sender_address\n\
        2024-03-01T08:00:00Z,RECEIVE,<m1@mail.example>,n-1,jane@house.example;kim@house.example,,Invitation,press@mail.example\n";
    let (_, events, anomalies) = events(text.as_bytes());
    assert!(anomalies.is_empty());
    let seen: Vec<_> = events.iter().map(|e| (e.operation.as_str(), e.target.as_str())).collect();
    assert_eq!(seen, [("RECEIVE", "jane@house.example"), ("RECEIVE", "kim@house.example")]);
}

/// Semicolons, UTF-16, JSON of both PowerShells: one row, one event.
#[test]
fn the_same_row_in_every_form() {
    let semicolons = "\"MessageId\";\"Received\";\"SenderAddress\";\"RecipientAddress\";\"Subject\";\"Status\";\"MessageTraceId\"\r\n\"<m1@mail.example>\";\"/Date(1709280000000)/\";\"press@mail.example\";\"jane@house.example\";\"Invitation\";\"Delivered\";\"t-1\"\r\n";
    let mut wide = vec![0xff, 0xfe];
    wide.extend(semicolons.encode_utf16().flat_map(u16::to_le_bytes));
    let json = r#"[{"MessageId":"<m1@mail.example>","Received":"/Date(1709280000000)/","SenderAddress":"press@mail.example","RecipientAddress":"jane@house.example","Subject":"Invitation","Status":"Delivered","MessageTraceId":"t-1","Index":3,"ToIP":null}]"#;
    let mut uids = std::collections::BTreeSet::new();
    for bytes in [semicolons.as_bytes(), &wide, json.as_bytes()] {
        let (name, events, anomalies) = events(bytes);
        assert_eq!((events.len(), anomalies.len()), (1, 0), "{name:?}: {anomalies:?}");
        assert_eq!(events[0].time.unwrap().to_string(), "2024-03-01T08:00:00.000000Z");
        uids.insert(events[0].event_uid.clone());
    }
    assert_eq!(uids.len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_bytes_are_read(historical: bool, at in 0_usize..3000, byte: u8, tail: Vec<u8>) {
        let mut bytes = if historical { HISTORICAL } else { TRACE }.to_vec();
        let len = bytes.len();
        bytes[at % len] = byte;
        bytes.extend(tail);
        let _ = read(&bytes);
    }
}
