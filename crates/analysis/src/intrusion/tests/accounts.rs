//! What must be found.

use demarche_core::{Exposure, ExposureState, IntrusionStatus, Wave};

use super::house::{CHROME, DAYS, FIREFOX, House, Seat, at, likely, name, words};
use crate::input::Context;

const EXITS: [&str; 5] = ["84.112.9.1", "109.36.2.7", "62.149.20.10", "77.20.8.3", "92.4.4.9"];

/// A month on each exit, every third to fifth day at odd hours.
fn relay(house: &mut House, agent: &str, exits: &[&str], from: i64, to: i64) {
    let mut day = from;
    while day <= to {
        let ip = exits[usize::try_from((day - from) / 30).unwrap() % exits.len()];
        house.read(at(day, 6 + day % 12, 11), &name(2), Seat { ip, agent }, 70);
        day += 3 + day % 3;
    }
}

#[test]
fn a_reader_through_rotating_exits() {
    let mut house = House::life(|_, _| false);
    relay(&mut house, FIREFOX, &EXITS, 40, 120);
    let rows = house.find();
    let found = likely(&rows);
    assert_eq!(found.len(), 1, "{}", words(&rows));
    let row = found[0];
    assert_eq!(row.account, name(2));
    assert_eq!(row.first_access, Some(at(40, 10, 11)));
    assert!(row.last_access.unwrap() > at(116, 0, 0));
    assert_eq!(row.status, IntrusionStatus::Ended);
    assert!(!row.start_censored && !row.end_censored);
    assert_eq!(row.kinds, ["mailbox"]);
    assert!(row.techniques.contains(&"T1114.002".to_owned()));
    let sum: f64 = row.features.iter().map(|f| f.log_likelihood_ratio.nats()).sum();
    let odds = (row.prior.get() / (1.0 - row.prior.get())).ln() + sum;
    assert!((1.0 / (1.0 + (-odds).exp()) - row.probability.get()).abs() < 1e-5);
}

#[test]
fn a_reader_who_copies_the_agent() {
    let mut house = House::life(|_, _| false);
    relay(&mut house, CHROME, &EXITS, 40, DAYS - 2);
    let rows = house.find();
    assert_eq!(likely(&rows).len(), 1, "{}", words(&rows));
    assert_eq!(rows[0].status, IntrusionStatus::Active);
    assert!(rows[0].end_censored);
}

#[test]
fn an_application_let_in_by_a_lure() {
    let mut house = House::life(|_, _| false);
    let desk = Seat { ip: "198.51.100.4", agent: CHROME };
    house.push(at(50, 8, 20), &name(1), "Consent to application.", desk, |event| {
        event.target = "app-evil".into();
        event.detail =
            r#"{"ModifiedProperties":{"P":{"NewValue":"Scope: Mail.Read offline_access"}}}"#.into();
    });
    for visit in 0..20 {
        let seat = Seat { ip: "185.20.30.40", agent: "python-requests/2.31" };
        house.push(at(51 + visit * 3, 3, 0), &name(1), "MailItemsAccessed", seat, |event| {
            event.app_id = "app-evil".into();
            event.message_ids = (0..60).map(|i| format!("{visit}-{i}@x")).collect();
        });
    }
    let wave = Wave {
        wave_id: "w1:a".into(),
        campaign_id: "k1:a".into(),
        probability: 0.9.into(),
        ..Wave::default()
    };
    let exposure = Exposure {
        recipient: name(1),
        wave_id: "w1:a".into(),
        state: ExposureState::Clicked,
        time: Some(at(49, 9, 0)),
        ..Exposure::default()
    };
    let rows = house.find_with(&Context::default(), &[wave], &[exposure]);
    let found = likely(&rows);
    assert_eq!(found.len(), 1, "{}", words(&rows));
    assert_eq!(found[0].campaign_id.as_deref(), Some("k1:a"));
    assert!(found[0].techniques.contains(&"T1528".to_owned()));
    assert_eq!(found[0].status, IntrusionStatus::Active, "the consent still stands");
}

#[test]
fn a_takeover_that_forwards_and_hides() {
    let mut house = House::life(|_, _| false);
    let seat = Seat { ip: "62.149.20.10", agent: FIREFOX };
    house.read(at(60, 12, 0), &name(3), seat, 25);
    for (minute, operation, parameters) in [
        (5, "New-InboxRule", r#"{"Name":".","DeleteMessage":"True"}"#),
        (7, "Set-Mailbox", r#"{"ForwardingSmtpAddress":"smtp:x@elsewhere.example"}"#),
    ] {
        house.push(at(60, 12, minute), &name(3), operation, seat, |event| {
            event.detail = format!("{{\"Parameters\":{parameters}}}");
        });
    }
    let rows = house.find();
    assert_eq!(likely(&rows).len(), 1, "{}", words(&rows));
    assert_eq!(rows[0].account, name(3));
    assert!(rows[0].techniques.contains(&"T1114.003".to_owned()));
}

#[test]
fn two_intrusions_far_apart_stay_two() {
    let mut house = House::life(|_, _| false);
    relay(&mut house, FIREFOX, &EXITS[..2], 5, 40);
    relay(&mut house, "Mozilla/5.0 (Windows NT 10.0) Edg/119.0", &EXITS[2..], 115, 150);
    let rows = house.find();
    assert_eq!(likely(&rows).len(), 2, "{}", words(&rows));
}

#[test]
fn one_habit_that_pauses_stays_one() {
    let mut house = House::life(|_, _| false);
    relay(&mut house, FIREFOX, &EXITS[..2], 5, 40);
    relay(&mut house, FIREFOX, &EXITS[..2], 115, 150);
    let rows = house.find();
    assert_eq!(likely(&rows).len(), 1, "{}", words(&rows));
}

#[test]
fn the_order_of_events_does_not_matter() {
    let mut house = House::life(|_, _| false);
    relay(&mut house, FIREFOX, &EXITS, 40, 120);
    let rows = house.find();
    house.events.reverse();
    assert!(house.find() == rows);
}
