//! Whether a world deserves its measurements: no single feature may tell the
//! attack.
//!
//! For each feature the best rule is learned on half of the worlds (which of
//! its values to call hostile, at no more than [`RATE`] false waves per
//! institution-year) and tried on the other half, and the other way round. A
//! feature tells where the rule reaches [`RECALL`] of the targeted recipients
//! at that rate. Features see what mail shows; names that occur in one world
//! only, such as a literal domain, cannot be learned and are left to shapes.
//!
//! Intrusions are tried with the three one-line methods of
//! [`crate::baseline::audit`] at no false alarm at all.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::baseline::audit::Collector;
use crate::cloud::{House, apps};
use crate::mail::engine;
use crate::mail::plan::{Kind, Plan, Spec};
use crate::people::Size;
use crate::time;
use crate::world::{World, WorldKind};

/// False waves per institution-year that a rule may raise.
pub const RATE: f64 = 0.2;
/// Recall from which a single feature tells the attack.
pub const RECALL: f64 = 0.5;
/// Recipients that a burst has at least.
const LEAST: usize = 3;

/// How far one feature goes.
#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    /// Feature.
    pub feature: String,
    /// Share of targeted recipients, or of intrusions, that its rule reaches.
    pub recall: f64,
    /// False waves per institution-year, or false alarms, of that rule.
    pub false_rate: f64,
    /// False alarms allowed.
    pub allowed: f64,
}

impl Figure {
    /// Whether it tells the attack by itself.
    #[must_use]
    pub fn tells(&self) -> bool {
        self.recall >= RECALL && self.false_rate <= self.allowed
    }

    /// For people.
    #[must_use]
    pub fn line(&self) -> String {
        format!(
            "{:>28}  recall {:.3} at {:.3} false{}",
            self.feature,
            self.recall,
            self.false_rate,
            if self.tells() { "  TELLS" } else { "" }
        )
    }
}

/// A burst as one feature sees it.
struct Sample {
    world: usize,
    value: String,
    hostile: bool,
    recipients: f64,
}

fn name_shape(plan: &Plan, spec: &Spec) -> String {
    let name = spec.from_name.as_str();
    let outlet = plan.outlets.iter().any(|o| o.name == name);
    let local = spec.from.split('@').next().unwrap_or("");
    let first = crate::people::ascii(name.split(' ').next().unwrap_or(""));
    let shape = if name.contains(", ") {
        "name, house"
    } else if outlet {
        "outlet"
    } else if local.starts_with(&first) && local.contains('.') {
        "person with own address"
    } else {
        "other"
    };
    format!("{shape}/{}", name.split(' ').count())
}

fn domain_shape(plan: &Plan, spec: &Spec) -> String {
    let domain = spec.from.split('@').next_back().unwrap_or("");
    let labels: Vec<&str> = domain.split('.').collect();
    let bare = domain.replace('-', "");
    let alike = plan.outlets.iter().any(|o| {
        let stem = o.domain.split('.').next().unwrap_or("x").replace('-', "");
        o.domain != domain && bare.contains(&stem)
    });
    format!(
        "{}/{}/{}/{}",
        labels.last().unwrap_or(&""),
        labels.len(),
        domain.contains('-'),
        if alike { "alike" } else { "" }
    )
}

fn features(
    world: &World,
    burst: usize,
    shared: &BTreeMap<&str, usize>,
) -> Vec<(&'static str, String)> {
    let plan = &world.plan;
    let it = &plan.bursts[burst];
    let spec = &plan.specs[it.spec];
    let first = it.items.first().map_or(0, |i| i.time);
    let last = it.items.last().map_or(0, |i| i.time);
    let net = world.nets.find(&spec.host.1);
    let web = spec.pixel.as_ref().or(spec.link.as_ref());
    let alone = |host: &str| shared.get(host).copied().unwrap_or(0) <= 1;
    let kind = net.map_or("none".to_owned(), |n| format!("{:?}/{}", n.kind, n.country));
    let shape = |url: Option<&crate::mail::plan::Url>| url.map_or("", |u| u.shape);
    let label = web.map_or("", |u| u.host.split('.').next().unwrap_or(""));
    vec![
        ("display name", name_shape(plan, spec)),
        ("subjects per burst", it.subjects.to_string()),
        ("message-id grammar", spec.engine.to_string()),
        ("sending network", kind),
        ("sending host alone", alone(&spec.host.1).to_string()),
        ("url host", format!("{}/{}", label.len().min(6), web.is_some_and(|u| u.https))),
        ("url host alone", web.is_some_and(|u| alone(&u.host)).to_string()),
        ("hour", (first.rem_euclid(time::DAY) / time::HOUR).to_string()),
        ("weekday", time::weekday(first).to_string()),
        ("date zone", spec.zone.to_string()),
        ("agent", engine::mailer(spec.engine).1.to_owned()),
        ("domain style", domain_shape(plan, spec)),
        ("image grammar", shape(spec.pixel.as_ref()).to_owned()),
        ("link grammar", shape(spec.link.as_ref()).to_owned()),
        ("token format", spec.token.to_string()),
        ("skeleton", format!("{:?}", spec.skeleton)),
        ("list headers", spec.list.to_string()),
        ("recipients", (it.items.len() / 4).to_string()),
        ("two recipients", it.items.iter().any(|i| i.also.is_some()).to_string()),
        ("pace", ((last - first + 1) as f64).log2().to_string().chars().take(2).collect()),
        ("article of the day", it.article.is_some().to_string()),
    ]
}

