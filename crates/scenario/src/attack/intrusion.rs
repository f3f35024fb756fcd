//! The five intrusions of a world: who, how, from when to when.
//!
//! Here they are only planned; [`crate::cloud`] and [`crate::calls`] turn
//! them into records, and the truth is read off the records made.

use super::Attack;
use crate::cloud::agents;
use crate::dice::Dice;
use crate::grown::intruders::{Style, Way};
use crate::mail::plan::{Plan, Scene};
use crate::net::NetKind;
use crate::people::Size;
use crate::time::{DAY, HOUR, MINUTE};

/// How an intruder works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// A stolen session token after a click; mail read, a forwarding rule.
    Token,
    /// An application that the victim consented to; still active at the end.
    Consent,
    /// Files only.
    Cloud,
    /// Look-ups of call records.
    Records,
    /// Mail and files for over a year, begun before the log does.
    Long,
}

/// A planned intrusion.
#[derive(Clone, Debug)]
pub struct Intrusion {
    /// How.
    pub method: Method,
    /// Operator.
    pub operator: usize,
    /// Victim.
    pub person: usize,
    /// Wave whose link began it, with the moment of the click.
    pub joined: Option<(usize, i64)>,
    /// True begin.
    pub from: i64,
    /// True end; the end of the world where still active.
    pub to: i64,
    /// Exit networks and city.
    pub exits: (Vec<usize>, usize),
    /// Agent string index.
    pub agent: usize,
    /// Offset of the operator's working day, minutes.
    pub base: i64,
    /// Key of its draws.
    pub key: u64,
    /// What distinguishes it in a grown world.
    pub style: Option<Style>,
}

impl Intrusion {
    /// Contract kinds.
    #[must_use]
    pub fn kinds(&self) -> &'static [&'static str] {
        if let Some(style) = &self.style {
            return style.way.kinds();
        }
        match self.method {
            Method::Token | Method::Consent => &["mailbox"],
            Method::Cloud => &["cloud_storage"],
            Method::Records => &["call_records"],
            Method::Long => &["mailbox", "cloud_storage"],
        }
    }

    /// Whether it was there before the log began.
    #[must_use]
    pub fn older(&self) -> bool {
        self.style.as_ref().map_or(self.method == Method::Long, |s| s.way == Way::Older)
    }

    /// Whether it goes on when the log ends.
    #[must_use]
    pub fn active(&self) -> bool {
        self.style.as_ref().map_or(self.method == Method::Consent, |s| s.active)
    }

    /// Way of working, as the truth names it.
    #[must_use]
    pub fn way(&self) -> &'static str {
        if let Some(style) = &self.style {
            return style.way.name();
        }
        // As `cloud::intruder` draws: whether the victim's session goes on.
        let stolen = Dice::keyed(self.key).chance(0.5);
        match self.method {
            Method::Token if stolen => "replayed_token",
            Method::Token => "plain",
            Method::Consent => "application",
            Method::Cloud => "files",
            Method::Records => "call_records",
            Method::Long => "older_than_logs",
        }
    }
}

fn exits(scene: &Scene<'_>, person: usize) -> (Vec<usize>, usize) {
    let country = scene.people.lang(person).country();
    (scene.nets.of(NetKind::Consumer, Some(country)), scene.people.people[person].city)
}

/// Staff reached by a wave, with the time, whose audit log covers it.
fn reached(
    plan: &Plan,
    scene: &Scene<'_>,
    attack: &Attack,
    from: f64,
    to: f64,
) -> Vec<(usize, usize, i64)> {
    let people = scene.people;
    let span = (people.to - people.from) as f64;
    let mut out = vec![];
    for (number, wave) in attack.waves.iter().enumerate() {
        if plan.specs[plan.bursts[wave.burst].spec].link.is_none() {
            continue;
        }
        for item in &plan.bursts[wave.burst].items {
            let person = item.to as usize;
            let at = (item.time - people.from) as f64 / span;
            if person >= people.staff || at < from || at > to {
                continue;
            }
            let days = people.institutions[people.people[person].institution].cloud_days;
            if item.time > people.to - (days - 5) * DAY && people.people[person].to.is_none() {
                out.push((number, person, item.time));
            }
        }
    }
    out
}

