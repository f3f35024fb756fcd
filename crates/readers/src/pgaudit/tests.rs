use demarche_core::Record;
use proptest::prelude::*;

use crate::lines::testing::{cited, read};

const SAMPLES: [(&str, &[u8]); 2] = [
    ("pgaudit-csv", include_bytes!("testdata/postgresql.csv")),
    ("pgaudit-json", include_bytes!("testdata/postgresql.json")),
];

fn golden(bytes: &[u8]) -> (Option<&'static str>, Vec<String>) {
    let (name, records, anomalies) = read(bytes);
    let shown: Vec<String> = records
        .into_iter()
        .map(|record| {
            let Record::RecordLookup(l) = record else { panic!("{record:?}") };
            let row = String::from_utf8_lossy(cited(bytes, &l.evidence)).into_owned();
            assert!(row.contains(&l.subject_number));
            let time = l.time.map_or("-".into(), |t| t.to_string());
            format!("{time} {} {} {} {}", l.operator, l.source_ip, l.subject_number, l.rows)
        })
        .collect();
    let said = anomalies.iter().map(|a| format!("! {}", a.reason));
    (name, shown.into_iter().chain(said).collect())
}

#[test]
fn look_ups() {
    let mut all = Vec::new();
    for (format, bytes) in SAMPLES {
        let (name, lines) = golden(bytes);
        assert_eq!(name, Some(format));
        all.extend(lines);
    }
    insta::assert_json_snapshot!(all);
}

#[test]
fn a_first_row_over_several_lines_is_known() {
    let rows = SAMPLES[0].1.splitn(2, |byte| *byte == b'\n').nth(1).unwrap();
    assert!(rows.split(|byte| *byte == b'\n').next().unwrap().ends_with(b"\"\"SELECT *"));
    assert_eq!(golden(rows).0, Some("pgaudit-csv"));
}

#[test]
fn a_log_without_audit_is_not_taken() {
    let log = String::from_utf8_lossy(SAMPLES[1].1).replace("AUDIT: ", "");
    assert_eq!(read(log.as_bytes()).0, None);
}

proptest! {
    #[test]
    fn any_bytes_are_read(which in 0_usize..2, bytes: Vec<u8>, at: usize, byte: u8) {
        let text = String::from_utf8_lossy(&bytes);
        let _ = super::sql::numbers(&text, &[]);
        let _ = super::log::audit(&format!("AUDIT: {text}"));
        let sample = SAMPLES[which].1;
        let mut mutated = sample.to_vec();
        mutated[at % sample.len()] = byte;
        let _ = read(&mutated);
        let _ = golden(&[sample, &bytes].concat());
    }
}
