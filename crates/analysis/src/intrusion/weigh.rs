//! Weighing the candidates of every account, alone and then side by side.

use std::collections::{BTreeMap, BTreeSet};

use demarche_core::{Intrusion, UtcMicros};

use super::acts::Act;
use super::baseline::{self, Habits, Life, Peers};
use super::candidates::{self, Candidate, Thread};
use super::cross::{self, Trace};
use super::episodes::{self, Ground, Paces};
use super::evidence::{Artefact, Class, Weighed, cloud, mailbox, signin};
use super::join::Lures;
use super::profile;
use super::rows::{self, Verdict};
use super::scene::Scene;
use super::score::{self, Score};
use super::ties::Ties;
use super::view::View;
use super::{IntrusionInput, Parameters, changes, weights};

/// Candidates this near in time are one intrusion even if nothing else joins them.
const NEAR: i64 = 14 * UtcMicros::DAY;
/// One habit, network and agent, may pause this long and be one intrusion still.
const PAUSED: i64 = 120 * UtcMicros::DAY;
/// A candidate that alone weighs less is not merged into another.
const MERGE_FROM: f64 = 1.0;

/// What all candidates are weighed with.
struct House<'a, 'v> {
    input: &'v IntrusionInput<'a>,
    view: &'v View<'a>,
    peers: &'v Peers,
    ground: &'v Ground<'a, 'v>,
    paces: Paces,
    habits: &'v BTreeMap<u32, &'v Habits>,
    artefacts: &'v BTreeMap<usize, Vec<Artefact>>,
    lures: Lures<'v>,
    /// Severity and rule by event uid.
    findings: BTreeMap<&'v str, Vec<(&'v str, &'v str)>>,
    prior: f64,
}

/// Rows of all accounts.
pub(crate) fn accounts(input: &IntrusionInput<'_>, parameters: &Parameters) -> Vec<Intrusion> {
    let view = View::new(input.events, input.roster, input.context, input.networks);
    let mut lives = baseline::lives(&view);
    let peers = baseline::peers(&view, &lives);
    for life in &mut lives {
        life.devices = candidates::devices(life, &peers);
    }
    let artefacts = changes::find(&view, input.roster, input.context);
    let mut findings: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    for finding in input.findings {
        let of = findings.entry(&finding.record_uid).or_default();
        of.push((&finding.severity, &finding.rule));
    }
    let habits = lives.iter().map(|life| (life.account, &life.habits)).collect();
    let ties = Ties::new(&view, &lives, &peers, &habits);
    let ground = Ground { view: &view, peers: &peers, habits: &habits, ties: &ties };
    let house = House {
        input,
        view: &view,
        peers: &peers,
        paces: ground.paces(&lives),
        ground: &ground,
        habits: &habits,
        artefacts: &artefacts,
        lures: Lures::new(input.waves, input.exposures),
        findings,
        prior: parameters.prior.get(),
    };
    let mut weighed: Vec<(usize, Candidate, Vec<Weighed>)> = Vec::new();
    for (at, life) in lives.iter().enumerate() {
        for (candidate, items) in house.of_life(life) {
            weighed.push((at, candidate, items));
        }
    }
    let traces: Vec<Trace> = weighed
        .iter()
        .map(|(at, candidate, items)| {
            let total = score::sum(items.clone(), house.prior).total;
            cross::trace(&lives[*at], &peers, candidate, total)
        })
        .collect();
    let shared = cross::items(&view, &traces);
    let mut found = Vec::new();
    for ((at, candidate, mut items), more) in weighed.into_iter().zip(shared) {
        items.extend(more);
        let life = &lives[at];
        let scene = house.scene(life, &candidate);
        let verdict = house.verdict(&scene, &candidate, items);
        found.extend(rows::of_account(input, parameters, &scene, &verdict));
    }
    found
}

impl<'a, 'v> House<'a, 'v> {
    fn scene<'s>(&'s self, life: &'s Life<'a>, candidate: &'s Candidate) -> Scene<'a, 's>
    where
        'v: 's,
    {
        Scene {
            view: self.view,
            life,
            peers: self.peers,
            roster: self.input.roster,
            habits: self.habits,
            candidate,
            artefacts: self.artefacts,
        }
    }

