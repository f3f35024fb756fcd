//! What must not be found.

use demarche_core::ContextEntry;

use super::house::{CHROME, DAYS, House, PHONE, Seat, at, likely, name, words};
use crate::input::Context;

fn innocent(house: &House) {
    let rows = house.find();
    assert!(likely(&rows).is_empty(), "{}", words(&rows));
}

#[test]
fn ordinary_life() {
    let house = House::life(|_, _| false);
    assert!(house.find().is_empty());
}

#[test]
fn travel() {
    let mut house = House::life(|person, day| person == 2 && (61..67).contains(&day));
    for day in 61..67 {
        let hotel = Seat { ip: "177.3.2.1", agent: CHROME };
        house.read(at(day, 7, 5), &name(2), hotel, 15);
        house.send(at(day, 7, 30), &name(2), hotel);
        house.read(at(day, 20, 5), &name(2), Seat { ip: "177.9.2.1", agent: PHONE }, 6);
    }
    innocent(&house);
}

#[test]
fn a_new_phone() {
    let mut house = House::life(|_, _| false);
    for event in &mut house.events {
        if event.account == name(2)
            && event.user_agent == PHONE
            && event.time >= Some(at(110, 0, 0))
        {
            event.user_agent = "Client=OutlookService;Outlook-Android/2.0;".into();
        }
    }
    innocent(&house);
}

#[test]
fn a_secretary_with_a_standing_grant() {
    let mut house = House::life(|_, _| false);
    for day in (0..DAYS).filter(|day| day % 7 < 5) {
        let desk = Seat { ip: "198.51.100.4", agent: CHROME };
        house.push(at(day, 10, 3), &name(0), "MailItemsAccessed", desk, |event| {
            event.actor = name(5);
            event.message_ids = (0..40).map(|i| format!("{day}-{i}@d")).collect();
        });
    }
    innocent(&house);
}

#[test]
fn a_backup_service() {
    let mut house = House::life(|_, _| false);
    for day in 0..DAYS {
        for person in 0..6 {
            let seat = Seat { ip: "185.1.2.3", agent: "BackupRunner/4.1" };
            house.push(at(day, 2, 10), &name(person), "MailItemsAccessed", seat, |event| {
                event.app_id = "app-backup".into();
                event.message_ids = (0..60).map(|i| format!("{day}-{person}-{i}@b")).collect();
            });
        }
    }
    innocent(&house);
}

#[test]
fn consents_of_many() {
    let mut house = House::life(|_, _| false);
    for person in 0..6 {
        let desk = Seat { ip: "198.51.100.4", agent: CHROME };
        house.push(
            at(50 + person, 8, 55),
            &name(person),
            "Consent to application.",
            desk,
            |event| {
                event.target = "app-poll".into();
                event.detail =
                    r#"{"ModifiedProperties":{"P":{"NewValue":"Scope: Mail.Read"}}}"#.into();
            },
        );
    }
    assert!(house.find().is_empty());
}

#[test]
fn a_night_worker() {
    let mut house = House::life(|_, _| false);
    for day in (30..DAYS).filter(|day| day % 4 == 0) {
        let home = Seat { ip: "81.42.7.20", agent: CHROME };
        house.read(at(day, 2, 5), &name(2), home, 20);
        house.send(at(day, 2, 25), &name(2), home);
    }
    innocent(&house);
}

#[test]
fn the_houses_vpn() {
    let mut house = House::life(|_, _| false);
    for day in (20..DAYS).filter(|day| day % 5 == 0) {
        house.read(at(day, 9, 5), &name(2), Seat { ip: "45.9.9.9", agent: CHROME }, 20);
    }
    let vpn =
        ContextEntry { kind: "vpn".into(), value: "45.9.9.0/24".into(), ..ContextEntry::default() };
    let rows = house.find_with(&Context::new(vec![vpn]), &[], &[]);
    assert!(likely(&rows).is_empty(), "{}", words(&rows));
}

#[test]
fn one_class_alone() {
    let mut house = House::life(|_, _| false);
    let desk = Seat { ip: "198.51.100.4", agent: CHROME };
    house.push(at(60, 8, 57), &name(3), "Set-Mailbox", desk, |event| {
        event.detail =
            r#"{"Parameters":{"ForwardingSmtpAddress":"smtp:me@private.example"}}"#.into();
    });
    innocent(&house);
}

#[test]
fn hostile_input_does_no_harm() {
    let mut house = House::life(|_, _| false);
    for (index, event) in house.events.iter_mut().enumerate() {
        match index % 9 {
            0 => event.source_ip = "not an address".into(),
            1 => event.time = None,
            2 => event.detail = "{\"Parameters\":[{\"Name\":1}".into(),
            3 => event.account.clear(),
            4 => event.user_agent = "\u{e9};=;/".repeat(2_000),
            5 => event.operation = "Set-Mailbox".into(),
            6 => event.session = "s".into(),
            _ => {}
        }
    }
    let _ = house.find();
}