fn samples(worlds: &[World]) -> BTreeMap<&'static str, Vec<Sample>> {
    let mut out: BTreeMap<&'static str, Vec<Sample>> = BTreeMap::new();
    for (number, world) in worlds.iter().enumerate() {
        let mut shared: BTreeMap<&str, usize> = BTreeMap::new();
        for spec in &world.plan.specs {
            *shared.entry(&spec.host.1).or_default() += 1;
            let hosts: BTreeSet<&str> =
                spec.pixel.iter().chain(&spec.link).map(|u| u.host.as_str()).collect();
            for host in hosts {
                *shared.entry(host).or_default() += 1;
            }
        }
        for (at, burst) in world.plan.bursts.iter().enumerate() {
            let recipients: usize =
                burst.items.iter().map(|i| 1 + usize::from(i.also.is_some())).sum();
            if recipients < LEAST {
                continue;
            }
            let hostile = matches!(world.plan.specs[burst.spec].kind, Kind::Wave(_));
            for (name, value) in features(world, at, &shared) {
                out.entry(name).or_default().push(Sample {
                    world: number,
                    value,
                    hostile,
                    recipients: recipients as f64,
                });
            }
        }
    }
    out
}

/// Values that make the best rule on the samples of some worlds.
fn learn(samples: &[&Sample], years: f64) -> BTreeSet<String> {
    let mut counts: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for sample in samples {
        let entry = counts.entry(&sample.value).or_default();
        if sample.hostile {
            entry.0 += sample.recipients;
        } else {
            entry.1 += 1.0;
        }
    }
    let mut order: Vec<(&str, f64, f64)> =
        counts.into_iter().filter(|(_, c)| c.0 > 0.0).map(|(v, c)| (v, c.0, c.1)).collect();
    order.sort_by(|a, b| {
        let worth = |x: &(&str, f64, f64)| x.1 / (x.2 + 0.5);
        worth(b).total_cmp(&worth(a)).then_with(|| a.0.cmp(b.0))
    });
    let mut wrong = 0.0;
    let mut out = BTreeSet::new();
    for (value, _, innocent) in order {
        if wrong + innocent <= RATE * years {
            wrong += innocent;
            out.insert(value.to_owned());
        }
    }
    out
}

/// Runs the test on worlds of these seeds.
#[must_use]
pub fn run(seeds: &[u64], size: Size, kind: WorldKind) -> Vec<Figure> {
    let worlds: Vec<World> =
        seeds.iter().map(|&seed| World::draw_kind(seed, size, false, kind)).collect();
    let years: Vec<f64> = worlds
        .iter()
        .map(|w| {
            let span = (w.people.to - w.people.from) as f64 / (365.0 * time::DAY as f64);
            w.people.institutions.len() as f64 * span
        })
        .collect();
    let mut out: Vec<Figure> =
        samples(&worlds).iter().map(|(name, all)| tried(name, all, &years)).collect();
    out.extend(sessions(&worlds));
    out
}

fn tried(name: &str, all: &[Sample], years: &[f64]) -> Figure {
    let (mut hits, mut targets, mut wrong) = (0.0, 0.0, 0.0);
    // With one world there is no other half: the rule is tried where it was
    // learned, which flatters it.
    let halves = if years.len() > 1 { 2 } else { 1 };
    for half in 0..halves {
        let other = |s: &&Sample| halves == 1 || s.world % 2 != half;
        let learned_years: f64 = years
            .iter()
            .enumerate()
            .filter(|(w, _)| halves == 1 || w % 2 != half)
            .map(|y| y.1)
            .sum();
        let rule = learn(&all.iter().filter(other).collect::<Vec<_>>(), learned_years);
        for sample in all.iter().filter(|s| s.world % halves == half) {
            let called = rule.contains(&sample.value);
            if sample.hostile {
                targets += sample.recipients;
                hits += if called { sample.recipients } else { 0.0 };
            } else if called {
                wrong += 1.0;
            }
        }
    }
    Figure {
        feature: name.to_owned(),
        recall: if targets > 0.0 { hits / targets } else { 0.0 },
        false_rate: wrong / years.iter().sum::<f64>().max(1e-9),
        allowed: RATE,
    }
}

