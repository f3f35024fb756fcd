use proptest::prelude::*;

use crate::lines::testing::{corpus_events, events, read};

const LOG: &[u8] = include_bytes!("testdata/trail.json");

#[test]
fn a_log_file() {
    let (name, events, anomalies) = events(LOG);
    assert_eq!(name, Some("cloudtrail"));
    insta::assert_json_snapshot!(events);
    assert_eq!(
        anomalies,
        ["not a CloudTrail event: neither eventID nor eventName", "no readable time: `soon`"]
    );
}

/// The same event as a line, in an answer of the command line tool and in a message.
#[test]
fn the_same_event_in_every_form() {
    let event = r#"{"eventVersion":"1.08","userIdentity":{"type":"Root","arn":"arn:aws:iam::111122223333:root"},"eventTime":"2024-03-01T08:00:00Z","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.9","responseElements":{"ConsoleLogin":"Failure"},"eventID":"e-1"}"#;
    let quoted = serde_json::to_string(event).unwrap();
    let forms = [
        format!("{event}\n{event}\n"),
        format!("{{\"Records\":[{event}]}}"),
        format!("{{\"Records\":[{event}]}}\n{{\"Records\":[{event}]}}\n"),
        format!(
            "{{\n  \"Events\": [\n {{\"EventId\":\"e-1\",\"EventName\":\"ConsoleLogin\",\"CloudTrailEvent\":{quoted}}}\n]\n}}"
        ),
        format!(
            "{{\"version\":\"0\",\"detail-type\":\"AWS Console Sign In via CloudTrail\",\"detail\":{event}}}\n"
        ),
    ];
    let mut uids = std::collections::BTreeSet::new();
    for form in &forms {
        let (name, events, anomalies) = events(form.as_bytes());
        assert_eq!((name, anomalies.len()), (Some("cloudtrail"), 0), "{form}: {anomalies:?}");
        assert!(!events.is_empty() && events.iter().all(|event| event.outcome == "failed"));
        uids.extend(events.into_iter().map(|event| event.event_uid));
    }
    assert_eq!(uids.len(), 1);
}

/// The real trail of the corpus, counted apart with Python's `json`: 2,900 records.
#[test]
fn every_event_of_a_real_trail_is_read() {
    let file = "cloud/aws-cloudtrail.tar.xz";
    let Some((count, uids, anomalies)) = corpus_events(file, "cloudtrail") else { return };
    assert_eq!((count, uids.len(), anomalies.len()), (2_900, 2_900, 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_bytes_are_read(at in 0_usize..8000, byte: u8, tail: Vec<u8>) {
        let mut bytes = LOG.to_vec();
        let len = bytes.len();
        bytes[at % len] = byte;
        bytes.extend(tail);
        let _ = read(&bytes);
    }
}
