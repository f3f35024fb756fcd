//! Recipients that only a delivery log names: the lure was deleted, or never archived.
//!
//! Exchange's message trace and message tracking and Gmail's log say to whom a message
//! was handed. A delivery belongs to a wave when it is of one of the wave's messages, or
//! of another one from the wave's own sender within a day of it. Nothing of the message
//! is left, so its token is not known and what became of it cannot be: such a recipient's
//! exposure is `unknown`. What a wave is worth does not change.

use std::collections::{BTreeMap, HashMap};

use demarche_core::{Event, EvidenceRef, Exposure, ExposureState, UtcMicros};

use super::CampaignOutput;

/// How far from the wave's known messages a delivery of its sender may lie.
const NEAR: i64 = UtcMicros::DAY;
/// References that one exposure carries at most.
const CITED: usize = 5;

/// Adds the recipients that deliveries among `events` name to waves, campaigns and
/// exposures. The order of `events` does not matter.
pub fn add_traced(found: &mut CampaignOutput, events: &[Event]) {
    let mut by_message: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut by_sender: HashMap<&str, Vec<usize>> = HashMap::new();
    for (number, wave) in found.waves.iter().enumerate() {
        for id in &wave.message_ids {
            by_message.entry(id).or_default().push(number);
        }
        for sender in &wave.senders {
            by_sender.entry(sender).or_default().push(number);
        }
    }
    let mut traced: BTreeMap<(usize, &str), Vec<&EvidenceRef>> = BTreeMap::new();
    for event in events.iter().filter(|event| event.is_delivery()) {
        let near = |number: &usize| {
            let Some(wave) = found.waves.get(*number) else { return false };
            let (Some(first), Some(last), Some(at)) = (wave.first_seen, wave.last_seen, event.time)
            else {
                return false;
            };
            first.saturating_add(-NEAR) <= at && at <= last.saturating_add(NEAR)
        };
        let of_message = event.message_ids.iter().filter_map(|id| by_message.get(id.as_str()));
        let of_sender = by_sender.get(event.actor.as_str()).into_iter().flatten();
        for number in of_message.flatten().chain(of_sender.filter(|number| near(number))) {
            let known = |wave: &demarche_core::Wave| wave.recipients.contains(&event.account);
            if event.account.contains('@') && !found.waves.get(*number).is_none_or(known) {
                traced.entry((*number, &event.account)).or_default().push(&event.evidence);
            }
        }
    }
    let mut added: Vec<(usize, Exposure)> = Vec::new();
    for ((number, recipient), mut evidence) in traced {
        let Some(wave) = found.waves.get(number) else { continue };
        evidence.sort_unstable();
        evidence.dedup();
        let exposure = Exposure {
            recipient: recipient.to_owned(),
            wave_id: wave.wave_id.clone(),
            state: ExposureState::Unknown,
            time: None,
            detail: "a delivery log names the recipient; the message itself is not at hand, so \
                     its token is not known"
                .to_owned(),
            evidence: evidence.into_iter().take(CITED).cloned().collect(),
        };
        added.push((number, exposure));
    }
    for (number, exposure) in added {
        let Some(wave) = found.waves.get_mut(number) else { continue };
        insert(&mut wave.recipients, &exposure.recipient);
        let campaign = found.campaigns.iter_mut().find(|c| c.campaign_id == wave.campaign_id);
        if let Some(campaign) = campaign {
            insert(&mut campaign.recipients, &exposure.recipient);
        }
        found.exposures.push(exposure);
    }
    // Exposures stand by wave in the order of the waves, then by recipient.
    let place: HashMap<&str, usize> =
        found.waves.iter().enumerate().map(|(n, wave)| (wave.wave_id.as_str(), n)).collect();
    found.exposures.sort_by(|a, b| {
        let key = |e: &Exposure| place.get(e.wave_id.as_str()).copied();
        key(a).cmp(&key(b)).then_with(|| a.recipient.cmp(&b.recipient))
    });
}

/// Keeps a sorted list sorted.
fn insert(list: &mut Vec<String>, value: &str) {
    if let Err(place) = list.binary_search_by(|known| known.as_str().cmp(value)) {
        list.insert(place, value.to_owned());
    }
}
