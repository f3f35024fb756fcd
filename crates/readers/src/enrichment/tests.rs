use demarche_core::Record;
use proptest::prelude::*;

use crate::lines::testing::{cited, read};

const SAMPLES: [(&str, &[u8]); 3] = [
    ("passive-dns", include_bytes!("testdata/passive_dns.json")),
    ("rdap", include_bytes!("testdata/rdap.json")),
    ("whois-json", include_bytes!("testdata/whois.json")),
];

fn golden(bytes: &[u8]) -> (Option<&'static str>, Vec<String>) {
    let (name, records, anomalies) = read(bytes);
    let time = |time: Option<demarche_core::UtcMicros>| time.map_or("-".into(), |t| t.to_string());
    let shown: Vec<String> = records
        .into_iter()
        .map(|record| match record {
            Record::PassiveDns(d) => {
                assert!(cited(bytes, &d.evidence).starts_with(b"{"));
                let (from, to) = (time(d.first_seen), time(d.last_seen));
                let zone = d.from_zone;
                format!(
                    "{} {} {} {from} {to} {} {zone} {}",
                    d.name, d.kind, d.data, d.count, d.sensor
                )
            }
            Record::Registration(r) => {
                assert!(cited(bytes, &r.evidence).starts_with(b"{"));
                let times = [r.registered, r.changed, r.expires, r.observed].map(time).join(" ");
                format!(
                    "{} {} {} {}-{} `{}` `{}` {} {times} {:?} {:?}",
                    r.kind,
                    r.name,
                    r.handle,
                    r.start,
                    r.end,
                    r.registrar,
                    r.registrant,
                    r.country,
                    r.name_servers,
                    r.status
                )
            }
            other => panic!("{other:?}"),
        })
        .collect();
    let said = anomalies.iter().map(|a| format!("! {}", a.reason));
    (name, shown.into_iter().chain(said).collect())
}

#[test]
fn every_kind() {
    let mut all = Vec::new();
    for (format, bytes) in SAMPLES {
        let (name, lines) = golden(bytes);
        assert_eq!(name, Some(format));
        all.push(format!("# {format}"));
        all.extend(lines);
    }
    insta::assert_json_snapshot!(all);
}

proptest! {
    #[test]
    fn any_bytes_are_read(which in 0_usize..3, bytes: Vec<u8>, at: usize, byte: u8) {
        let sample = SAMPLES[which].1;
        let mut mutated = sample.to_vec();
        mutated[at % sample.len()] = byte;
        let _ = read(&mutated);
        let _ = golden(&[sample, &bytes].concat());
    }
}
