//! Reading mail: what was read, how much, by whom, and whether the reader ever does
//! what an owner does (ATT&CK T1114.002).
//!
//! `MailItemsAccessed` *Bind* lists messages, *Sync* means that the folder must be
//! assumed read (learn.microsoft.com, "Use MailItemsAccessed to investigate").

use super::{Class, Weighed};
use crate::intrusion::baseline::median;
use crate::intrusion::candidates::Thread;
use crate::intrusion::profile::count;
use crate::intrusion::scene::Scene;
use crate::intrusion::sessions::Sitting;
use crate::intrusion::weights;

/// How the candidate reads, against the owner.
pub(crate) fn reading(scene: &Scene<'_, '_>) -> Vec<Weighed> {
    let others = scene.others();
    let mut found = Vec::new();
    let active = |s: &&Sitting<'_>| s.mail_volume() + s.files_read + s.writes > 0;
    let own: Vec<&Sitting<'_>> = others.iter().copied().filter(|s| active(s)).collect();
    let theirs: Vec<&Sitting<'_>> = scene.sittings().filter(|s| active(s)).collect();
    if theirs.is_empty() {
        return found;
    }
    let writes = theirs.iter().filter(|s| s.writes > 0).count();
    if own.len() >= 5 {
        let rate = count(own.iter().filter(|s| s.writes > 0).count()) / count(own.len());
        let here = count(writes) / count(theirs.len());
        // An application that reads never writes, whoever's it is.
        let application = matches!(scene.candidate.thread, Thread::Application(_));
        if writes == 0 && rate > 0.02 && !application {
            let nats = -count(theirs.len()) * (1.0 - rate * 0.9).ln();
            found.push(scene.weighed(
                Class::Collection,
                "reads_only",
                nats.min(weights::READ_ONLY_CAP),
                format!(
                    "{} sittings that read and never write; the owner writes in {:.0}% of his",
                    theirs.len(),
                    rate * 100.0
                ),
            ));
        } else if writes > 0 && here >= rate * 0.5 {
            let nats = weights::WRITES_LIKE_OWNER * (count(theirs.len()) / 3.0).min(1.0);
            found.push(scene.weighed(
                Class::Collection,
                "writes_like_the_owner",
                nats,
                format!("writes in {writes} of {} sittings, as the owner does", theirs.len()),
            ));
        }
    }
    let mut usual: Vec<u32> = own.iter().map(|s| s.mail_volume()).filter(|v| *v > 0).collect();
    let mut here: Vec<u32> = theirs.iter().map(|s| s.mail_volume()).filter(|v| *v > 0).collect();
    if here.len() >= 2 {
        let usual_median =
            if usual.len() >= 5 { median(&mut usual) } else { scene.peers.mail_per_sitting };
        let here_median = median(&mut here);
        let doublings = (here_median / usual_median.max(1.0)).log2();
        if doublings >= 1.0 {
            found.push(scene.weighed(
                Class::Volume,
                "mail_at_volume",
                (doublings * weights::VOLUME_DOUBLING).min(1.5),
                format!("{here_median:.0} messages a sitting, against {usual_median:.0}"),
            ));
        }
    }
    let syncs: u32 = theirs.iter().map(|s| s.syncs).sum();
    let agents_known = theirs
        .iter()
        .flat_map(|s| &s.agents)
        .all(|agent| own.iter().any(|s| s.syncs > 0 && s.agents.contains(agent)));
    if syncs > 0 && !agents_known {
        found.push(scene.weighed(
            Class::Collection,
            "folders_synchronised",
            weights::SYNC_BY_STRANGER,
            format!(
                "{syncs} folder synchronisations by a client that the owner does not sync with"
            ),
        ));
    }
    found
}
