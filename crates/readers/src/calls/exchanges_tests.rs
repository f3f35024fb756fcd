//! FreeSWITCH, CUCM and Kamailio.

use proptest::prelude::*;

use crate::lines::testing::calls;

const SAMPLES: [(&str, &[u8]); 6] = [
    ("freeswitch-csv", include_bytes!("testdata/freeswitch.csv")),
    ("freeswitch-json", include_bytes!("testdata/freeswitch.json")),
    ("freeswitch-xml", include_bytes!("testdata/freeswitch.xml")),
    ("cucm-cdr", include_bytes!("testdata/cucm.csv")),
    ("kamailio-csv", include_bytes!("testdata/acc.csv")),
    ("kamailio-json", include_bytes!("testdata/acc.json")),
];

#[test]
fn every_exchange() {
    let mut all = Vec::new();
    for (format, bytes) in SAMPLES {
        let (name, lines) = calls(bytes);
        assert_eq!(name, Some(format));
        all.push(format!("# {format}"));
        all.extend(lines);
    }
    insta::assert_json_snapshot!(all);
}

#[test]
fn with_a_header() {
    let text = b"start_epoch,uuid,destination_number,caller_id_number,hangup_cause,billsec\n\
        1709280000,u1,1002,1001,NORMAL_CLEARING,3\n";
    let (name, lines) = calls(text);
    assert_eq!(name, Some("freeswitch-csv"));
    assert_eq!(lines, ["74+41 2024-03-01T08:00:00.000000Z 1001 -> 1002 0s 3s ANSWERED u1"]);
}

/// The shipped template of that name: Asterisk's columns, FreeSWITCH's causes.
#[test]
fn in_the_order_of_asterisk() {
    let text = b"\"\",\"1001\",\"+32470000002\",\"default\",\"\"\"Jane\"\" <1001>\",\"sofia/a\",\"sofia/b\",\"bridge\",\"sofia/b\",\"2024-03-01 08:00:00\",\"2024-03-01 08:00:05\",\"2024-03-01 08:01:00\",\"60\",\"55\",\"NORMAL_CLEARING\",\"\",\"5d1c2a3b-0000-4000-8000-000000000001\",\"\"\n";
    let (name, lines) = calls(text);
    assert_eq!(name, Some("freeswitch-csv"));
    assert!(lines[0].contains("08:00:00.000000Z 1001 -> +32470000002 60s 55s ANSWERED 5d1c"));
}

#[test]
fn a_long_gap_between_records_is_bounded() {
    let mut text = b"<cdr><variables></variables></cdr>".to_vec();
    text.extend(vec![b' '; 40 << 20]);
    text.extend_from_slice(SAMPLES[2].1);
    let (name, lines) = calls(&text);
    assert_eq!(name, Some("freeswitch-xml"));
    assert!(lines.iter().any(|line| line.contains("+32470000001")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn any_bytes_are_read(which in 0_usize..6, bytes: Vec<u8>, at: usize, byte: u8) {
        let sample = SAMPLES[which].1;
        let mut mutated = sample.to_vec();
        mutated[at % sample.len()] = byte;
        let _ = calls(&mutated);
        let _ = calls(&[sample, &bytes].concat());
    }
}
