//! From weighed candidates to the contract's rows.

use std::collections::{BTreeMap, BTreeSet};

use demarche_core::id::short_hash;
use demarche_core::{EvidenceRef, Gap, Intrusion, Probability, RecordLookup, UtcMicros};

use super::acts::Act;
use super::candidates::{Candidate, Thread};
use super::coverage::Covered;
use super::evidence::Artefact;
use super::intervals::{self, Interval};
use super::lookups::Looked;
use super::profile::count;
use super::scene::Scene;
use super::score::Score;
use super::view::View;
use super::{IntrusionInput, Parameters};
use crate::coverage::says_throttled;

/// Evidence references a row shows at most.
const SHOWN: usize = 200;

/// A candidate that is to become a row.
pub(crate) struct Verdict {
    pub(crate) candidate: Candidate,
    pub(crate) score: Score,
    pub(crate) campaign_id: Option<String>,
    /// Times of the first and the last sitting that are hardly the owner's, where known.
    pub(crate) sure: Option<(i64, i64)>,
    /// Time of the click that let the intruder in, if one is known.
    pub(crate) clicked: Option<i64>,
}

/// The row of a mailbox, storage or identity intrusion; `None` when nothing of the
/// candidate was an access.
pub(crate) fn of_account(
    input: &IntrusionInput<'_>,
    parameters: &Parameters,
    scene: &Scene<'_, '_>,
    verdict: &Verdict,
) -> Option<Intrusion> {
    let view = scene.view;
    let accesses: Vec<usize> = verdict
        .candidate
        .accesses
        .iter()
        .copied()
        .filter(|a| view.accesses[*a].act != Act::SignInFailed)
        .collect();
    let times: Vec<i64> = accesses.iter().map(|a| view.accesses[*a].time).collect();
    let account = view.names.text(scene.life.account).to_owned();
    let made: Vec<&Artefact> =
        accesses.iter().filter_map(|a| scene.artefacts.get(a)).flatten().collect();
    let lasting = made.iter().any(|artefact| artefact.nats > 0.0 && still_there(scene, artefact));
    let kinds = kinds(scene, &accesses, &made);
    let seen = (
        scene.life.sittings.first().map_or(0, |s| s.start),
        scene.life.sittings.iter().map(|s| s.end).max().unwrap_or(0),
    );
    let sources: &[&str] =
        if kinds.iter().any(|k| k != "identity") { &["cloud"] } else { &["identity"] };
    let covered = Covered::new(input.coverage, sources, &account, seen);
    let interval = intervals::interval(&times, &covered, lasting, verdict.clicked, verdict.sure)?;
    let prior = parameters.prior;
    let cite = |index: usize| -> &EvidenceRef { &view.accesses[index].event.evidence };
    let (probability, features) = verdict.score.features(prior, &cite);
    let blind = throttled(scene, &interval);
    let mut gaps = covered.holes(interval.first_bounds.0, interval.last_bounds.1);
    // Coverage may have the same blind days: they are told once.
    let again = |gap: &Gap| blind.iter().any(|b| b.from <= gap.from && gap.from <= b.to);
    let short = |gap: &Gap| gap.to <= gap.from.map(|from| from.saturating_add(2 * UtcMicros::DAY));
    gaps.retain(|gap| !(short(gap) && again(gap)));
    gaps.extend(blind);
    let sessions: BTreeSet<String> = accesses
        .iter()
        .map(|a| view.accesses[*a].event.session.clone())
        .filter(|session| !session.is_empty())
        .collect();
    let first = accesses.first().map(|a| view.accesses[*a].event.event_uid.as_str())?;
    let mut row = row(&account, kinds, first, &interval);
    row.actor = actor(scene, &verdict.candidate);
    row.probability = probability;
    row.prior = prior;
    row.gaps = gaps;
    row.campaign_id.clone_from(&verdict.campaign_id);
    row.sessions = sessions.into_iter().collect();
    row.read = read(view, &accesses);
    row.techniques = techniques(input, view, verdict, &accesses, &made);
    row.features = features;
    row.evidence = spread(&accesses, scene).iter().map(|a| cite(*a).clone()).collect();
    Some(row)
}

