//! Look-ups of call records.

use demarche_core::{EvidenceRef, RecordLookup, RosterEntry};

use super::house::{at, likely, words};
use crate::input::{Context, Networks, Roster};
use crate::intrusion::{IntrusionInput, Parameters, find};

fn roster() -> Roster {
    let person = |id: &str, name: &str, phone: &str, kind: &str| RosterEntry {
        person_id: id.into(),
        name: name.into(),
        phones: vec![phone.into()],
        kind: kind.into(),
        ..RosterEntry::default()
    };
    Roster::new(vec![
        person("p1", "Ann Vermeer", "+31612345678", "staff"),
        person("p2", "Jan Vermeer", "+31612345679", "linked"),
        person("p3", "Bea Jansen", "+31612340000", "staff"),
    ])
}

fn ordinary() -> Vec<RecordLookup> {
    let mut lookups = Vec::new();
    for day in (0..200).filter(|day| day % 7 < 5) {
        for n in 0..12 {
            let operator = format!("op{}", (day + n) % 5);
            lookups.push(lookup(
                &operator,
                day,
                8 + n % 9,
                format!("+3168{:07}", day * 31 + n * 7919),
                "ticket 12",
            ));
        }
    }
    // An honest question about a protected subscriber's bill.
    lookups.push(lookup("op1", 44, 10, "+31612340000".into(), "billing complaint"));
    lookups
}

fn lookup(operator: &str, day: i64, hour: i64, number: String, purpose: &str) -> RecordLookup {
    RecordLookup {
        lookup_uid: format!("l1:{operator}{day}{hour}{number}"),
        time: Some(at(day, hour, 12)),
        operator: operator.into(),
        source_ip: "10.0.0.5".into(),
        subject_number: number,
        rows: 30,
        purpose: purpose.into(),
        evidence: EvidenceRef::default(),
    }
}

fn run(lookups: &[RecordLookup]) -> Vec<demarche_core::Intrusion> {
    let roster = roster();
    let input = IntrusionInput {
        events: &[],
        lookups,
        findings: &[],
        roster: &roster,
        context: &Context::default(),
        networks: &Networks::default(),
        coverage: &[],
        waves: &[],
        exposures: &[],
    };
    find(&input, &Parameters::default())
}

#[test]
fn honest_look_ups_are_left_alone() {
    let rows = run(&ordinary());
    assert!(likely(&rows).is_empty(), "{}", words(&rows));
}

#[test]
fn an_operator_after_a_family() {
    let mut lookups = ordinary();
    for week in 0..6 {
        lookups.push(lookup("op3", 60 + week * 7, 23, "+31612345678".into(), ""));
        lookups.push(lookup("op3", 60 + week * 7, 23, "0031612345679".into(), ""));
    }
    let rows = run(&lookups);
    let found = likely(&rows);
    let accounts: Vec<&str> = found.iter().map(|row| row.account.as_str()).collect();
    assert_eq!(accounts.len(), 2, "{}", words(&rows));
    assert!(accounts.contains(&"+31612345678") && accounts.contains(&"+31612345679"));
    for row in found {
        assert_eq!(row.first_access, Some(at(60, 23, 12)));
        assert_eq!(row.last_access, Some(at(95, 23, 12)));
        assert_eq!(row.kinds, ["call_records"]);
        assert_eq!(row.actor, "operator op3");
        assert!(row.read.contains(&"rows 180".to_owned()));
    }
}
