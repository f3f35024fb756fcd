//! The score of a burst: additive log-likelihood ratios, each with its figures.

mod audience;
mod history;
mod lure;
mod persona;
mod token;

use demarche_core::{MicroNats, Probability};

use super::CampaignInput;
use super::bursts::Burst;
use super::counts::{Archive, Id};
use super::weights::{
    CLASS_CAP, CLASS_COUNTS_FROM, CLASSES_NEEDED, Class, FEW_CLASSES_CEILING, Weight,
};
pub(super) use audience::{Audience, groups_beyond_chance};
pub(super) use token::Tracking;

/// One trait shown by a burst.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// Which.
    pub(super) name: &'static str,
    /// Its class; `None` for what holds the sum down.
    pub(super) class: Option<Class>,
    /// How much, in nats.
    pub(super) nats: f64,
    /// In plain words.
    pub(super) detail: String,
    /// Messages that show it, as indexes into the archive's; empty means the burst's own.
    pub(super) messages: Vec<usize>,
}

/// A burst with what speaks for and against it.
#[derive(Clone, Debug)]
pub(super) struct Scored {
    /// In order of weight, strongest first.
    pub(super) items: Vec<Item>,
    /// Posterior.
    pub(super) probability: Probability,
    /// URLs that carry the recipients' tokens.
    pub(super) tracking: Tracking,
    /// Known domain that the sender claims or imitates.
    pub(super) claimed: Option<String>,
    /// Whether the sending domain imitates it.
    pub(super) lookalike: bool,
    /// Parties whose text or headline the burst copies, sorted.
    pub(super) copied: Vec<Id>,
}

/// Collects items of one burst.
#[derive(Debug, Default)]
struct Items(Vec<Item>);

impl Items {
    /// Adds a trait shown to a `degree` of 0..=1 (or, for a weight of one nat, in nats).
    fn add(&mut self, weight: &Weight, degree: f64, detail: String) {
        self.cite(weight, degree, detail, Vec::new());
    }

    fn cite(&mut self, weight: &Weight, degree: f64, detail: String, messages: Vec<usize>) {
        let nats = weight.nats * degree;
        if nats.abs() >= 0.005 {
            let class = Some(weight.class);
            self.0.push(Item { name: weight.name, class, nats, detail, messages });
        }
    }

    fn sum(&self) -> f64 {
        self.0.iter().map(|item| item.nats).sum()
    }
}

/// Scores all bursts; the answer is in their order.
pub(super) fn all(
    input: &CampaignInput<'_>,
    archive: &Archive<'_>,
    bursts: &[Burst],
    prior: Probability,
) -> Vec<Scored> {
    let ordinary = history::Ordinary::new(archive);
    let cadence = history::cadence(bursts, archive);
    let names = persona::Names::new(archive, &ordinary);
    let mut drafts: Vec<Draft> = bursts
        .iter()
        .zip(&cadence)
        .map(|(burst, steady)| {
            let mut items = Items::default();
            let tracking = token::score(archive, burst, &mut items);
            history::score(input, archive, &ordinary, burst, *steady, &mut items);
            let claim = persona::score(archive, &names, burst, &mut items);
            Draft { items, tracking, claim, copied: Vec::new() }
        })
        .collect();
    // Texts are compared only for bursts that could still become waves.
    let plausible: Vec<bool> = drafts.iter().map(|draft| draft.items.sum() > -2.0).collect();
    let lures = lure::find(archive, &ordinary, bursts, &plausible);
    for (draft, lure) in drafts.iter_mut().zip(lures) {
        draft.copied = lure::score(lure, &mut draft.items);
    }
    let honest: Vec<f64> = drafts
        .iter()
        .zip(bursts)
        .map(|(draft, burst)| {
            let others = MicroNats::from_nats(draft.items.sum());
            let targeted = Probability::posterior(prior, others).get();
            let alike = draft.tracking.unique && burst.recipients.len() <= audience::SMALL;
            if alike { 1.0 - targeted } else { 0.0 }
        })
        .collect();
    let audience = Audience::new(input, archive);
    let alike = audience.compare(bursts, &honest);
    bursts
        .iter()
        .zip(drafts)
        .zip(alike)
        .map(|((burst, mut draft), alike)| {
            audience.score(burst, &alike, &mut draft.items);
            finish(draft, prior)
        })
        .collect()
}

struct Draft {
    items: Items,
    tracking: Tracking,
    claim: persona::Claim,
    copied: Vec<Id>,
}

/// Holds classes to their caps, demands several classes, and sums.
fn finish(draft: Draft, prior: Probability) -> Scored {
    let mut items = draft.items.0;
    let mut speaking = 0;
    for class in [
        Class::Token,
        Class::Novelty,
        Class::Relation,
        Class::Persona,
        Class::Lure,
        Class::Audience,
        Class::Bulk,
        Class::Technique,
    ] {
        let of_class = |item: &&mut Item| item.class == Some(class);
        let sum: f64 = items.iter().filter(|i| i.class == Some(class)).map(|i| i.nats).sum();
        if sum > CLASS_CAP {
            for item in items.iter_mut().filter(of_class) {
                item.nats *= CLASS_CAP / sum;
            }
        }
        speaking += usize::from(sum >= CLASS_COUNTS_FROM);
    }
    let sum: f64 = items.iter().map(|item| item.nats).sum();
    if speaking < CLASSES_NEEDED && sum > FEW_CLASSES_CEILING {
        items.push(Item {
            name: "few_classes_of_evidence",
            class: None,
            nats: FEW_CLASSES_CEILING - sum,
            detail: format!("only {speaking} independent classes of evidence speak for it"),
            messages: Vec::new(),
        });
    }
    let mut scored = Scored {
        items,
        probability: prior,
        tracking: draft.tracking,
        claimed: draft.claim.domain,
        lookalike: draft.claim.lookalike,
        copied: draft.copied,
    };
    scored.sum_up(prior);
    scored
}

impl Scored {
    /// Adds what was learnt of a burst's links.
    pub(super) fn corroborate(
        &mut self,
        weight: &Weight,
        degree: f64,
        detail: String,
        prior: Probability,
    ) {
        let mut items = Items(std::mem::take(&mut self.items));
        items.add(weight, degree, detail);
        self.items = items.0;
        self.sum_up(prior);
    }

    fn sum_up(&mut self, prior: Probability) {
        self.items
            .sort_by(|a, b| b.nats.abs().total_cmp(&a.nats.abs()).then_with(|| a.name.cmp(b.name)));
        let total: MicroNats = self.items.iter().map(|item| MicroNats::from_nats(item.nats)).sum();
        self.probability = Probability::posterior(prior, total);
    }
}

/// A count as a float; counts here are far below 2^52.
#[allow(clippy::cast_precision_loss)]
pub(super) fn float(count: usize) -> f64 {
    count as f64
}

/// A share in 0..=1; 0 of nothing.
pub(super) fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { float(part) / float(whole) }
}
