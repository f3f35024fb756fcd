//! The score of a burst: additive log-likelihood ratios, each with its figures.

mod audience;
mod history;
mod lure;
mod null;
mod persona;
mod token;

use std::collections::BTreeMap;

use demarche_core::{MicroNats, Probability};

use super::CampaignInput;
use super::bursts::Burst;
use super::counts::{Archive, Id};
use super::weights::{
    ALONE_CEILING, CLASS_CAP, CLASS_COUNTS_FROM, CLASSES_NEEDED, Class, FEW_CLASSES_CEILING,
    INTERCEPT, Indicator, LIST_HEADERS, ONE_OTHER_CEILING, PRETENCE_CAP, SAME_HAND, SLOPE,
    STANDS_ALONE, Weight,
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
struct Items {
    /// With a weight of their own.
    fixed: Vec<Item>,
    /// To be weighed against the archive's honest mailings.
    indicated: Vec<Indicated>,
}

/// A trait and how far it is shown (0..=1).
#[derive(Debug)]
struct Indicated {
    indicator: &'static Indicator,
    degree: f64,
    detail: String,
    messages: Vec<usize>,
}

impl Items {
    /// Adds a trait shown to a `degree` of 0..=1 (or, for a weight of one nat, in nats).
    fn add(&mut self, weight: &Weight, degree: f64, detail: String) {
        self.cite(weight, degree, detail, Vec::new());
    }

    fn cite(&mut self, weight: &Weight, degree: f64, detail: String, messages: Vec<usize>) {
        let nats = weight.nats * degree;
        if nats.abs() >= 0.005 {
            let class = Some(weight.class);
            self.fixed.push(Item { name: weight.name, class, nats, detail, messages });
        }
    }

    /// Says how far a trait is shown; 0 is said too, for its absence has a weight.
    fn indicate(&mut self, indicator: &'static Indicator, degree: f64, detail: String) {
        self.indicate_citing(indicator, degree, detail, Vec::new());
    }

    fn indicate_citing(
        &mut self,
        indicator: &'static Indicator,
        degree: f64,
        detail: String,
        messages: Vec<usize>,
    ) {
        self.indicated.push(Indicated { indicator, degree, detail, messages });
    }

    /// Sum of all, traits at their `rates` (by name) among honest mailings.
    fn sum(&self, rates: &BTreeMap<&str, f64>) -> f64 {
        let fixed: f64 = self.fixed.iter().map(|item| item.nats).sum();
        let weigh = |one: &Indicated| {
            let rate = rates.get(one.indicator.name).copied().unwrap_or(one.indicator.usual);
            null::weigh(one.indicator, one.degree, rate)
        };
        fixed + self.indicated.iter().map(weigh).sum::<f64>()
    }

    /// Gives the indicated traits their weights.
    fn settle(&mut self, rates: &BTreeMap<&str, f64>) {
        for one in std::mem::take(&mut self.indicated) {
            let rate = rates.get(one.indicator.name).copied().unwrap_or(one.indicator.usual);
            let nats = null::weigh(one.indicator, one.degree, rate);
            if nats.abs() < 0.005 {
                continue;
            }
            self.fixed.push(Item {
                name: one.indicator.name,
                class: Some(one.indicator.class),
                nats,
                detail: format!(
                    "{}; {:.0}% of honest mailings here are so",
                    one.detail,
                    rate * 100.0
                ),
                messages: one.messages,
            });
        }
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
    let names = persona::Names::new(input, archive, &ordinary);
    let audience = Audience::new(input, archive);
    let mut drafts: Vec<Draft> = bursts
        .iter()
        .zip(&cadence)
        .map(|(burst, steady)| {
            let mut items = Items::default();
            let tracking = token::score(archive, &ordinary, burst, &mut items);
            history::score(input, archive, &ordinary, burst, *steady, &mut items);
            let claim = persona::score(archive, &names, burst, &mut items);
            audience.at_home(burst, &mut items);
            let kind = tracking.unique && burst.recipients.len() <= audience::SMALL;
            Draft { items, tracking, claim, copied: Vec::new(), kind }
        })
        .collect();
    // Texts are compared only for bursts that could still become waves.
    let none = BTreeMap::new();
    let plausible: Vec<bool> = drafts.iter().map(|draft| draft.items.sum(&none) > -5.0).collect();
    let mut lures = lure::find(archive, &ordinary, bursts, &plausible);
    for (draft, lure) in drafts.iter_mut().zip(&mut lures) {
        draft.copied = lure::score(lure, &mut draft.items);
    }
    // Rates among the honest, and who is honest, settle in two rounds.
    let mut honest = honesty(&drafts, &none, prior);
    let mut rates = rates(&drafts, &honest);
    honest = honesty(&drafts, &rates, prior);
    rates = self::rates(&drafts, &honest);
    let alike = audience.compare(bursts, &honest);
    let texts: Vec<Option<f64>> = lures.iter().map(lure::Lure::excess).collect();
    let texts = null::ranks(&texts, &honest);
    for ((draft, lure), rank) in drafts.iter_mut().zip(&lures).zip(texts) {
        lure.score_text(rank, &mut draft.items);
    }
    bursts
        .iter()
        .zip(drafts)
        .zip(alike)
        .map(|((burst, mut draft), alike)| {
            draft.items.settle(&rates);
            audience.score(burst, &alike, &mut draft.items);
            finish(draft, prior)
        })
        .collect()
}

/// How far each draft is an honest mailing of the kind that waves are told from (sendings
/// with URLs of their own, a small audience, no list headers): 0..=1.
fn honesty(drafts: &[Draft], rates: &BTreeMap<&str, f64>, prior: Probability) -> Vec<f64> {
    drafts
        .iter()
        .map(|draft| {
            let listed = draft.items.fixed.iter().any(|item| item.name == LIST_HEADERS.name);
            if !draft.kind || listed {
                return 0.0;
            }
            let ratio = MicroNats::from_nats(draft.items.sum(rates));
            1.0 - Probability::posterior(prior, ratio).get()
        })
        .collect()
}

/// Rate of each indicated trait among the honest.
fn rates(drafts: &[Draft], honest: &[f64]) -> BTreeMap<&'static str, f64> {
    type Shown = (&'static Indicator, Vec<(f64, f64)>);
    let mut shown: BTreeMap<&str, Shown> = BTreeMap::new();
    for (draft, &honest) in drafts.iter().zip(honest).filter(|(_, honest)| **honest > 0.0) {
        for one in &draft.items.indicated {
            let entry = shown.entry(one.indicator.name).or_insert((one.indicator, Vec::new()));
            entry.1.push((one.degree, honest));
        }
    }
    shown.into_values().map(|(i, shown)| (i.name, null::rate(i, shown.into_iter()))).collect()
}

struct Draft {
    items: Items,
    tracking: Tracking,
    claim: persona::Claim,
    copied: Vec<Id>,
    /// Of the kind that waves are told from.
    kind: bool,
}

/// Holds classes to their caps, demands several classes, and sums.
fn finish(draft: Draft, prior: Probability) -> Scored {
    let mut items = draft.items.fixed;
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
    let pretence = |item: &Item| matches!(item.class, Some(Class::Persona | Class::Lure));
    let sum: f64 = items.iter().filter(|item| pretence(item)).map(|item| item.nats).sum();
    if sum > PRETENCE_CAP {
        for item in items.iter_mut().filter(|item| pretence(item)) {
            item.nats *= PRETENCE_CAP / sum;
        }
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
    for item in &mut items {
        item.nats *= SLOPE;
    }
    items.push(Item {
        name: "calibration",
        class: None,
        nats: INTERCEPT,
        detail: "what such sums were worth on worlds with known truth".to_owned(),
        messages: Vec::new(),
    });
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
    /// Adds what was learnt of a burst's links to likely waves: nats, weight and wave of
    /// the best one, and the number of other senders that they are from.
    pub(super) fn corroborate(
        &mut self,
        best: Option<(f64, f64, &String)>,
        senders: usize,
        prior: Probability,
    ) {
        let sum: f64 = self.items.iter().map(|item| item.nats).sum();
        let (weight, nats, detail) = match best {
            Some((nats, weight, id)) => {
                let detail = format!("linked to {id} with {weight:.1} nats over several classes");
                (&SAME_HAND, nats, detail)
            }
            None => {
                let detail = "no other likely wave is linked to it by two classes of evidence";
                (&STANDS_ALONE, STANDS_ALONE.nats, detail.to_owned())
            }
        };
        let ceiling = match senders {
            0 => ALONE_CEILING,
            1 => ONE_OTHER_CEILING,
            _ => f64::MAX,
        };
        let nats = nats.min(ceiling - sum);
        let mut items = Items { fixed: std::mem::take(&mut self.items), ..Items::default() };
        items.add(weight, nats / weight.nats, detail);
        self.items = items.fixed;
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