    /// Candidates of one account, those of one intruder merged.
    fn of_life(&self, life: &Life<'a>) -> Vec<(Candidate, Vec<Weighed>)> {
        let found = candidates::candidates(
            self.ground,
            &self.paces,
            life,
            self.input.context,
            self.artefacts,
        );
        let mut rated: Vec<(Candidate, Vec<Weighed>, f64)> = found
            .into_iter()
            .map(|candidate| {
                let items = self.items(life, &candidate);
                let total = score::sum(items.clone(), self.prior).total;
                (candidate, items, total)
            })
            .collect();
        let mut at = 0;
        while at < rated.len() {
            let partner = (at + 1..rated.len()).find_map(|other| {
                if rated[at].2 < MERGE_FROM || rated[other].2 < MERGE_FROM {
                    return None;
                }
                let (a, b) = (&rated[at].0, &rated[other].0);
                if !self.mergeable(life, a, b) {
                    return None;
                }
                let merged = a.merge(b);
                let items = self.items(life, &merged);
                let total = score::sum(items.clone(), self.prior).total;
                (total >= rated[at].2.max(rated[other].2) - 0.5)
                    .then_some((other, merged, items, total))
            });
            if let Some((other, merged, items, total)) = partner {
                rated.remove(other);
                rated[at] = (merged, items, total);
            } else {
                at += 1;
            }
        }
        rated.into_iter().map(|(candidate, items, _)| (candidate, items)).collect()
    }

    fn mergeable(&self, life: &Life<'a>, a: &Candidate, b: &Candidate) -> bool {
        let span = |candidate: &Candidate| {
            let time = |access: Option<&usize>| access.map_or(0, |a| self.view.accesses[*a].time);
            (time(candidate.accesses.first()), time(candidate.accesses.last()))
        };
        // What the owner changes from home is not the intruder's because it was then.
        let from_home = |candidate: &Candidate| {
            let mut sittings = candidate.sittings.iter().map(|s| &life.sittings[*s]);
            candidate.thread == Thread::Changes
                && sittings.any(|s| candidates::at_home(life, self.peers, s))
        };
        if from_home(a) || from_home(b) {
            return false;
        }
        // A stretch has the ends that its own pace gives it.
        let stretch = |candidate: &Candidate| matches!(candidate.thread, Thread::Episode(_));
        let changes = |candidate: &Candidate| candidate.thread == Thread::Changes;
        if (stretch(a) && !changes(b)) || (stretch(b) && !changes(a)) {
            return false;
        }
        let (a_span, b_span) = (span(a), span(b));
        let gap = (b_span.0 - a_span.1).max(a_span.0 - b_span.1);
        gap <= NEAR
            || (gap <= candidates::SPLIT && candidates::related(life, &a.sittings, &b.sittings))
            || (gap <= PAUSED && candidates::alike(life, self.peers, &a.sittings, &b.sittings))
    }

    /// Everything that can be said of a candidate within its account.
    fn items(&self, life: &Life<'a>, candidate: &Candidate) -> Vec<Weighed> {
        let scene = self.scene(life, candidate);
        let mut items = self.lasting(&scene);
        items.extend(self.detections(candidate));
        if matches!(candidate.thread, Thread::Episode(_)) {
            items.extend(episodes::items(&scene, self.ground, &self.paces));
            items.extend(signin::entry(&scene));
        } else if candidate.thread != Thread::Changes {
            items.extend(profile::profile(&scene));
            items.extend(profile::concurrency(&scene));
            items.extend(episodes::items(&scene, self.ground, &self.paces));
            items.extend(profile::hours(&scene));
            items.extend(profile::delegation(&scene));
            items.extend(mailbox::reading(&scene));
            items.extend(cloud::files(&scene));
            items.extend(signin::entry(&scene));
            items.extend(signin::token(&scene));
            items.extend(self.application(&scene));
            if candidate.sittings.len() == 1 {
                items.push(scene.weighed(
                    Class::Concurrency,
                    "seen_once",
                    weights::SINGLE_SITTING,
                    "a single sitting".to_owned(),
                ));
            }
        } else {
            items.extend(signin::entry(&scene));
        }
        let start = candidate.accesses.first().map_or(0, |a| self.view.accesses[*a].time);
        items.extend(self.lure(life, start).map(|lure| lure.item));
        items
    }

    fn lure(&self, life: &Life<'a>, start: i64) -> Option<super::join::Lure> {
        let account = self.view.names.text(life.account);
        let time = UtcMicros::from_micros(start);
        let roster = self.input.roster.by_address(account, time);
        let listed = roster.iter().flat_map(|entry| entry.addresses.iter().map(String::as_str));
        let addresses: BTreeSet<String> =
            std::iter::once(account).chain(listed).map(str::to_lowercase).collect();
        addresses
            .iter()
            .filter_map(|address| self.lures.before(address, start))
            .max_by(|a, b| a.item.nats.total_cmp(&b.item.nats))
    }

