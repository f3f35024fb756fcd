//! Operators of grown worlds: habits from one family, an aim, a span of
//! years, and what they share with others.

use super::families::{FAMILIES, Family, Naming, Persona, Split};
use crate::attack::Operator;
use crate::dice::{Dice, key};
use crate::mail::engine;
use crate::mail::kits::{ALL_ENGINES, ALL_SKELETONS, ALL_TOKENS};
use crate::mail::plan::{Scene, domain};
use crate::people::{Size, invented};
use crate::time::DAY;

/// What an operator is after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    /// Parliaments, parties, elections.
    Political,
    /// Trade, technology, infrastructure.
    Economic,
    /// A diaspora, minorities, the press that speaks for them.
    Repressive,
}

impl Aim {
    /// Its name in the truth.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Political => "political",
            Self::Economic => "economic",
            Self::Repressive => "repressive",
        }
    }

    /// Whether a roster group serves it.
    #[must_use]
    pub fn wants(self, group: &str) -> bool {
        let wanted: &[&str] = match self {
            Self::Political => &[
                "committee:foreign-affairs",
                "committee:defence",
                "committee:home-affairs",
                "party:candidates",
                "party:campaign-team",
                "party:policy",
                "board:registers",
                "board:it-operations",
                "cause:sanctions",
                "cause:election-integrity",
            ],
            Self::Economic => &[
                "committee:energy",
                "committee:fisheries",
                "committee:digital",
                "committee:budget",
                "firm:network",
                "party:finance",
                "cause:sea-cables",
                "cause:export-controls",
                "cause:foreign-investment",
                "cause:port-security",
            ],
            Self::Repressive => &[
                "newsroom:investigations",
                "newsroom:foreign-desk",
                "committee:foreign-affairs",
                "cause:minority-rights",
                "cause:press-freedom",
                "cause:diaspora-association",
            ],
        };
        wanted.contains(&group)
    }

    /// Probability that a recipient's linked accounts are written to as well.
    #[must_use]
    pub fn linked(self) -> f64 {
        match self {
            Self::Political => 0.35,
            Self::Economic => 0.15,
            Self::Repressive => 0.8,
        }
    }
}

/// Habits that a wave may show.
#[derive(Clone, Debug)]
pub struct Habits {
    /// Image shape.
    pub pixel: &'static str,
    /// Link shape.
    pub link: &'static str,
    /// Token format.
    pub token: usize,
    /// Skeleton.
    pub skeleton: usize,
    /// Engine.
    pub engine: usize,
    /// Offset in Date headers, minutes.
    pub zone: i64,
    /// Persona.
    pub persona: Persona,
    /// Naming of domains.
    pub naming: Naming,
    /// Mean seconds between messages.
    pub gap: f64,
}

/// An operator.
#[derive(Clone, Debug)]
pub struct Hand {
    /// Index of its family.
    pub family: usize,
    /// Aim.
    pub aim: Aim,
    /// Habits at its beginning.
    pub habits: Habits,
    /// Offset of its working day, minutes.
    pub base: i64,
    /// Network of its servers.
    pub net: usize,
    /// A sending address that it keeps.
    pub address: Option<String>,
    /// A domain that it keeps for URLs.
    pub web: Option<String>,
    /// Groups that it chooses from.
    pub groups: Vec<usize>,
    /// First and last second in which it sends.
    pub span: (i64, i64),
    /// Sends one wave only.
    pub single: bool,
    /// The operator whose marks it shows on purpose.
    pub flag: Option<usize>,
}

/// All operators of a world, with what misleads about them.
#[derive(Clone, Debug, Default)]
pub struct Hands {
    /// Operators.
    pub all: Vec<Hand>,
    /// See [`crate::truth::World::traps`].
    pub traps: Vec<&'static str>,
    /// Recipients over all waves that the world is to have.
    pub targets: usize,
}

fn habits(dice: &mut Dice, family: &Family) -> Habits {
    Habits {
        pixel: dice.pick(family.pixels),
        link: dice.pick(family.links),
        token: dice.pick(family.tokens),
        skeleton: dice.pick(family.skeletons),
        engine: dice.pick(family.engines),
        zone: dice.pick(family.zones),
        persona: dice.pick(family.personas),
        naming: dice.pick(family.naming),
        gap: dice.pick(family.gaps),
    }
}

/// Habits of anybody: what a wave shows where it departs from its operator.
pub(super) fn common(dice: &mut Dice) -> Habits {
    let family = &FAMILIES[dice.below(FAMILIES.len())];
    Habits {
        pixel: dice.pick(&engine::PIXELS),
        link: dice.pick(&engine::LINKS),
        token: dice.below(ALL_TOKENS),
        skeleton: dice.below(ALL_SKELETONS),
        engine: dice.below(ALL_ENGINES),
        zone: crate::mail::plan::draw_zone(dice),
        persona: dice.pick(family.personas),
        naming: dice.pick(family.naming),
        gap: dice.pick(family.gaps),
    }
}

/// Takes some of `from` into `into`, each with probability `p`.
pub(super) fn mix(dice: &mut Dice, into: &mut Habits, from: &Habits, p: f64) {
    if dice.chance(p) {
        into.pixel = from.pixel;
    }
    if dice.chance(p) {
        into.link = from.link;
    }
    if dice.chance(p) {
        into.token = from.token;
    }
    if dice.chance(p) {
        into.skeleton = from.skeleton;
    }
    if dice.chance(p) {
        into.engine = from.engine;
    }
    if dice.chance(p) {
        into.zone = from.zone;
    }
    if dice.chance(p) {
        into.persona = from.persona;
    }
    if dice.chance(p) {
        into.naming = from.naming;
    }
    if dice.chance(p) {
        into.gap = from.gap;
    }
}

