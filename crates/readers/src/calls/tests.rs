use demarche_core::{Call, Record};
use proptest::prelude::*;

use crate::lines::testing::{cited, read};

const PLAIN: &str = concat!(
    "\"\",\"+32470000001\",\"+32470000002\",\"hq\",\"\"\"Doe, Jane\"\" <+32470000001>\",\"SIP/1\",",
    "\"SIP/2\",\"Dial\",\"\",\"2024-03-01 08:00:00\",\"2024-03-01 08:00:05\",\"2024-03-01 08:01:00\",",
    "60,55,\"ANSWERED\",\"DOCUMENTATION\",\"1709280000.1\",\"\"\r\n"
);

fn calls(bytes: &[u8]) -> (Option<&'static str>, Vec<Call>, usize) {
    let (name, records, anomalies) = read(bytes);
    let calls = records
        .into_iter()
        .map(|record| match record {
            Record::Call(call) => {
                cited(bytes, &call.evidence);
                *call
            }
            other => panic!("{other:?}"),
        })
        .collect();
    (name, calls, anomalies.len())
}

#[test]
fn without_a_header_in_the_order_of_cdr_csv() {
    let torn = format!("{PLAIN}{}\r\n,,,\r\n", PLAIN.trim_end().replace("60,55", "long,55"));
    let (name, calls, anomalies) = calls(torn.as_bytes());
    assert_eq!((name, calls.len(), anomalies), (Some("asterisk-cdr"), 2, 2));
    let call = &calls[0];
    assert_eq!(call.time.unwrap().to_string(), "2024-03-01T08:00:00.000000Z");
    assert_eq!((call.caller.as_str(), call.callee.as_str()), ("+32470000001", "+32470000002"));
    assert_eq!((call.duration_seconds, call.billed_seconds), (60, 55));
    assert_eq!((call.disposition.as_str(), call.unique_id.as_str()), ("ANSWERED", "1709280000.1"));
    assert_ne!(call.call_uid, calls[1].call_uid);
}

#[test]
fn with_a_header_in_any_order() {
    let text = "CallDate,clid,src,dst,duration,billsec,disposition,uniqueid,extra\n\
        2024-03-01 08:00:00,x,100,200,9,0,NO ANSWER,1.2,\n";
    let (name, calls, anomalies) = calls(text.as_bytes());
    assert_eq!((name, calls.len(), anomalies), (Some("asterisk-cdr"), 1, 0));
    assert_eq!((calls[0].callee.as_str(), calls[0].disposition.as_str()), ("200", "NO ANSWER"));
    assert!(calls[0].time.is_some());
}

#[test]
fn other_csv_is_not_taken() {
    assert_eq!(read(b"a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p\n1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6\n").0, None);
}

proptest! {
    #[test]
    fn mutated_records_never_panic(at in 0_usize..500, byte: u8, cut in 0_usize..500) {
        let mut bytes = PLAIN.as_bytes().repeat(2);
        let len = bytes.len();
        bytes[at % len] = byte;
        bytes.truncate(len - cut % len);
        let _ = read(&bytes);
    }
}
