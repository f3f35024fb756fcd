use demarche_core::MicroNats;

use super::world::{World, person, print_parts};

#[test]
fn a_targeted_wave_is_found_whole() {
    let mut world = World::new();
    world.send(&World::attack(0, 150, "harbourpost-news.test"));
    let output = world.find();
    let wave = output.waves.iter().max_by_key(|wave| wave.probability).unwrap();
    output.waves.iter().for_each(print_parts);
    let alone = wave.probability.get();
    assert!((0.7..0.95).contains(&alone), "one mailing is never almost certain: {alone}");
    assert_eq!(wave.message_uids.len(), 8);
    assert_eq!(wave.message_ids.len(), 8);
    assert_eq!(wave.recipients.len(), 9, "a spouse named in To was reached too");
    assert!(wave.recipients.contains(&"spouse3@postbox.example".to_owned()));
    assert_eq!(wave.target_groups, ["committee 0"]);
    assert_eq!(wave.techniques, ["T1583.001", "T1598.003", "T1656"]);
    assert!(wave.wave_id.starts_with("w1:") && wave.campaign_id.starts_with("k1:"));
    assert!(wave.features.iter().all(|f| !f.evidence.is_empty() && !f.detail.is_empty()));
    let others = output.waves.iter().filter(|w| w.wave_id != wave.wave_id);
    assert!(others.map(|w| w.probability.get()).all(|p| p < 0.55));
}

#[test]
fn waves_of_one_hand_speak_for_each_other() {
    let mut world = World::new();
    world.send(&World::attack(0, 150, "harbourpost-news.test"));
    let alone = world.find().waves.iter().map(|wave| wave.probability).max().unwrap();
    world.send(&World::attack(1, 200, "harbour-post.test"));
    let output = world.find();
    let both: Vec<_> = output.waves.iter().filter(|wave| wave.probability > alone).collect();
    both.iter().for_each(|wave| print_parts(wave));
    assert_eq!(both.len(), 2);
    for wave in both {
        assert!(wave.features.iter().any(|part| part.name == "linked_to_likely_wave"));
    }
}

#[test]
fn parts_add_up_to_the_probability() {
    let mut world = World::new();
    world.send(&World::attack(1, 150, "harbourpost-news.test"));
    for wave in world.find().waves {
        let sum: MicroNats = wave.features.iter().map(|f| f.log_likelihood_ratio).sum();
        let posterior = demarche_core::Probability::posterior(wave.prior, sum);
        assert_eq!(posterior, wave.probability);
    }
}

#[test]
fn the_order_of_the_input_does_not_matter() {
    let mut world = World::new();
    world.send(&World::attack(0, 150, "harbourpost-news.test"));
    world.send(&World::attack(0, 200, "harbourpost-world.test"));
    let before = world.find();
    world.mails.reverse();
    world.roster.reverse();
    let after = world.find();
    assert_eq!(before.waves, after.waves);
    assert_eq!(before.campaigns, after.campaigns);
    assert_eq!(before.exposures, after.exposures);
}

#[test]
fn a_wave_over_several_senders_and_subjects_is_one() {
    let mut world = World::new();
    let mut first = World::attack(0, 150, "harbourpost-news.test");
    first.to.truncate(4);
    let mut second = first.clone();
    second.from = "editor@harbourpost-news.test".into();
    second.subject = "something else altogether today".into();
    second.to = (4..8).map(person).collect();
    second.day = 151;
    world.send(&first);
    world.send(&second);
    let wave = world.find().waves.into_iter().max_by_key(|w| w.probability).unwrap();
    assert_eq!(wave.senders.len(), 2);
    assert_eq!(wave.message_uids.len(), 8);
}

#[test]
fn nothing_in_nothing_out() {
    let output = World::default().find();
    assert!(output.waves.is_empty() && output.campaigns.is_empty() && output.exposures.is_empty());
}

#[test]
fn mail_without_time_or_sender_does_no_harm() {
    let mut world = World::new();
    let rows = world.send(&World::attack(0, 150, "harbourpost-news.test"));
    for row in rows {
        world.mails[row].date = None;
        world.mails[row].received = None;
        world.mails[row].from.clear();
        world.mails[row].features.from_domain.clear();
    }
    world.find();
}
