use demarche_core::{Anomaly, Fetch, Record};
use proptest::prelude::*;

use crate::lines::testing::{cited, read};

fn fetches(bytes: &[u8]) -> (Option<&'static str>, Vec<Fetch>, Vec<Anomaly>) {
    let (name, records, anomalies) = read(bytes);
    let fetches = records
        .into_iter()
        .map(|record| match record {
            Record::Fetch(fetch) => {
                assert_eq!(fetch.fetch_uid.len(), 35);
                cited(bytes, &fetch.evidence);
                *fetch
            }
            other => panic!("{other:?}"),
        })
        .collect();
    (name, fetches, anomalies)
}

fn short(fetch: &Fetch) -> String {
    let time = fetch.time.map(|t| t.to_string()).unwrap_or_default();
    format!(
        "{time} {} {} {} {} {} {} | {} | {}",
        fetch.client,
        fetch.account,
        fetch.method,
        fetch.url,
        fetch.host,
        fetch.status,
        fetch.referrer,
        fetch.user_agent
    )
}

const SQUID: &[u8] = include_bytes!("testdata/squid.log");
const COMBINED: &[u8] = include_bytes!("testdata/combined.log");
const ZEEK: &[u8] = include_bytes!("testdata/http.log");
const ZEEK_JSON: &[u8] = include_bytes!("testdata/http.json");
/// Logs that show names only.
const NAMES: [(&str, &[u8]); 4] = [
    ("zeek-dns-tsv", include_bytes!("testdata/dns.log")),
    ("zeek-dns-json", include_bytes!("testdata/dns.json")),
    ("zeek-ssl-tsv", include_bytes!("testdata/ssl.log")),
    ("zeek-ssl-json", include_bytes!("testdata/ssl.json")),
];

#[test]
fn squid() {
    let (name, fetches, anomalies) = fetches(SQUID);
    assert_eq!(name, Some("squid"));
    let lines: Vec<_> = fetches.iter().map(short).collect();
    insta::assert_json_snapshot!(lines);
    assert_eq!(anomalies.len(), 1);
    assert_eq!(anomalies[0].reason, "time is not seconds since the epoch");
}

#[test]
fn combined() {
    let (name, fetches, anomalies) = fetches(COMBINED);
    assert_eq!(name, Some("combined"));
    let lines: Vec<_> = fetches.iter().map(short).collect();
    insta::assert_json_snapshot!(lines);
    assert_eq!(anomalies.len(), 1);
}

#[test]
fn zeek_tsv() {
    let (name, fetches, anomalies) = fetches(ZEEK);
    assert_eq!(name, Some("zeek-http-tsv"));
    let lines: Vec<_> = fetches.iter().map(short).collect();
    insta::assert_json_snapshot!(lines);
    assert_eq!(anomalies.len(), 1);
}

#[test]
fn zeek_json() {
    let (name, fetches, anomalies) = fetches(ZEEK_JSON);
    assert_eq!(name, Some("zeek-http-json"));
    let lines: Vec<_> = fetches.iter().map(short).collect();
    insta::assert_json_snapshot!(lines);
    assert_eq!(anomalies.len(), 1);
}

#[test]
fn zeek_names() {
    let mut lines = Vec::new();
    for (format, bytes) in NAMES {
        let (name, fetches, anomalies) = fetches(bytes);
        assert_eq!(name, Some(format));
        assert!(fetches.iter().all(Fetch::is_name_only));
        lines.extend(fetches.iter().map(short));
        lines.extend(anomalies.iter().map(|a| format!("! {}", a.reason)));
    }
    insta::assert_json_snapshot!(lines);
}

#[test]
fn the_same_line_in_two_logs_is_one_fetch() {
    let (_, twice, _) = fetches(&SQUID.repeat(2));
    let (_, once, _) = fetches(SQUID);
    assert_eq!(twice[0].fetch_uid, twice[once.len()].fetch_uid);
    assert_ne!(twice[0].evidence, twice[once.len()].evidence);
}

#[test]
fn other_logs_are_not_taken() {
    for text in [
        "Nov 24 04:46:00 host sshd[1]: Accepted publickey for root\n",
        "#separator \\x09\n#path\tdns\n#fields\tts\tuid\tid.orig_h\tquery\n1.0\tC\t10.0.0.1\tx\n",
        "{\"ts\":1.5,\"id.orig_h\":\"10.0.0.1\",\"query\":\"x\"}\n",
        "2024-01-01 10:00:00 GET /index.html 200\n",
    ] {
        assert_eq!(read(text.as_bytes()).0, None, "{text}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read(which in 0_usize..4, bytes: Vec<u8>) {
        let _ = fetches(&[NAMES[which].1, &bytes].concat());
    }

    #[test]
    fn mutated_logs_never_panic(which in 0_usize..8, at in 0_usize..2000, byte: u8, cut in 0_usize..2000) {
        let plain = [SQUID, COMBINED, ZEEK, ZEEK_JSON];
        let mut bytes = plain.get(which).copied().unwrap_or(NAMES[which % 4].1).to_vec();
        let len = bytes.len();
        bytes[at % len] = byte;
        bytes.truncate(len - cut % len);
        for line in bytes.split(|b| *b == b'\n') {
            let _ = super::squid::parse(line);
            let _ = super::combined::parse(line);
            for log in [super::zeek::HTTP, super::zeek::DNS, super::zeek::SSL] {
                let _ = super::zeek::parse_json(line, &log);
            }
        }
        let _ = read(&bytes);
    }
}
