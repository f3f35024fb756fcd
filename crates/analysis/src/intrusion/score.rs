//! From items of evidence to a probability: classes capped, summed, and held down when
//! only one or two of them speak.

use std::collections::{BTreeMap, BTreeSet};

use demarche_core::{EvidenceRef, MicroNats, Probability, ScoredFeature};

use super::evidence::{Class, Weighed};
use super::weights;

/// Evidence references a feature shows at most.
const SHOWN: usize = 20;

/// Items, and what they add up to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Score {
    /// In order of weight; items made smaller where their class was capped.
    pub(crate) items: Vec<Weighed>,
    pub(crate) total: f64,
    /// Held down for want of independent classes: the item that says so.
    pub(crate) held: Option<(f64, String)>,
}

fn cap(class: Class) -> f64 {
    match class {
        Class::Profile => weights::PROFILE_CAP,
        Class::Concurrency => weights::CONCURRENCY_CAP,
        Class::Collection => weights::COLLECTION_CAP,
        Class::Volume => weights::VOLUME_CAP,
        Class::Reads => weights::READS_CAP,
        Class::Ties => weights::TIES_CAP,
        Class::Episode => weights::EPISODE_CAP,
        Class::Rules => weights::RULES_CAP,
        Class::Grants => weights::GRANTS_CAP,
        Class::Entry => weights::ENTRY_CAP,
        Class::Wave => weights::WAVE_CAP,
        Class::CrossAccount => weights::CROSS_CAP,
        Class::Hours => weights::HOURS_CAP,
        Class::Token => weights::TOKEN_REPLAY,
        Class::Findings => weights::FINDINGS_CAP,
        Class::Delegation => weights::STRANGER_DELEGATE,
        Class::Purpose => weights::LOOKUP_NO_PURPOSE_CAP,
        Class::OffHours => weights::LOOKUP_HOURS_CAP,
        Class::Repeats => weights::LOOKUP_REPEAT_CAP,
        Class::Household => weights::LOOKUP_FAMILY_CAP,
        Class::Focus => weights::LOOKUP_FOCUS_CAP,
    }
}

/// What a class may say against: an intruder can imitate anything, but does not come for
/// nothing, nor leave as few marks as a trip.
fn low(class: Class) -> f64 {
    match class {
        Class::Reads | Class::Episode | Class::Collection => weights::STRETCH_LOW,
        _ => weights::CLASS_LOW,
    }
}

/// Sums items up under `prior`.
pub(crate) fn sum(items: Vec<Weighed>, prior: f64) -> Score {
    let mut classes: BTreeMap<Class, Vec<Weighed>> = BTreeMap::new();
    for item in items.into_iter().filter(|item| item.nats.abs() > 1e-9) {
        classes.entry(item.class).or_default().push(item);
    }
    let mut kept = Vec::new();
    let mut total = 0.0;
    let mut speaking: BTreeSet<Class> = BTreeSet::new();
    for (class, mut items) in classes {
        let raw: f64 = items.iter().map(|item| item.nats).sum();
        let capped = raw.clamp(low(class), cap(class));
        if raw.abs() > 1e-9 && (capped - raw).abs() > 1e-9 {
            // Shrink what points the capped way, so that the parts add up.
            let sign = raw.signum();
            let pointing: f64 = items.iter().filter(|i| i.nats * sign > 0.0).map(|i| i.nats).sum();
            let factor = (pointing + capped - raw) / pointing;
            for item in items.iter_mut().filter(|i| i.nats * sign > 0.0) {
                item.nats *= factor;
            }
        }
        if capped >= weights::CLASS_FLOOR {
            speaking.insert(class);
        }
        total += capped;
        kept.extend(items);
    }
    let limit = match speaking.len() {
        0 | 1 => weights::ONE_CLASS_LIMIT,
        2 => weights::TWO_CLASS_LIMIT,
        _ => 1.0,
    };
    let mut held = None;
    if limit < 1.0 {
        let highest = logit(limit) - logit(prior);
        if total > highest {
            held = Some((
                highest - total,
                format!("only {} independent classes of evidence", speaking.len()),
            ));
            total = highest;
        }
    }
    kept.sort_by(|a, b| b.nats.abs().total_cmp(&a.nats.abs()).then(a.name.cmp(b.name)));
    Score { items: kept, total, held }
}

fn logit(p: f64) -> f64 {
    let p = p.clamp(1e-9, 1.0 - 1e-9);
    (p / (1.0 - p)).ln()
}

impl Score {
    /// The contract's features, and the posterior that they add up to.
    ///
    /// `cite` gives the reference of an access.
    pub(crate) fn features<'e>(
        &self,
        prior: Probability,
        cite: &dyn Fn(usize) -> &'e EvidenceRef,
    ) -> (Probability, Vec<ScoredFeature>) {
        let mut features: Vec<ScoredFeature> = self
            .items
            .iter()
            .map(|item| ScoredFeature {
                name: item.name.to_owned(),
                log_likelihood_ratio: MicroNats::from_nats(item.nats),
                detail: item.detail.clone(),
                evidence: shown(cite, &item.accesses),
            })
            .collect();
        if let Some((nats, detail)) = &self.held {
            features.push(ScoredFeature {
                name: "too_few_classes".to_owned(),
                log_likelihood_ratio: MicroNats::from_nats(*nats),
                detail: detail.clone(),
                evidence: Vec::new(),
            });
        }
        let ratio: MicroNats = features.iter().map(|f| f.log_likelihood_ratio).sum();
        (Probability::posterior(prior, ratio), features)
    }
}

fn shown<'e>(cite: &dyn Fn(usize) -> &'e EvidenceRef, accesses: &[usize]) -> Vec<EvidenceRef> {
    let all: BTreeSet<&EvidenceRef> = accesses.iter().map(|a| cite(*a)).collect();
    all.into_iter().take(SHOWN).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(class: Class, nats: f64) -> Weighed {
        Weighed { class, name: "x", nats, detail: String::new(), accesses: Vec::new() }
    }

    #[test]
    fn one_class_alone_stays_unlikely() {
        let score = sum(vec![item(Class::Rules, 9.0), item(Class::Rules, 9.0)], 0.005);
        let p = 1.0 / (1.0 + (-(score.total + logit(0.005))).exp());
        assert!(p <= weights::ONE_CLASS_LIMIT + 1e-6, "{p}");
    }

    #[test]
    fn parts_add_up_to_the_total() {
        let items = vec![
            item(Class::Profile, 5.0),
            item(Class::Profile, -0.5),
            item(Class::Rules, 3.0),
            item(Class::Entry, 2.0),
        ];
        let score = sum(items, 0.005);
        let parts: f64 = score.items.iter().map(|i| i.nats).sum();
        let held = score.held.as_ref().map_or(0.0, |h| h.0);
        assert!((parts + held - score.total).abs() < 1e-9);
        assert!(score.held.is_none());
    }
}
