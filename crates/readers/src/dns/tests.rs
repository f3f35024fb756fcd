use demarche_core::{Anomaly, Fetch, Record};
use proptest::prelude::*;

use crate::lines::testing::{cited, read};

const DNSMASQ: &[u8] = include_bytes!("testdata/dnsmasq.log");
const UNBOUND: &[u8] = include_bytes!("testdata/unbound.log");
const BIND: &[u8] = include_bytes!("testdata/queries.log");

fn fetches(bytes: &[u8]) -> (Option<&'static str>, Vec<Fetch>, Vec<Anomaly>) {
    let (name, records, anomalies) = read(bytes);
    let fetches = records
        .into_iter()
        .map(|record| match record {
            Record::Fetch(fetch) => {
                assert!(fetch.is_name_only());
                let cited = cited(bytes, &fetch.evidence);
                assert!(String::from_utf8_lossy(cited).contains(&fetch.url));
                *fetch
            }
            other => panic!("{other:?}"),
        })
        .collect();
    (name, fetches, anomalies)
}

/// The lines of a log as read, and what is said about it.
fn golden(bytes: &[u8]) -> (Option<&'static str>, Vec<String>) {
    let (name, fetches, anomalies) = fetches(bytes);
    let shown = fetches.iter().map(|f| {
        let time = f.time.map_or("-".into(), |t| t.to_string());
        format!("{} {time} {} {} {} {}", f.kind, f.client, f.method, f.host, f.url)
    });
    let said = anomalies.iter().map(|a| {
        let (at, len) = (a.evidence.offset, a.evidence.length);
        format!("! {at}+{len} {}", a.reason)
    });
    (name, shown.chain(said).collect())
}

#[test]
fn dnsmasq() {
    let (name, lines) = golden(DNSMASQ);
    assert_eq!(name, Some("dnsmasq"));
    insta::assert_json_snapshot!(lines);
}

#[test]
fn unbound() {
    let (name, lines) = golden(UNBOUND);
    assert_eq!(name, Some("unbound"));
    insta::assert_json_snapshot!(lines);
}

#[test]
fn bind() {
    let (name, lines) = golden(BIND);
    assert_eq!(name, Some("bind"));
    insta::assert_json_snapshot!(lines);
}

#[test]
fn a_year_is_never_guessed() {
    let (_, fetches, anomalies) = fetches(DNSMASQ);
    assert_eq!(fetches.iter().filter(|f| f.time.is_none()).count(), 2);
    assert!(anomalies.iter().any(|a| a.reason.starts_with("2 records from here on bear no year")));
}

#[test]
fn other_logs_are_not_taken() {
    for text in [
        "Mar 26 10:00:00 host sshd[1]: Accepted publickey for root from 10.0.0.1\n",
        "Mar 26 10:00:00 dnsmasq-dhcp[1]: DHCPACK(eth0) 10.0.0.1\n",
        "[1711447200] something: info: 10.1.2.3 tracker.example. A IN\n",
    ] {
        assert_eq!(read(text.as_bytes()).0, None, "{text}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read(bytes: Vec<u8>, which in 0_usize..3) {
        let text = String::from_utf8_lossy(&bytes);
        for parse in [super::dnsmasq::parse, super::unbound::parse, super::bind::parse] {
            let _ = parse(&text);
        }
        let _ = fetches(&[[DNSMASQ, UNBOUND, BIND][which], &bytes].concat());
    }

    #[test]
    fn mutated_logs_are_read(which in 0_usize..3, at: usize, byte: u8, cut: usize) {
        let mut bytes = [DNSMASQ, UNBOUND, BIND][which].to_vec();
        let len = bytes.len();
        bytes[at % len] = byte;
        bytes.truncate(len - cut % len);
        let _ = read(&bytes);
    }
}
