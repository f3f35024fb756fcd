//! How the way in was found: bursts of refused sign-ins, addresses that try many
//! accounts, sign-ins without a browser, tokens used from two places (ATT&CK T1110.003,
//! T1078.004, T1550.001).

use std::collections::{BTreeMap, BTreeSet};

use demarche_core::UtcMicros;

use super::{Class, Weighed};
use crate::intrusion::acts::Act;
use crate::intrusion::scene::Scene;
use crate::intrusion::sessions::Sitting;
use crate::intrusion::view::Origin;
use crate::intrusion::weights;

/// Marks in a sign-in's detail of protocols that know no second factor, or of a code
/// typed in elsewhere.
const LEGACY: [&str; 6] =
    ["bav2ropc", "devicecode", "imap4", "pop3", "authenticated smtp", "\"ropc\""];

/// What stands at the door.
pub(crate) fn entry(scene: &Scene<'_, '_>) -> Vec<Weighed> {
    let mut found = Vec::new();
    let Some(&first) = scene.candidate.accesses.first() else { return found };
    let start = scene.view.accesses[first].time;
    let sprayers: BTreeSet<u32> = scene
        .sittings()
        .filter(|s| s.address.origin == Origin::Public && s.sign_ins > 0)
        .map(|s| s.address.ip)
        .filter(|ip| scene.peers.doors.get(ip).is_some_and(|door| door.sprays()))
        .collect();
    if let Some(ip) = sprayers.first() {
        let door = scene.peers.doors.get(ip).copied().unwrap_or_default();
        found.push(scene.weighed(
            Class::Entry,
            "address_tried_many_accounts",
            weights::SPRAYING_ADDRESS,
            format!(
                "{} was refused {} times on {} accounts and let in {} times",
                scene.view.names.text(*ip),
                door.failures,
                door.failed_accounts,
                door.entries
            ),
        ));
    }
    let before = start.saturating_sub(2 * UtcMicros::DAY);
    let burst: Vec<usize> = scene
        .life
        .sittings
        .iter()
        .filter(|s| s.end >= before && s.start <= start)
        .flat_map(|s| s.accesses.iter().copied())
        .filter(|a| {
            let access = &scene.view.accesses[*a];
            access.act == Act::SignInFailed && access.time >= before && access.time <= start
        })
        .collect();
    if burst.len() >= 6 {
        found.push(Weighed {
            class: Class::Entry,
            name: "refused_sign_ins_before",
            nats: weights::FAILED_BURST,
            detail: format!("{} refused sign-ins in the two days before", burst.len()),
            accesses: burst,
        });
    }
    let legacy: Vec<usize> = scene
        .candidate
        .accesses
        .iter()
        .copied()
        .filter(|a| {
            let access = &scene.view.accesses[*a];
            access.act == Act::SignIn && {
                let text = format!("{} {}", access.event.user_agent, access.event.detail);
                let text = text.to_lowercase();
                LEGACY.iter().any(|mark| text.contains(mark))
            }
        })
        .collect();
    if !legacy.is_empty() {
        found.push(Weighed {
            class: Class::Entry,
            name: "legacy_or_device_code_sign_in",
            nats: weights::LEGACY_SIGN_IN,
            detail: format!("{} sign-ins by a legacy protocol or a device code", legacy.len()),
            accesses: legacy,
        });
    }
    found
}

/// A session id of the candidate that the owner uses from another network with another
/// agent. Phones and laptops carry one session from network to network all the time; a
/// stolen token shows when the device changes with it.
pub(crate) fn token(scene: &Scene<'_, '_>) -> Option<Weighed> {
    let mut owners: BTreeMap<&str, Vec<&Sitting<'_>>> = BTreeMap::new();
    for sitting in scene.others() {
        for session in &sitting.sessions {
            owners.entry(session).or_default().push(sitting);
        }
    }
    let mut moved = None;
    for sitting in scene.sittings().filter(|s| s.located() && s.own()) {
        for session in &sitting.sessions {
            let elsewhere: Vec<&&Sitting<'_>> = owners
                .get(session)
                .into_iter()
                .flatten()
                .filter(|s| s.located() && s.address.network != sitting.address.network)
                .filter(|s| other_system(scene, s, sitting))
                .collect();
            if elsewhere.is_empty() {
                continue;
            }
            let before = elsewhere.iter().any(|s| s.start <= sitting.end);
            let after = elsewhere.iter().any(|s| s.end >= sitting.start);
            let (name, nats) = if before && after {
                ("token_used_from_two_networks", weights::TOKEN_REPLAY)
            } else {
                ("token_moved_networks", weights::TOKEN_MOVED)
            };
            let item = scene.weighed(
                Class::Token,
                name,
                nats,
                format!("session {session} is used from another network by another agent too"),
            );
            if before && after {
                return Some(item);
            }
            moved = Some(item);
        }
    }
    moved
}

/// Whether two sittings name different operating systems. One device shows several
/// agents (a mail program, its browser), but one system.
fn other_system(scene: &Scene<'_, '_>, a: &Sitting<'_>, b: &Sitting<'_>) -> bool {
    let systems = |sitting: &Sitting<'_>| -> BTreeSet<&str> {
        let names = sitting.agents.iter().map(|agent| scene.view.names.text(*agent));
        names.filter_map(|name| name.split_once('/')).map(|(_, system)| system).collect()
    };
    let (a, b) = (systems(a), systems(b));
    !a.is_empty() && !b.is_empty() && a.is_disjoint(&b)
}