    /// Lasting changes: the first of a name in full, further ones less, and no more
    /// than five of them.
    fn lasting(&self, scene: &Scene<'a, '_>) -> Vec<Weighed> {
        let mut items: BTreeMap<&str, (Weighed, usize)> = BTreeMap::new();
        let mut objects: BTreeSet<(&str, &str)> = BTreeSet::new();
        let made = scene.candidate.accesses.iter().filter_map(|a| self.artefacts.get(a)).flatten();
        for artefact in made {
            let fresh = objects.insert((artefact.name, &artefact.object));
            let item = items.entry(artefact.name).or_insert_with(|| {
                let item = Weighed {
                    class: artefact.class,
                    name: artefact.name,
                    nats: artefact.nats - artefact.more,
                    detail: artefact.detail.clone(),
                    accesses: Vec::new(),
                };
                (item, 0)
            });
            item.0.accesses.push(artefact.access);
            if fresh && item.1 < 5 {
                item.0.nats += artefact.more;
                item.1 += 1;
            }
        }
        items
            .into_values()
            .map(|(mut item, times)| {
                if times > 1 {
                    item.detail = format!("{}; {times} or more such changes", item.detail);
                }
                item
            })
            .collect()
    }

    /// Rules that matched an event of the candidate. What made a lasting change is
    /// weighed already, so a rule that says it again adds little.
    fn detections(&self, candidate: &Candidate) -> Vec<Weighed> {
        let mut best: BTreeMap<&str, (f64, Vec<usize>)> = BTreeMap::new();
        for &access in &candidate.accesses {
            let uid = self.view.accesses[access].event.event_uid.as_str();
            let known = if self.artefacts.contains_key(&access) { 0.3 } else { 1.0 };
            for (severity, rule) in self.findings.get(uid).into_iter().flatten() {
                let nats = match *severity {
                    "critical" | "high" => weights::FINDING_HIGH,
                    "medium" => weights::FINDING_MEDIUM,
                    _ => continue,
                };
                let entry = best.entry(rule).or_default();
                entry.0 = entry.0.max(nats * known);
                entry.1.push(access);
            }
        }
        best.into_iter()
            .map(|(rule, (nats, accesses))| Weighed {
                class: Class::Findings,
                name: "detection_rule",
                nats,
                detail: format!("rule {rule} matches {} events", accesses.len()),
                accesses,
            })
            .collect()
    }

    /// An application in the account: does it follow a consent, do others use it?
    fn application(&self, scene: &Scene<'a, '_>) -> Option<Weighed> {
        let Thread::Application(app) = scene.candidate.thread else { return None };
        let users = self.peers.apps.get(&app).copied().unwrap_or(0);
        let name = self.view.names.text(app).to_lowercase();
        let consented = scene
            .candidate
            .accesses
            .iter()
            .filter_map(|a| self.artefacts.get(a))
            .flatten()
            .any(|artefact| artefact.technique == "T1528" && artefact.object == name);
        // An intruder's is in one account, or in a few at once; what colleagues have taken to
        // one by one is theirs.
        let shared = match users {
            // Among few accounts, two or three say nothing.
            _ if self.peers.accounts < 20 => 0.0,
            0 | 1 => 0.0,
            2 => weights::APP_SHARED / 2.0,
            _ => weights::APP_SHARED,
        };
        let (nats, how) = if consented {
            (weights::APP_READS_AFTER_CONSENT, "after a consent")
        } else {
            (weights::APP_RARE_READS, "without a consent in sight")
        };
        Some(scene.weighed(
            Class::Grants,
            "application_reads",
            nats + shared,
            format!("application {name} reads {how}; it reads in {users} accounts"),
        ))
    }

    fn verdict(
        &self,
        scene: &Scene<'a, '_>,
        candidate: &Candidate,
        items: Vec<Weighed>,
    ) -> Verdict {
        let score: Score = score::sum(items, self.prior);
        let first = candidate
            .accesses
            .iter()
            .map(|a| &self.view.accesses[*a])
            .find(|access| access.act != Act::SignInFailed);
        let lure = first.and_then(|access| self.lure(scene.life, access.time));
        let opened = lure.filter(|lure| lure.item.nats >= weights::FETCH_BEFORE * 0.5);
        let sure = match candidate.thread {
            Thread::Episode(kind) => self.ground.sure(scene.life, kind, &candidate.sittings),
            _ => None,
        };
        Verdict {
            candidate: candidate.clone(),
            sure,
            score,
            clicked: opened.as_ref().filter(|lure| lure.clicked).map(|lure| lure.time),
            campaign_id: opened.map(|lure| lure.campaign_id),
        }
    }
}