/// One-line rules over audit logs, at no false alarm.
fn sessions(worlds: &[World]) -> Vec<Figure> {
    type Rows = Vec<(f64, usize, String, i64, i64)>;
    let mut found: BTreeMap<&'static str, Rows> = BTreeMap::new();
    for (number, world) in worlds.iter().enumerate() {
        for (method, rows) in audit(world) {
            let row = |r: &serde_json::Value| {
                let text = |name: &str| r[name].as_str().unwrap_or_default().to_owned();
                let stamp = |name: &str| {
                    text(name).parse::<jiff::Timestamp>().map_or(0, jiff::Timestamp::as_second)
                };
                let value = r["probability"].as_f64().unwrap_or(0.0);
                (value, number, text("account"), stamp("first_access"), stamp("last_access"))
            };
            found.entry(method).or_default().extend(rows.iter().map(row));
        }
    }
    let visible = |world: &World| -> Vec<(usize, String, i64, i64)> {
        let mail =
            world.intrusions.iter().enumerate().filter(|(_, i)| i.kinds() != ["call_records"]);
        mail.map(|(n, i)| (n, world.people.people[i.person].address.clone(), i.from, i.to))
            .collect()
    };
    let all: f64 = worlds.iter().map(|w| visible(w).len() as f64).sum();
    found
        .into_iter()
        .map(|(method, mut rows)| {
            rows.sort_by(|a, b| b.0.total_cmp(&a.0));
            let mut hits: BTreeSet<(usize, usize)> = BTreeSet::new();
            // The strictest cut: up to the first row on a clean account.
            for (_, world, account, from, to) in &rows {
                let known = visible(&worlds[*world]);
                if !known.iter().any(|k| k.1 == *account) {
                    break;
                }
                let over = known.iter().filter(|k| k.1 == *account && *from <= k.3 && k.2 <= *to);
                hits.extend(over.map(|k| (*world, k.0)));
            }
            Figure {
                feature: format!("session: {method}"),
                recall: if all > 0.0 { hits.len() as f64 / all } else { 0.0 },
                false_rate: 0.0,
                allowed: 0.0,
            }
        })
        .collect()
}

fn audit(world: &World) -> Vec<(&'static str, Vec<serde_json::Value>)> {
    let mailboxes = vec![vec![]; world.people.people.len()];
    let apps = apps(world.seed);
    let mut collector = Collector::default();
    for institution in 0..world.people.institutions.len() {
        let house = House {
            seed: world.seed,
            size: world.size,
            people: &world.people,
            nets: &world.nets,
            institution,
            mailboxes: &mailboxes,
            intrusions: &world.intrusions,
            apps: &apps,
            grown: world.kind != WorldKind::Classic,
        };
        let seen = house.run(|_, events| {
            events.iter().for_each(|event| collector.see(event, &world.nets));
            Ok(())
        });
        // The sink returns no error.
        debug_assert!(seen.is_ok());
    }
    collector.methods()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grown::families::Split;

    fn sample(world: usize, value: &str, hostile: bool) -> Sample {
        Sample { world, value: value.to_owned(), hostile, recipients: 10.0 }
    }

    #[test]
    fn a_feature_that_tells_is_called_and_one_that_does_not_is_not() {
        let mut telling = vec![];
        let mut silent = vec![];
        for world in 0..2 {
            for n in 0..20 {
                telling.push(sample(world, if n < 4 { "odd" } else { "plain" }, n < 4));
                silent.push(sample(world, if n % 2 == 0 { "a" } else { "b" }, n < 4));
            }
        }
        assert!(tried("x", &telling, &[10.0, 10.0]).tells());
        assert!(!tried("x", &silent, &[10.0, 10.0]).tells());
        // Values of one world only are not learned.
        let own: Vec<Sample> =
            (0..2).flat_map(|w| (0..4).map(move |_| sample(w, &format!("w{w}"), true))).collect();
        assert_eq!(tried("x", &own, &[10.0, 10.0]).recall, 0.0);
    }

    #[test]
    fn small_grown_worlds_are_tried_with_every_feature() {
        let report = run(&[1, 2], Size::Xs, WorldKind::Grown(Split::Any));
        for name in ["display name", "message-id grammar", "hour", "domain style", "agent"] {
            assert!(report.iter().any(|f| f.feature == name), "{name}");
        }
        assert!(report.iter().any(|f| f.feature.starts_with("session: ")));
    }
}
