//! Files read in cloud storage, against the account's own and the house's pace
//! (ATT&CK T1530, T1213.002).

use super::{Class, Weighed};
use crate::intrusion::baseline::median;
use crate::intrusion::scene::Scene;
use crate::intrusion::weights;

/// Downloads at several times the usual pace.
pub(crate) fn files(scene: &Scene<'_, '_>) -> Option<Weighed> {
    let mut here: Vec<u32> = scene.sittings().map(|s| s.files_read).filter(|n| *n > 0).collect();
    if here.is_empty() {
        return None;
    }
    let mut own: Vec<u32> =
        scene.others().iter().map(|s| s.files_read).filter(|n| *n > 0).collect();
    let own_median = if own.len() >= 5 { median(&mut own) } else { scene.peers.files_per_sitting };
    let usual = own_median.max(scene.peers.files_per_sitting).max(1.0);
    let sittings = here.len();
    let pace = median(&mut here);
    let ratio = pace / usual;
    (ratio >= 3.0 && pace >= 8.0).then(|| {
        scene.weighed(
            Class::Volume,
            "files_at_volume",
            weights::FILES_AT_VOLUME * (ratio.log2() / 4.0).min(1.0),
            format!("{pace:.0} files a sitting in {sittings} sittings, against {usual:.0}"),
        )
    })
}
