use demarche_core::{Event, EvidenceRef, ExposureState, UtcMicros};

use super::super::add_traced;
use super::world::{World, day};

fn delivery(sender: &str, recipient: &str, id: &str, at: UtcMicros) -> Event {
    Event {
        provider: "exchange_trace".into(),
        actor: sender.into(),
        account: recipient.into(),
        message_ids: vec![id.into()],
        time: Some(at),
        evidence: EvidenceRef { path: "trace.csv".into(), ..EvidenceRef::default() },
        ..Event::default()
    }
}

#[test]
fn deleted_lures_are_still_counted() {
    let mut world = World::new();
    world.send(&World::attack(1, 150, "harbourpost-news.test"));
    let mut found = world.find();
    let before = found.clone();
    let wave = before.waves.iter().max_by_key(|wave| wave.probability).unwrap();
    let (sender, id) = (wave.senders[0].as_str(), wave.message_ids[0].as_str());
    add_traced(
        &mut found,
        &[
            delivery(sender, "deleted@parliament.example", "gone@x", day(150, 12)),
            delivery(sender, "deleted@parliament.example", "gone@x", day(150, 12)),
            delivery("", "copied@parliament.example", id, day(190, 12)),
            delivery(sender, "later@parliament.example", "other@x", day(190, 12)),
            delivery("else@x.test", "not@parliament.example", "else@x", day(150, 12)),
            delivery(sender, &wave.recipients[0], "gone@x", day(150, 12)),
        ],
    );
    let after = found.waves.iter().find(|w| w.wave_id == wave.wave_id).unwrap();
    let new: Vec<&String> =
        after.recipients.iter().filter(|r| !wave.recipients.contains(r)).collect();
    assert_eq!(new, ["copied@parliament.example", "deleted@parliament.example"]);
    assert_eq!(found.exposures.len(), before.exposures.len() + 2);
    let exposure = found.exposures.iter().find(|e| e.recipient.starts_with("deleted@")).unwrap();
    assert_eq!(exposure.state, ExposureState::Unknown);
    assert_eq!(exposure.evidence.len(), 1);
    let campaign = found.campaigns.iter().find(|c| c.campaign_id == after.campaign_id).unwrap();
    assert!(campaign.recipients.contains(&"deleted@parliament.example".to_owned()));
}
