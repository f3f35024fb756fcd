use demarche_core::Record;
use proptest::prelude::*;

use crate::lines::testing::{cited, read};

const LOG: &[u8] = include_bytes!("testdata/u_ex240326.log");

fn golden(bytes: &[u8]) -> (Option<&'static str>, Vec<String>) {
    let (name, records, anomalies) = read(bytes);
    let shown = records.into_iter().map(|record| {
        let Record::Event(e) = record else { panic!("{record:?}") };
        assert!(String::from_utf8_lossy(cited(bytes, &e.evidence)).contains(&e.source_ip));
        let time = e.time.map_or("-".into(), |t| t.to_string());
        format!(
            "{} {time} {} `{}` {} {} {} {} {}",
            e.provider,
            e.operation,
            e.account,
            e.source_ip,
            e.target,
            e.outcome,
            e.user_agent,
            e.detail
        )
    });
    let said = anomalies.iter().map(|a| format!("! {} {}", a.evidence.offset, a.reason));
    let lines = shown.collect::<Vec<_>>().into_iter().chain(said).collect();
    (name, lines)
}

#[test]
fn fields_change_within_a_file() {
    let (name, lines) = golden(LOG);
    assert_eq!(name, Some("w3c-extended"));
    insta::assert_json_snapshot!(lines);
}

#[test]
fn other_logs_are_not_taken() {
    for text in [
        "#Software: Microsoft Exchange Server\n#Fields: date-time,client-ip,event-id\n",
        "# a comment\n2024-03-26 10:00:01 GET /\n",
        "#separator \\x09\n#fields\tts\tuid\n",
    ] {
        assert_ne!(read(text.as_bytes()).0, Some("w3c-extended"), "{text}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read(bytes: Vec<u8>, at: usize, byte: u8) {
        let mut log = LOG.to_vec();
        log[at % LOG.len()] = byte;
        let _ = read(&log);
        let _ = golden(&[LOG, &bytes].concat());
    }
}