/// Draws the intrusions of a world.
#[must_use]
pub fn draw(plan: &Plan, scene: &Scene<'_>, attack: &Attack) -> Vec<Intrusion> {
    let mut dice = Dice::new(scene.seed, "intrusions");
    let people = scene.people;
    let year = scene.size != Size::Xs;
    let mut out: Vec<Intrusion> = vec![];
    let mut taken = std::collections::BTreeSet::new();
    let stable: Vec<usize> = (0..people.staff)
        .filter(|&p| people.people[p].from.is_none() && people.people[p].to.is_none())
        .collect();
    for method in [Method::Token, Method::Consent, Method::Cloud, Method::Records, Method::Long] {
        let free = |p: &usize| !taken.contains(p);
        let (mut joined, mut operator) = (None, dice.below(2));
        let (person, from, to) = match method {
            Method::Token | Method::Consent | Method::Cloud => {
                let (low, high) = match method {
                    Method::Token => (0.1, 0.75),
                    Method::Consent => (0.45, 0.93),
                    _ => (0.1, 0.9),
                };
                let options: Vec<_> = reached(plan, scene, attack, low, high)
                    .into_iter()
                    .filter(|o| free(&o.1))
                    .collect();
                let by_click = method != Method::Cloud || dice.chance(0.4);
                let (person, from) = if by_click && !options.is_empty() {
                    let (wave, person, sent) = *dice.of(&options);
                    let click = sent + 3 * MINUTE + dice.exponential(3.0 * HOUR as f64) as i64;
                    operator = attack.waves[wave].operator;
                    joined = Some((wave, click));
                    (person, click + dice.range(2 * MINUTE, 20 * HOUR))
                } else {
                    let options: Vec<usize> = stable.iter().copied().filter(free).collect();
                    let person = *dice.of(&options);
                    let days = people.institutions[people.people[person].institution].cloud_days;
                    let begin = people.to - days * DAY + 20 * DAY;
                    (
                        person,
                        begin + (((people.to - begin) as f64) * (0.2 + 0.4 * dice.unit())) as i64,
                    )
                };
                let days = match method {
                    Method::Token => dice.range(20, if year { 160 } else { 60 }),
                    Method::Cloud => dice.range(3, 25),
                    _ => 10_000,
                };
                (
                    person,
                    from,
                    (from + days * DAY)
                        .min(people.to - if method == Method::Consent { 0 } else { 5 * DAY }),
                )
            }
            Method::Records => {
                let options: Vec<usize> = stable
                    .iter()
                    .copied()
                    .filter(|&p| {
                        free(&p)
                            && matches!(
                                people.institutions[people.people[p].institution].key,
                                "parliament" | "newsroom" | "party"
                            )
                    })
                    .collect();
                let with: Vec<usize> = options
                    .iter()
                    .copied()
                    .filter(|&p| {
                        people
                            .linked_to(p)
                            .iter()
                            .any(|&l| people.people[l].linked.is_some_and(|x| x.1))
                    })
                    .collect();
                let person = if with.is_empty() { *dice.of(&options) } else { *dice.of(&with) };
                let length = dice.range(25, if year { 150 } else { 80 });
                let from = people.to
                    - dice.range(length + 10, if year { 400 } else { 150 }.max(length + 20)) * DAY;
                (person, from, from + length * DAY)
            }
            Method::Long => {
                let key = if dice.chance(0.5) { "board" } else { "newsroom" };
                let options: Vec<usize> = stable
                    .iter()
                    .copied()
                    .filter(|&p| {
                        free(&p) && people.institutions[people.people[p].institution].key == key
                    })
                    .collect();
                let person = *dice.of(&options);
                let days = people.institutions[people.people[person].institution].cloud_days;
                let begin = people.to - days * DAY;
                (person, begin - dice.range(30, 150) * DAY, people.to - dice.range(15, 40) * DAY)
            }
        };
        taken.insert(person);
        out.push(Intrusion {
            method,
            operator,
            person,
            joined,
            from,
            to,
            exits: exits(scene, person),
            agent: agents::draw(&mut dice),
            base: attack.operators[operator].base,
            key: dice.draw(),
            style: None,
        });
    }
    out
}