impl Hand {
    /// Habits at a time: each year some are exchanged for others of the
    /// family.
    #[must_use]
    pub fn at(&self, seed: u64, number: usize, time: i64) -> Habits {
        let mut out = self.habits.clone();
        for year in 1..=((time - self.span.0) / (365 * DAY)).max(0) {
            let mut dice = Dice::keyed(key(seed, "drift", &[number as u64, year as u64]));
            let other = habits(&mut dice, &FAMILIES[self.family]);
            mix(&mut dice, &mut out, &other, 0.3);
        }
        out
    }

    /// As the classic attack and the intrusions know an operator.
    #[must_use]
    pub fn operator(&self) -> Operator {
        Operator {
            pixel: self.habits.pixel,
            link: self.habits.link,
            token: self.habits.token,
            skeleton: self.habits.skeleton,
            engine: self.habits.engine,
            zone: self.habits.zone,
            base: self.base,
            net: self.net,
            alike: self.habits.naming == Naming::Alike,
            person: matches!(self.habits.persona, Persona::Person | Persona::Journalist),
            groups: self.groups.clone(),
        }
    }
}

/// Operators and copies of messages that a size has.
fn extent(size: Size, dice: &mut Dice) -> (usize, f64) {
    match size {
        Size::Xs => (2, 3_400.0),
        Size::S => (4 + dice.below(2), 66_000.0),
        Size::M => (5 + dice.below(3), 500_000.0),
        Size::L => (7 + dice.below(4), 5_000_000.0),
    }
}

/// Draws the operators of a world; the same in a control world.
#[must_use]
pub fn draw(scene: &Scene<'_>, split: Split) -> Hands {
    let mut dice = Dice::new(scene.seed, "hands");
    let people = scene.people;
    let (count, copies) = extent(scene.size, &mut dice);
    // Log-uniform, from one small wave an operator up; the top is held where
    // a world would drown in lures.
    let least = (count * 6) as f64;
    let most = (0.003 * copies).clamp(least * 6.0, 1_500.0_f64.max(least));
    let targets = (least.ln() + dice.unit() * (most.ln() - least.ln())).exp() as usize;
    let mut families = split.families();
    dice.shuffle(&mut families);
    let mut aims = vec![Aim::Political, Aim::Economic, Aim::Repressive];
    dice.shuffle(&mut aims);
    let length = people.to - people.from;
    let mut all: Vec<Hand> = (0..count)
        .map(|n| {
            let family = families[n % families.len()];
            let aim = aims[n % aims.len()];
            let kind = dice.pick(FAMILIES[family].nets);
            let net = *dice.of(&scene.nets.of(kind, None));
            let mut groups: Vec<usize> =
                (0..people.groups.len()).filter(|&g| aim.wants(&people.groups[g].name)).collect();
            dice.shuffle(&mut groups);
            groups.truncate(2 + dice.below(3));
            let share = if dice.chance(0.4) { 1.0 } else { 0.35 + 0.65 * dice.unit() };
            let begin = people.from
                + length / 12
                + ((1.0 - share) * dice.unit() * length as f64 * 0.8) as i64;
            let end = (begin + (share * length as f64) as i64).min(people.to - length / 30);
            Hand {
                family,
                aim,
                habits: habits(&mut dice, &FAMILIES[family]),
                // Many work when their targets do.
                base: dice.pick(&[60, 60, 60, 0, 480, 180, 330, -300]),
                net,
                address: dice.chance(0.6).then(|| scene.nets.address(&mut dice, net, None)),
                web: dice.chance(0.35).then(|| {
                    let word = invented(&mut dice);
                    domain(&mut dice, &word)
                }),
                groups,
                span: (begin, end.max(begin + 20 * DAY)),
                single: n > 0 && dice.chance(0.35),
                flag: None,
            }
        })
        .collect();
    let mut traps = vec![];
    if all.iter().any(|h| h.single) {
        traps.push("one_wave");
    }
    let pair = |dice: &mut Dice| {
        let a = dice.below(count);
        (a, (a + 1 + dice.below(count - 1)) % count)
    };
    if dice.chance(0.4) {
        let (a, b) = pair(&mut dice);
        let net = all[a].net;
        let address =
            all[a].address.clone().unwrap_or_else(|| scene.nets.address(&mut dice, net, None));
        for n in [a, b] {
            all[n].net = net;
            all[n].address = Some(address.clone());
        }
        traps.push("shared_host");
    }
    if dice.chance(0.4) {
        let (a, b) = pair(&mut dice);
        let from = all[a].habits.clone();
        let into = &mut all[b].habits;
        (into.pixel, into.link, into.skeleton) = (from.pixel, from.link, from.skeleton);
        traps.push("shared_template");
    }
    if dice.chance(0.35) {
        let (a, b) = pair(&mut dice);
        all[b].flag = Some(a);
        traps.push("false_flag");
    }
    if dice.chance(0.5) {
        traps.push("copied_template");
    }
    if dice.chance(0.5) {
        traps.push("planted_indicator");
    }
    Hands { all, traps, targets }
}