/// The row of look-ups of one number.
pub(crate) fn of_lookups(
    input: &IntrusionInput<'_>,
    looked: &Looked,
    prior: Probability,
) -> Option<Intrusion> {
    let lookups: Vec<&RecordLookup> = looked.lookups.iter().map(|i| &input.lookups[*i]).collect();
    let times: Vec<i64> = lookups.iter().filter_map(|l| l.time).map(UtcMicros::micros).collect();
    let all = input.lookups.iter().filter_map(|l| l.time).map(UtcMicros::micros);
    let seen = all.fold((i64::MAX, i64::MIN), |s, t| (s.0.min(t), s.1.max(t)));
    let covered = Covered::new(input.coverage, &["record_lookups", "calls"], "", seen);
    let interval = intervals::interval(&times, &covered, false, None, None)?;
    let (probability, features) = looked.features(input.lookups, prior);
    let mut row = row(
        &looked.number,
        vec!["call_records".to_owned()],
        &lookups.first()?.lookup_uid,
        &interval,
    );
    row.actor = format!("operator {}", looked.operator);
    row.probability = probability;
    row.prior = prior;
    row.gaps = covered.holes(interval.first_bounds.0, interval.last_bounds.1);
    let rows: i64 = lookups.iter().map(|l| l.rows.max(0)).fold(0, i64::saturating_add);
    row.read = vec![format!("lookups {}", lookups.len()), format!("rows {rows}")];
    // Data from information repositories: the nearest technique for a record system.
    row.techniques = vec!["T1213".to_owned()];
    row.features = features;
    row.evidence = lookups.iter().take(SHOWN).map(|l| l.evidence.clone()).collect();
    Some(row)
}

fn row(account: &str, kinds: Vec<String>, first_uid: &str, interval: &Interval) -> Intrusion {
    let time = |micros: i64| UtcMicros::from_micros(micros);
    let bounds = |(low, high): (i64, i64)| [low, high].into_iter().filter_map(time).collect();
    let kind = kinds.join("+");
    let id = short_hash(&[account.as_bytes(), kind.as_bytes(), first_uid.as_bytes()]);
    Intrusion {
        intrusion_id: format!("i1:{id}"),
        account: account.to_owned(),
        status: interval.status,
        first_access: time(interval.first),
        last_access: time(interval.last),
        first_access_bounds: bounds(interval.first_bounds),
        last_access_bounds: bounds(interval.last_bounds),
        start_censored: interval.start_censored,
        end_censored: interval.end_censored,
        kinds,
        ..Intrusion::default()
    }
}

/// Whether nobody has taken a change back since.
fn still_there(scene: &Scene<'_, '_>, artefact: &Artefact) -> bool {
    let made = scene.view.accesses[artefact.access].time;
    let lasting = matches!(artefact.technique, "T1114.003" | "T1564.008" | "T1098.002" | "T1528");
    lasting
        && !scene.life.sittings.iter().flat_map(|s| &s.accesses).any(|a| {
            let access = &scene.view.accesses[*a];
            access.time >= made
                && matches!(access.act, Act::Rule | Act::Grant | Act::Consent)
                && super::changes::removed(access.event).is_some_and(|o| o == artefact.object)
        })
}

/// A kind that fewer sittings show than this share is the owner's: stretches take in some of
/// what he does meanwhile.
const KIND_SHARE: f64 = 0.12;

fn kinds(scene: &Scene<'_, '_>, accesses: &[usize], made: &[&Artefact]) -> Vec<String> {
    let mut kinds = BTreeSet::new();
    let kind = |access: &usize| match scene.view.accesses[*access].act {
        Act::MailRead | Act::MailSync => Some("mailbox"),
        Act::FileRead => Some("cloud_storage"),
        _ => None,
    };
    if matches!(scene.candidate.thread, Thread::Episode(_)) {
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        let mut reading = 0;
        for sitting in scene.sittings() {
            let here: BTreeSet<&str> = sitting.accesses.iter().filter_map(kind).collect();
            reading += usize::from(!here.is_empty());
            for kind in here {
                *seen.entry(kind).or_default() += 1;
            }
        }
        let least = KIND_SHARE * count(reading);
        kinds.extend(seen.into_iter().filter(|(_, n)| count(*n) >= least).map(|(kind, _)| kind));
    } else {
        kinds.extend(accesses.iter().filter_map(kind));
    }
    if made.iter().any(|a| matches!(a.technique, "T1114.003" | "T1564.008" | "T1098.002")) {
        kinds.insert("mailbox");
    }
    if kinds.is_empty() {
        kinds.insert("identity");
    }
    kinds.into_iter().map(str::to_owned).collect()
}

/// Days on which the provider stops listing what is read: over 1,000 items within 24
/// hours, or events that say so (learn.microsoft.com, MailItemsAccessed throttling).
fn throttled(scene: &Scene<'_, '_>, interval: &Interval) -> Vec<Gap> {
    const THROTTLE: u32 = 1_000;
    let mut gaps: Vec<Gap> = Vec::new();
    let (mut day, mut sum, mut until) = (i64::MIN, 0_u32, i64::MIN);
    let reads = scene.life.sittings.iter().flat_map(|s| &s.accesses);
    for access in reads.map(|a| &scene.view.accesses[*a]) {
        let in_period =
            access.time >= interval.first_bounds.0 && access.time <= interval.last_bounds.1;
        if access.act != Act::MailRead || !in_period || access.time < until {
            continue;
        }
        let this = access.time.div_euclid(UtcMicros::DAY);
        if this != day {
            (day, sum) = (this, 0);
        }
        sum = sum.saturating_add(access.volume);
        if sum > THROTTLE || says_throttled(&access.event.detail) {
            until = access.time.saturating_add(UtcMicros::DAY);
            gaps.push(Gap {
                from: UtcMicros::from_micros(access.time),
                to: UtcMicros::from_micros(until),
                reason: "throttling: reads are not listed for 24 hours".to_owned(),
            });
        }
    }
    gaps.truncate(100);
    gaps
}

