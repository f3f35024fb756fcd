use demarche_core::Record;
use proptest::prelude::*;

use crate::lines::testing::{cited, read};

const TRACKING: &[u8] = include_bytes!("testdata/tracking.log");
const PROXY: &[u8] = include_bytes!("testdata/httpproxy.log");

fn golden(bytes: &[u8]) -> (Option<&'static str>, Vec<String>) {
    let (name, records, anomalies) = read(bytes);
    let shown = records.into_iter().map(|record| {
        let Record::Event(e) = record else { panic!("{record:?}") };
        let row = cited(bytes, &e.evidence);
        assert!(!row.ends_with(b"\n") && e.evidence.locator.is_some());
        let time = e.time.map_or("-".into(), |t| t.to_string());
        let ids = e.message_ids.join(" ");
        let id = &e.record_id;
        format!(
            "{} {time} {id} {} `{}` by `{}` {} `{}` {} {ids} {}",
            e.workload,
            e.operation,
            e.account,
            e.actor,
            e.source_ip,
            e.target,
            e.outcome,
            e.user_agent
        )
    });
    let said = anomalies.iter().map(|a| format!("! {} {}", a.evidence.offset, a.reason));
    let lines = shown.collect::<Vec<_>>().into_iter().chain(said).collect();
    (name, lines)
}

#[test]
fn message_tracking() {
    let (name, lines) = golden(TRACKING);
    assert_eq!(name, Some("exchange-server"));
    insta::assert_json_snapshot!(lines);
}

#[test]
fn http_proxy_then_ecp() {
    let (name, lines) = golden(PROXY);
    assert_eq!(name, Some("exchange-server"));
    insta::assert_json_snapshot!(lines);
}

#[test]
fn recipients_of_a_row_are_told_apart() {
    let (_, records, _) = read(TRACKING);
    let uids: std::collections::BTreeSet<String> = records
        .into_iter()
        .map(|record| match record {
            Record::Event(event) => {
                assert_eq!(event.provider, "exchange_tracking");
                event.event_uid
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(uids.len(), 5);
}

proptest! {
    #[test]
    fn any_bytes_are_read(bytes: Vec<u8>, which in 0_usize..2, at: usize, byte: u8) {
        let log = [TRACKING, PROXY][which];
        let mut mutated = log.to_vec();
        mutated[at % log.len()] = byte;
        let _ = read(&mutated);
        let _ = golden(&[log, &bytes].concat());
    }
}
