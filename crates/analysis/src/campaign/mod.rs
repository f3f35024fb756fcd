//! Waves, campaigns and exposures.
//!
//! Mail is first grouped into *bursts* of like mail ([`bursts`]), over counts of the
//! whole archive ([`counts`]). Each burst is weighed by additive log-likelihood ratios
//! ([`score`], [`weights`]); those above a floor become waves, waves are joined to
//! campaigns by at least two independent classes of evidence ([`links`],
//! [`communities`]), and each recipient's fate is read from web logs ([`exposures`]). Recipients whose lure was
//! deleted come from delivery logs ([`traces`]).
//!
//! What the method stands on: a remote pixel alone means nothing, and neither does any
//! other single class of evidence. What tells is their sum: tokens one-to-one with
//! recipients on a template seen nowhere else, a sender nobody knew or answered, a
//! persona that its domain does not bear out, a text that lawfully circulates
//! elsewhere, and recipients far more alike than those of the archive's honest bursts.

mod bursts;
mod communities;
mod counts;
mod exposures;
mod links;
mod lookalike;
mod near;
mod score;
mod shared;
#[cfg(test)]
mod tests;
mod traces;
mod victims;
mod waves;
mod weights;

pub use links::{LinkClass, LinkClasses};
pub use traces::add_traced;

use demarche_core::{Campaign, CoverageEntry, Exposure, Fetch, Probability, Wave};

use crate::input::{Context, MailRow, Networks, Roster};

/// What the search reads. Nothing in it needs an order.
#[derive(Clone, Copy, Debug)]
pub struct CampaignInput<'a> {
    /// Mail, one row a message and mailbox.
    pub mails: &'a [MailRow],
    /// Who is who.
    pub roster: &'a Roster,
    /// The house's own gateways and vendors.
    pub context: &'a Context,
    /// Address ranges by network; may be empty.
    pub networks: &'a Networks,
    /// Web log records.
    pub fetches: &'a [Fetch],
    /// What could have been seen.
    pub coverage: &'a [CoverageEntry],
}

/// What the user can set.
#[derive(Clone, Debug)]
pub struct Parameters {
    /// Prior probability that a burst of like, token-bearing mail from outside is a
    /// targeted tracking wave.
    pub prior: Probability,
    /// Waves below it are not put out.
    pub floor: Probability,
    /// Bursts considered at most besides those at one half or above: more than a year's
    /// reviews of a few institutions, one a week.
    pub budget: usize,
    /// Classes of evidence that links must not rest on.
    pub without_links: LinkClasses,
    /// Pairs of message uids whose waves an analyst holds to be one operator's.
    pub must_link: Vec<(String, String)>,
    /// Pairs of message uids whose waves an analyst holds to be different operators'.
    pub cannot_link: Vec<(String, String)>,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            prior: Probability::new(1e-3),
            floor: Probability::new(0.05),
            budget: 1_000,
            without_links: LinkClasses::default(),
            must_link: Vec::new(),
            cannot_link: Vec::new(),
        }
    }
}

/// Rows of the derived tables, each in a total order.
#[derive(Clone, Debug, Default)]
pub struct CampaignOutput {
    /// By first seen, then id.
    pub waves: Vec<Wave>,
    /// By first seen, then id.
    pub campaigns: Vec<Campaign>,
    /// By wave (in the order of `waves`), then recipient.
    pub exposures: Vec<Exposure>,
}

/// Finds waves, joins them to campaigns and says what became of each recipient.
///
/// Deterministic, whatever the order of the input; reads no clock and no file.
#[must_use]
pub fn find(input: &CampaignInput<'_>, parameters: &Parameters) -> CampaignOutput {
    let archive = counts::Archive::new(input);
    let bursts = bursts::find(&archive);
    let scored = score::all(input, &archive, &bursts, parameters.prior);
    let mut candidates = waves::choose(&archive, &bursts, scored, parameters);
    let links = links::between(input, &archive, &candidates, parameters.without_links);
    waves::corroborate(&mut candidates, &links, parameters.prior);
    let links = links.keep(&waves::settle(&mut candidates, parameters));
    let groups = communities::group(&archive, &candidates, &links, parameters);
    let (waves, campaigns) =
        waves::output(input, &archive, &candidates, &links.pairs, &groups, parameters);
    let exposures = exposures::find(input, &archive, &candidates, &waves);
    CampaignOutput { waves, campaigns, exposures }
}
