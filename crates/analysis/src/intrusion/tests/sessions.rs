//! Sessions: those that nothing vouches for, and the owner's own at strange exits.

use super::house::{CHROME, DAYS, House, PHONE, Seat, at, likely, name, words};

/// The house's life with sessions: each device keeps one for two weeks wherever it is.
fn house() -> House {
    let mut house = House::life(|_, _| false);
    for event in &mut house.events {
        let day =
            event.time.map_or(0, |time| (time.micros() - at(0, 0, 0).micros()) / 86_400_000_000);
        let device = if event.user_agent == PHONE { "phone" } else { "desk" };
        event.session = format!("{}-{device}-{}", event.account, day / 14);
    }
    // People work at home on Saturdays, with the laptop of the office.
    for person in 0..6 {
        for day in (5..DAYS).step_by(7) {
            let home = format!("81.{}.7.20", 40 + person);
            let from = house.events.len();
            house.read(at(day, 10, 5), &name(person), Seat { ip: &home, agent: CHROME }, 6);
            for event in &mut house.events[from..] {
                event.session = format!("{}-desk-{}", name(person), day / 14);
            }
        }
    }
    house
}

/// Reads of a stranger with the owner's agent, every fourth day from an exit in turn.
fn stranger(house: &mut House, account: &str, session: impl Fn(i64) -> String) {
    for (turn, day) in (40..120).step_by(4).enumerate() {
        let exit = format!("91.{}.{}.9", 10 + turn % 5, turn % 3);
        for again in 0..3 {
            let from = house.events.len();
            let seat = Seat { ip: &exit, agent: CHROME };
            house.read(at(day, 15, 3 + again * 9), account, seat, 30);
            for event in &mut house.events[from..] {
                event.session = session(day);
            }
        }
    }
}

#[test]
fn sessions_that_never_come_to_the_house() {
    let mut house = house();
    stranger(&mut house, &name(2), |day| format!("stranger-{}", day / 10));
    let found = house.find();
    let likely = likely(&found);
    assert_eq!(likely.len(), 1, "{}", words(&found));
    let row = likely[0];
    assert_eq!(row.account, name(2));
    assert!(row.features.iter().any(|f| f.name == "sessions_apart"), "{}", words(&found));
    assert_eq!(row.first_access, Some(at(40, 15, 3)));
    assert!(row.last_access >= Some(at(116, 15, 0)) && row.last_access <= Some(at(117, 0, 0)));
    assert!(!row.start_censored && !row.end_censored);
    assert!(row.first_access_bounds[0] <= at(40, 15, 3));
    assert!(row.first_access_bounds[1] < at(60, 0, 0));
}

#[test]
fn two_intruders_with_a_long_pause_stay_two() {
    let mut house = house();
    for (first, agent) in [(10, CHROME), (110, super::house::FIREFOX)] {
        for day in (first..first + 30).step_by(3) {
            let from = house.events.len();
            for again in 0..3 {
                let seat = Seat { ip: "91.10.1.9", agent };
                house.read(at(day, 15, 3 + again * 9), &name(1), seat, 30);
            }
            for event in &mut house.events[from..] {
                event.session = format!("stranger-{}", day / 6);
            }
        }
    }
    let found = house.find();
    assert_eq!(likely(&found).len(), 2, "{}", words(&found));
}

#[test]
fn without_an_intruder_nobody_is_likely() {
    let found = house().find();
    assert!(likely(&found).is_empty(), "{}", words(&found));
}

#[test]
fn a_week_away_is_no_intrusion() {
    let mut house = house();
    // One person takes the laptop along, and signs in anew on the way.
    house.events.retain(|event| {
        let day = event.time.map_or(0, |t| (t.micros() - at(0, 0, 0).micros()) / 86_400_000_000);
        event.account != name(3) || !(70..77).contains(&day)
    });
    for day in 70..77 {
        let from = house.events.len();
        let seat = Seat { ip: "62.4.4.8", agent: CHROME };
        house.read(at(day, 9, 10), &name(3), seat, 9);
        house.send(at(day, 9, 30), &name(3), seat);
        for event in &mut house.events[from..] {
            event.session = "on the way".to_owned();
        }
    }
    let found = house.find();
    assert!(likely(&found).is_empty(), "{}", words(&found));
}
