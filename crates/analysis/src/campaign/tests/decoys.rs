//! What must not become a wave.

use demarche_core::{ContextEntry, UrlPlace};

use super::world::{Mailing, World, person};

fn committee(n: usize) -> Vec<String> {
    (0..8).map(|i| person(n * 10 + i)).collect()
}

fn scattered() -> Vec<String> {
    (0..12).map(|i| person((i * 23 + 5) % 60)).collect()
}

#[test]
fn newsletters_with_tokens() {
    let world = World::new();
    assert!(world.probability("harbourpost.example") < 0.01);
    assert!(world.probability("morningherald.example") < 0.01);
}

#[test]
fn an_invitation_to_one_committee_that_is_answered() {
    let mut world = World::new();
    let mut invitation = Mailing::new("events@trade-institute.example", committee(2), 170);
    invitation.answered = 3;
    world.send(&invitation);
    assert!(world.probability("trade-institute.example") < 0.1);
}

#[test]
fn an_invitation_that_nobody_answers_is_not_likely() {
    let mut world = World::new();
    world.send(&Mailing::new("events@trade-institute.example", committee(2), 170));
    assert!(world.probability("trade-institute.example") < 0.5);
}

#[test]
fn sales_outreach_to_random_people() {
    let mut world = World::new();
    let mut sales = Mailing::new("joe@cloud-offers.example", scattered(), 170);
    sales.name = "Joe".into();
    world.send(&sales);
    assert!(world.probability("cloud-offers.example") < 0.3);
}

#[test]
fn ordinary_phish_without_tokens() {
    let mut world = World::new();
    let mut phish = Mailing::new("service@accountcheck.example", scattered(), 170);
    phish.unique = false;
    phish.place = UrlPlace::Href;
    phish.name = "Security Team".into();
    world.send(&phish);
    assert!(world.probability("accountcheck.example") < 0.01);
}

#[test]
fn tokenised_criminal_bursts_go_to_anybody() {
    let mut world = World::new();
    let mut phish = Mailing::new("parcel@parcels-now.example", scattered(), 170);
    phish.name = "Parcel Desk Anywhere".into();
    world.send(&phish);
    assert!(world.probability("parcels-now.example") < 0.5);
}

#[test]
fn a_phishing_simulation_that_the_house_ordered() {
    let mut world = World::new();
    world.send(&World::attack(0, 150, "harbourpost-news.test"));
    world.context.push(ContextEntry {
        kind: "simulation_vendor".into(),
        value: "harbourpost-news.test".into(),
        ..ContextEntry::default()
    });
    assert!(world.probability("harbourpost-news.test") < 0.5);
}

#[test]
fn an_outlets_own_mail_to_one_committee() {
    // The outlet that is imitated writes itself, with tokens, to one committee.
    let mut world = World::new();
    let mut own = World::attack(0, 150, "harbourpost.example");
    own.answered = 0;
    world.send(&own);
    assert!(world.probability("harbourpost.example") < 0.05);
}

#[test]
fn one_class_alone_makes_nothing_likely() {
    // Tokens and nothing else that is unusual: the sender writes ordinary letters too.
    let mut world = World::new();
    for day in (10..300).step_by(20) {
        let mut letter = Mailing::new("clerk@union-of-towns.example", vec![person(1)], day);
        letter.answered = 1;
        world.send(&letter);
    }
    world.send(&Mailing::new("clerk@union-of-towns.example", committee(3), 171));
    assert!(world.probability("union-of-towns.example") < 0.05);
}

/// A benign sender's name, language or zone must not matter.
#[test]
fn names_and_zones_of_honest_senders_do_not_matter() {
    let mut plain = World::new();
    let mut foreign = World::new();
    let invitation = Mailing::new("events@trade-institute.example", committee(2), 170);
    for (world, name, zone) in
        [(&mut plain, "Jane Smith", 0), (&mut foreign, "Nguyễn Thị Hoa", 8 * 60)]
    {
        let mut invitation = invitation.clone();
        invitation.name = name.into();
        for row in world.send(&invitation) {
            world.mails[row].date_offset_minutes = Some(zone);
        }
    }
    let (a, b) = (
        plain.probability("trade-institute.example"),
        foreign.probability("trade-institute.example"),
    );
    assert!((a - b).abs() <= 0.02, "{a} {b}");
}
