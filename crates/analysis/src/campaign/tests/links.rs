use super::super::Parameters;
use super::world::{World, print_parts};

/// Three waves of one operator under changing domains, and one of another.
fn world() -> World {
    let mut world = World::new();
    world.send(&World::attack(0, 100, "harbourpost-news.test"));
    world.send(&World::attack(1, 150, "harbour-post.test"));
    world.send(&World::attack(0, 210, "theharbourpost.test"));
    let mut other = World::attack(4, 240, "morningherald-eu.test");
    other.name = "Bo Lund Morning Herald".into();
    other.grammar = "/track?c={hex32}".into();
    other.skeleton = "table skeleton".into();
    other.header_order = "date to from subject x-priority".into();
    world.send(&other);
    world
}

fn uid(world: &World, domain: &str) -> String {
    let mail = world.mails.iter().find(|m| m.from.ends_with(domain)).unwrap();
    mail.message_uid.to_string()
}

#[test]
fn waves_of_one_operator_are_joined_and_others_not() {
    let world = world();
    let output = world.find();
    let sure: Vec<_> = output.waves.iter().filter(|w| w.probability.get() > 0.5).collect();
    sure.iter().for_each(|wave| print_parts(wave));
    assert_eq!(sure.len(), 4);
    assert_eq!(sure[0].campaign_id, sure[1].campaign_id);
    assert_eq!(sure[0].campaign_id, sure[2].campaign_id);
    assert_ne!(sure[0].campaign_id, sure[3].campaign_id);
    let campaign = output.campaigns.iter().find(|c| c.campaign_id == sure[0].campaign_id).unwrap();
    assert_eq!(campaign.wave_ids.len(), 3);
    assert!(campaign.probability.get() > 0.8);
    for link in &campaign.links {
        assert!(link.classes.len() >= 2 && !link.evidence.is_empty(), "{link:#?}");
    }
    assert_eq!(campaign.target_groups.first().map(String::as_str), Some("committee 0"));
}

#[test]
fn what_analysts_say_holds() {
    let world = world();
    let (first, third, other) = (
        uid(&world, "harbourpost-news.test"),
        uid(&world, "theharbourpost.test"),
        uid(&world, "morningherald-eu.test"),
    );
    let parameters = Parameters {
        must_link: vec![(first.clone(), other)],
        cannot_link: vec![(third, first)],
        ..Parameters::default()
    };
    let output = world.find_with(&parameters);
    let of = |domain: &str| {
        let wave = output.waves.iter().find(|w| w.senders[0].ends_with(domain)).unwrap();
        wave.campaign_id.clone()
    };
    assert_eq!(of("harbourpost-news.test"), of("morningherald-eu.test"));
    assert_ne!(of("harbourpost-news.test"), of("theharbourpost.test"));
}

#[test]
fn what_many_senders_share_links_nothing() {
    // The same common service, skeleton and headers; nothing rare.
    let mut world = World::new();
    for (committee, day, domain) in
        [(0, 150, "harbourpost-news.test"), (4, 260, "morningherald-eu.test")]
    {
        let mut wave = World::attack(committee, day, domain);
        wave.grammar = "/r/{hex32}".into();
        wave.header_order = "order 1".into();
        wave.skeleton = format!("skeleton of {domain}");
        if committee == 4 {
            wave.name = "Bo Lund Morning Herald".into();
            wave.text = 5;
            wave.subject = "an announcement of morningherald.example on day 259".into();
        }
        world.send(&wave);
    }
    let output = world.find();
    let sure: Vec<_> = output.waves.iter().filter(|w| w.probability.get() > 0.5).collect();
    output.waves.iter().filter(|w| w.senders[0].ends_with(".test")).for_each(print_parts);
    assert_eq!(sure.len(), 2);
    assert_ne!(sure[0].campaign_id, sure[1].campaign_id);
}
