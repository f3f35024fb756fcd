//! Intrusions: which account, since when, until when, and how sure.
//!
//! Events become sittings, sittings that differ from an account's life become
//! candidates, and each candidate is weighed by independent classes of evidence: who it
//! looks like, whether the owner was elsewhere, what was read, what was changed, how
//! the way in was found, whether other accounts show the same. An anomaly is a
//! likelihood ratio, never geography alone: relays are rented in the victim's own city,
//! and people travel. See [`weights`] for every weight and its reason.

mod acts;
mod agent;
mod baseline;
mod candidates;
mod changes;
mod coverage;
mod cross;
mod episodes;
mod evidence;
mod intervals;
mod join;
mod lookups;
mod profile;
mod rows;
mod scene;
mod score;
mod sessions;
mod strands;
mod ties;
mod view;
mod weigh;
pub mod weights;

#[cfg(test)]
mod tests;

pub use coverage::{infer_coverage, source_of};

use demarche_core::{
    CoverageEntry, Event, Exposure, Finding, Intrusion, IntrusionStatus, Probability, RecordLookup,
    Wave,
};

use crate::input::{Context, Networks, Roster};

/// What intrusions are found from; all of it may be empty.
#[derive(Clone, Copy)]
pub struct IntrusionInput<'a> {
    /// Duplicates removed, in any order.
    pub events: &'a [Event],
    /// Who read whose call records.
    pub lookups: &'a [RecordLookup],
    /// Of detection rules, over the events.
    pub findings: &'a [Finding],
    /// Who is who.
    pub roster: &'a Roster,
    /// The house's own.
    pub context: &'a Context,
    /// Whose addresses are whose.
    pub networks: &'a Networks,
    /// What could have been seen, stated or [inferred](infer_coverage).
    pub coverage: &'a [CoverageEntry],
    /// Waves, for joining.
    pub waves: &'a [Wave],
    /// What became of their recipients.
    pub exposures: &'a [Exposure],
}

/// What the user can set.
#[derive(Clone, Copy, Debug)]
pub struct Parameters {
    /// Prior that a candidate, a group of an account's sittings that differ from the
    /// rest of its life, is an intruder's; [`weights::PRIOR`] by default.
    pub prior: Probability,
    /// Prior that the look-ups of one protected number by one operator are not in the
    /// line of duty; [`weights::LOOKUP_PRIOR`] by default.
    pub lookup_prior: Probability,
    /// Intrusions below it are not put out: not worth anybody's time.
    pub floor: Probability,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            prior: Probability::new(weights::PRIOR),
            lookup_prior: Probability::new(weights::LOOKUP_PRIOR),
            floor: Probability::new(0.1),
        }
    }
}

/// Finds intrusions: active ones first, then the more probable.
#[must_use]
pub fn find(input: &IntrusionInput<'_>, parameters: &Parameters) -> Vec<Intrusion> {
    let mut rows = weigh::accounts(input, parameters);
    rows.extend(
        lookups::find(input.lookups, input.roster, parameters.lookup_prior)
            .iter()
            .filter_map(|looked| rows::of_lookups(input, looked, parameters.lookup_prior)),
    );
    rows.retain(|row| row.probability >= parameters.floor);
    rows.sort_by(|a, b| {
        let active = |row: &Intrusion| row.status == IntrusionStatus::Active;
        active(b)
            .cmp(&active(a))
            .then(b.probability.cmp(&a.probability))
            .then(a.account.cmp(&b.account))
            .then(a.intrusion_id.cmp(&b.intrusion_id))
    });
    rows
}