fn actor(scene: &Scene<'_, '_>, candidate: &Candidate) -> String {
    let names = |ids: BTreeSet<u32>| -> String {
        let texts: Vec<&str> = ids.iter().map(|id| scene.view.names.text(*id)).collect();
        let more =
            if texts.len() > 4 { format!(" and {} more", texts.len() - 4) } else { String::new() };
        format!("{}{more}", texts.iter().take(4).copied().collect::<Vec<_>>().join(", "))
    };
    let networks =
        names(scene.sittings().filter(|s| s.located()).map(|s| s.address.network).collect());
    let agents = names(scene.sittings().flat_map(|s| s.agents.iter().copied()).collect());
    let text = |id: u32| scene.view.names.text(id);
    match candidate.thread {
        Thread::Delegate(actor) | Thread::Posing(actor) => {
            format!("{} from {networks}, {agents}", text(actor))
        }
        Thread::Application(app) => format!("application {}, {agents}", text(app)),
        _ if networks.is_empty() => agents,
        _ => format!("{agents} from {networks}"),
    }
}

fn read(view: &View<'_>, accesses: &[usize]) -> Vec<String> {
    let mut messages: BTreeSet<&str> = BTreeSet::new();
    let mut folders: BTreeSet<&str> = BTreeSet::new();
    let mut files: BTreeSet<&str> = BTreeSet::new();
    let mut unnamed = 0_u64;
    for access in accesses.iter().map(|a| &view.accesses[*a]) {
        match access.act {
            Act::MailRead if access.event.message_ids.is_empty() => unnamed += 1,
            Act::MailRead => messages.extend(access.event.message_ids.iter().map(String::as_str)),
            Act::MailSync => folders.extend(access.event.folders.iter().map(String::as_str)),
            Act::FileRead => {
                files.insert(&access.event.target);
            }
            _ => {}
        }
    }
    [
        ("messages", messages.len() as u64 + unnamed),
        ("folders", folders.len() as u64),
        ("files", files.len() as u64),
    ]
    .into_iter()
    .filter(|(_, n)| *n > 0)
    .map(|(what, n)| format!("{what} {n}"))
    .collect()
}

fn techniques(
    input: &IntrusionInput<'_>,
    view: &View<'_>,
    verdict: &Verdict,
    accesses: &[usize],
    made: &[&Artefact],
) -> Vec<String> {
    let mut shown: BTreeSet<String> =
        made.iter().filter(|a| a.nats > 0.0).map(|a| a.technique.to_owned()).collect();
    for access in accesses.iter().map(|a| &view.accesses[*a]) {
        let technique = match access.act {
            Act::MailRead | Act::MailSync => "T1114.002",
            Act::FileRead if access.event.workload.eq_ignore_ascii_case("sharepoint") => {
                "T1213.002"
            }
            Act::FileRead => "T1530",
            Act::SignIn => "T1078.004",
            _ => continue,
        };
        shown.insert(technique.to_owned());
    }
    for item in &verdict.score.items {
        match item.name {
            "token_used_from_two_networks" => shown.insert("T1550.001".to_owned()),
            "application_reads" => shown.insert("T1550.001".to_owned()),
            "address_tried_many_accounts" => shown.insert("T1110.003".to_owned()),
            _ => false,
        };
    }
    let uids: BTreeSet<&str> =
        accesses.iter().map(|a| view.accesses[*a].event.event_uid.as_str()).collect();
    for finding in input.findings.iter().filter(|f| uids.contains(f.record_uid.as_str())) {
        shown.extend(finding.techniques.iter().cloned());
    }
    shown.into_iter().collect()
}

/// First and last, what made lasting changes, and an even spread between.
fn spread(accesses: &[usize], scene: &Scene<'_, '_>) -> Vec<usize> {
    if accesses.len() <= SHOWN {
        return accesses.to_vec();
    }
    let mut chosen: BTreeSet<usize> = accesses.iter().take(20).copied().collect();
    chosen.extend(accesses.iter().rev().take(20));
    chosen.extend(accesses.iter().filter(|a| scene.artefacts.contains_key(a)).take(60));
    let left = SHOWN.saturating_sub(chosen.len()).max(1);
    let step = accesses.len().div_ceil(left);
    chosen.extend(accesses.iter().step_by(step));
    chosen.into_iter().take(SHOWN).collect()
}
