//! Evidence into tables: safe to repeat, and to resume after a kill.
//!
//! A source is read once: what the manifest lists is passed over. The unit of work is a
//! pack or a shard of a large source, committed whole; a killed run loses those it was
//! reading and nothing else. What an earlier ingest stored is held to the roster as it is
//! known now: bodies of mailboxes that have become privileged are taken out.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use demarche_core::custody;
use demarche_core::portal::Portal;
use demarche_core::source::{FileStamp, Limits, SourceFile, hash_file_with, list, walk};
use demarche_core::{ContextEntry, Record, RosterEntry};
use demarche_lake::{SourceEntry, Writer};
use demarche_readers::tables::{CONTEXT, LOOKUP_PORTAL, ROSTER};
use rayon::prelude::*;

use super::pack::{Pack, Planned, packs};
use super::policy::{Policy, Treatment};
use super::unit::{Outcome, Rules, Store, read_pack};
use super::{CaseError, Progress, Step, numbers};

/// Packs that are read at once, on however many cores: each holds up to 200 MiB. Within a
/// pack work is shared by all cores.
const PACKS_AT_ONCE: usize = 4;

/// What to ingest.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Files and folders.
    pub evidence: Vec<PathBuf>,
    /// Vouches for the consent of every linked person.
    pub consent_on_file: Option<String>,
    /// Telephone numbers are stored as they are logged, not hashed: only for a case that
    /// goes away with the query that it was made for.
    pub plain_numbers: bool,
    /// Hashes every file, also those that look unchanged since they were hashed.
    pub rehash: bool,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Ingested {
    /// Sources read now.
    pub sources: Vec<SourceEntry>,
    /// Sources that the case had already.
    pub known: u64,
    /// Those of them that were not hashed again: path, size, inode and times are as they
    /// were. `report` and `verify` hash everything.
    pub unchanged: u64,
    /// Messages of earlier ingests whose body was taken out, since their mailbox has become
    /// privileged.
    pub stripped: u64,
    /// Anomalies of this ingest.
    pub anomalies: u64,
    /// Arguments of which nothing at all could be read, and why.
    pub unreadable: Vec<String>,
}

impl Ingested {
    /// Records read now, by kind, copies included.
    #[must_use]
    pub fn read(&self) -> BTreeMap<String, u64> {
        let mut total = BTreeMap::new();
        for (kind, n) in self.sources.iter().flat_map(|source| &source.read) {
            *total.entry(kind.clone()).or_default() += n;
        }
        total
    }
}

/// Reads evidence into the case, making the case when there is none.
///
/// # Errors
/// What the case's own files say; bad evidence is an anomaly.
pub fn ingest(
    case: &Path,
    request: &Request,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Ingested, CaseError> {
    let mut writer = Writer::open(case)?;
    writer.complete_text()?;
    let log = super::custody(case);
    super::locations::remember(case, &request.evidence)?;
    let mut result = Ingested::default();
    let (planned, argument_of) = plan(&writer, request, progress, &mut result)?;
    let sources: Vec<_> = planned
        .iter()
        .map(|p| serde_json::json!({ "path": p.file.display, "id": p.hashed.id, "bytes": p.hashed.bytes }))
        .collect();
    log.append(
        "ingest",
        serde_json::json!({ "sources": sources, "known": result.known,
            "known_unchanged": result.unchanged, "unreadable": result.unreadable, "consent_on_file": request.consent_on_file }),
    )?;

    let mut roster = known_roster(case, &writer)?;
    let open = open_tables(&planned, request);
    roster.extend(open.roster);
    let mut context = known_context(case, &writer)?;
    context.extend(open.context);
    let portals = portals(&context);
    let consent = request.consent_on_file.as_deref();
    let key = if request.plain_numbers { None } else { Some(numbers::read_or_create(case)?) };
    loop {
        let policy = Policy::new(&vouched(&roster, consent), custody::now());
        drop_under_other_policy(&mut writer, &planned, &policy)?;
        result.stripped += strip(&mut writer, &policy)?;
        let packs = packs(planned.clone(), &policy.digest());
        let numbers = key.as_ref();
        let rules = Rules { policy: &policy, consent, numbers, portals: &portals };
        let outcomes = read_all(&mut writer, packs, rules, progress)?;
        let found: Vec<RosterEntry> =
            outcomes.iter().flat_map(|outcome| outcome.roster.clone()).collect();
        let before = roster.len();
        roster
            .extend(found.into_iter().filter(|entry| !roster.contains(entry)).collect::<Vec<_>>());
        let grown = roster.len() > before
            && Policy::new(&vouched(&roster, consent), custody::now()).digest() != policy.digest();
        if grown {
            // A roster inside an archive forbids what has just been stored: again, knowing it.
            continue;
        }
        result.anomalies += outcomes.iter().map(|outcome| outcome.anomalies).sum::<u64>();
        break;
    }
    super::signatures::check(case, &mut writer)?;
    let read = keys(&planned);
    let mut sources = writer.manifest().sources();
    sources.retain(|source| read.contains(&(source.path.as_str(), source.id.as_str())));
    result.sources = sources;
    result.unreadable.extend(empty_handed(request, &argument_of, &result.sources));
    log.append(
        "ingested",
        serde_json::json!({ "read": result.read(), "anomalies": result.anomalies,
            "bodies_taken_out": result.stripped }),
    )?;
    Ok(result)
}

/// Lists and hashes; leaves out what the case has. The second value maps each display
/// path to the argument it came from.
fn plan(
    writer: &Writer,
    request: &Request,
    progress: &(dyn Fn(Progress) + Sync),
    result: &mut Ingested,
) -> Result<(Vec<Planned>, BTreeMap<String, usize>), CaseError> {
    let mut files = Vec::new();
    let mut argument_of = BTreeMap::new();
    for (index, argument) in request.evidence.iter().enumerate() {
        match list(argument) {
            Ok((found, unreadable)) => {
                result.anomalies += unreadable.len() as u64;
                result.unreadable.extend(unreadable);
                if found.is_empty() {
                    result
                        .unreadable
                        .push(format!("evidence `{}`: an empty folder", argument.display()));
                }
                for file in found {
                    argument_of.insert(file.display.clone(), index);
                    files.push(file);
                }
            }
            Err(error) => result.unreadable.push(error.to_string()),
        }
    }
    files.sort();
    files.dedup();
    if !request.rehash {
        let stamps = writer.manifest().stamps();
        let is_unchanged = |file: &SourceFile| {
            stamps.get(file.display.as_str()).is_some_and(|known| {
                let now = FileStamp::of(&file.path);
                known.iter().any(|(_, stamp)| now == Some(*stamp))
            })
        };
        let before = files.len();
        files.retain(|file| {
            let unchanged = is_unchanged(file);
            if unchanged {
                argument_of.remove(&file.display);
            }
            !unchanged
        });
        result.unchanged = (before - files.len()) as u64;
        result.known = result.unchanged;
    }
    let sizes = files.iter().filter_map(|file| std::fs::metadata(&file.path).ok());
    progress(Progress::Begin(Step::Hash, sizes.map(|meta| meta.len()).sum()));
    let hashed: Vec<_> = files
        .into_par_iter()
        .map(|file| {
            let before = FileStamp::of(&file.path).filter(|stamp| stamp.is_settled(custody::now()));
            let hashed = hash_file_with(&file.path, &mut |n| progress(Progress::Advance(n)));
            let stamp = before.filter(|_| FileStamp::of(&file.path) == before);
            (file, hashed, stamp)
        })
        .collect();
    progress(Progress::End);
    let known = writer.manifest().complete();
    let mut planned = Vec::new();
    for (file, hashed, stamp) in hashed {
        match hashed {
            Ok(hashed) if known.contains(&(file.display.as_str(), hashed.id.as_str())) => {
                result.known += 1;
                argument_of.remove(&file.display);
            }
            Ok(hashed) => planned.push(Planned { file, hashed, stamp }),
            Err(error) => result.unreadable.push(error.to_string()),
        }
    }
    Ok((planned, argument_of))
}

/// Path and id of each source.
fn keys(planned: &[Planned]) -> BTreeSet<(&str, &str)> {
    planned.iter().map(|p| (p.file.display.as_str(), p.hashed.id.as_str())).collect()
}

/// Takes out units of planned sources that were read under another policy: shards of a
/// killed ingest, and what was read before a roster was found in an archive.
fn drop_under_other_policy(
    writer: &mut Writer,
    planned: &[Planned],
    policy: &Policy,
) -> Result<(), CaseError> {
    let digest = policy.digest();
    let planned = keys(planned);
    let units = writer.manifest().units.iter().filter(|(_, unit)| {
        unit.policy != digest
            && unit.sources.iter().any(|s| planned.contains(&(s.path.as_str(), s.id.as_str())))
    });
    let units: Vec<String> = units.map(|(id, _)| id.clone()).collect();
    if units.is_empty() { Ok(()) } else { Ok(writer.remove_units(&units)?) }
}

/// Takes the bodies of privileged mailboxes out of units that were written before the
/// roster said so.
fn strip(writer: &mut Writer, policy: &Policy) -> Result<u64, CaseError> {
    let privileged = |message: &demarche_core::Message| {
        let headers = message.delivered_to.iter().map(String::as_str);
        let mailbox = policy.rule().mailbox(headers, &message.folder, &message.evidence.path);
        policy.of(&mailbox) == Treatment::WithoutBody
    };
    let digest = policy.digest();
    // The deep tier does it again under the new policy.
    let units = writer.manifest().units.iter();
    let deep = units.filter(|(_, unit)| unit.deep > 0 && unit.policy != digest);
    let deep: Vec<String> = deep.map(|(id, _)| id.clone()).collect();
    if !deep.is_empty() {
        writer.remove_units(&deep)?;
    }
    Ok(writer.strip_bodies(&digest, &privileged)?)
}

pub(super) fn known_roster(case: &Path, writer: &Writer) -> Result<Vec<RosterEntry>, CaseError> {
    if writer.manifest().read("roster") == 0 {
        return Ok(Vec::new());
    }
    let lake = demarche_lake::Lake::open(case)?;
    let session = demarche_lake::Session::open(&lake, demarche_lake::MailboxRule::default())?;
    super::inputs::whole_roster(&session)
}

fn known_context(case: &Path, writer: &Writer) -> Result<Vec<ContextEntry>, CaseError> {
    if writer.manifest().read("context") == 0 {
        return Ok(Vec::new());
    }
    let lake = demarche_lake::Lake::open(case)?;
    let session = demarche_lake::Session::open(&lake, demarche_lake::MailboxRule::default())?;
    super::inputs::context(&session)
}

/// Shapes of requests that are look-ups; one that cannot be read is an anomaly of its table.
fn portals(context: &[ContextEntry]) -> Vec<Portal> {
    let shapes = context.iter().filter(|entry| entry.kind == LOOKUP_PORTAL);
    let mut portals: Vec<Portal> =
        shapes.filter_map(|entry| Portal::parse(&entry.value).ok()).collect();
    portals.dedup();
    portals
}

/// Tables that say how to read the rest.
#[derive(Default)]
struct Steering {
    roster: Vec<RosterEntry>,
    context: Vec<ContextEntry>,
}

/// Rosters and contexts that lie open: read before everything else, so that what they forbid
/// is never stored. Rosters inside archives are found while reading.
fn open_tables(planned: &[Planned], request: &Request) -> Steering {
    let mut open = Steering::default();
    for source in planned {
        // An error comes up again, and is reported, when the source is read.
        let _ = walk(
            &source.file.path,
            &source.file.display,
            &source.hashed.id,
            &Limits { depth: 0, ..Limits::default() },
            &mut |mut member| {
                let steering = [ROSTER.name, CONTEXT.name];
                let steers = demarche_readers::sniff(member.prefix())
                    .is_some_and(|format| steering.contains(&format.name));
                if steers {
                    demarche_readers::read_member(&mut member, &mut |record| match record {
                        Record::Roster(entry) => open.roster.push(*entry),
                        Record::Context(entry) => open.context.push(*entry),
                        _ => {}
                    });
                }
            },
        );
    }
    open.roster = vouched(&open.roster, request.consent_on_file.as_deref());
    open
}

fn vouched(roster: &[RosterEntry], consent: Option<&str>) -> Vec<RosterEntry> {
    let mut roster = roster.to_vec();
    if let Some(consent) = consent {
        for entry in roster.iter_mut().filter(|entry| entry.kind == "linked") {
            consent.clone_into(&mut entry.consent_ref);
            entry.consent_until = None;
        }
    }
    roster
}

/// Reads packs side by side and commits each as it is done.
///
/// By threads of their own and not by the pool: a pool's worker that waits for the parts of
/// one pack would begin another, and the memory of both would be held.
fn read_all(
    writer: &mut Writer,
    packs: Vec<Pack>,
    rules: Rules<'_>,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Vec<Outcome>, CaseError> {
    progress(Progress::Begin(Step::Read, packs.iter().map(|pack| pack.bytes).sum()));
    let writer = Mutex::new(writer);
    let lock = || writer.lock().unwrap_or_else(PoisonError::into_inner);
    let store = Store {
        open: &|id| lock().unit(id),
        commit: &|id, unit, entry| lock().commit_unit(id, unit, entry),
    };
    let read = |pack: &Pack| {
        let resume = pack.sources.first().filter(|_| pack.is_large()).and_then(|source| {
            let (path, id) = (&source.file.display, source.hashed.id.as_str());
            lock().manifest().resume(path, id, &rules.policy.digest())
        });
        read_pack(pack, rules, resume, &store, &|bytes| {
            progress(Progress::Advance(bytes));
        })
    };
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let work = || {
        let mut done = Vec::new();
        while !stop.load(Ordering::Relaxed)
            && let Some(pack) = packs.get(next.fetch_add(1, Ordering::Relaxed))
        {
            let outcome = read(pack);
            stop.fetch_or(outcome.is_err(), Ordering::Relaxed);
            done.push(outcome);
        }
        done
    };
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let workers = cores.min(PACKS_AT_ONCE).min(packs.len());
    let done: Vec<_> = thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let ended = workers.into_iter().map(|worker| worker.join());
        ended.flat_map(|done| done.unwrap_or_else(|panic| resume_unwind(panic))).collect()
    });
    progress(Progress::End);
    Ok(done.into_iter().collect::<Result<Vec<_>, _>>()?)
}

/// Arguments all of whose sources gave no record at all.
fn empty_handed(
    request: &Request,
    argument_of: &BTreeMap<String, usize>,
    sources: &[SourceEntry],
) -> Vec<String> {
    let mut records: BTreeMap<usize, u64> = argument_of.values().map(|index| (*index, 0)).collect();
    for source in sources {
        if let Some(total) = argument_of.get(&source.path).and_then(|i| records.get_mut(i)) {
            *total += source.read.values().sum::<u64>();
        }
    }
    let empty = records.into_iter().filter(|(_, total)| *total == 0);
    empty
        .filter_map(|(index, _)| request.evidence.get(index))
        .map(|argument| format!("evidence `{}`: nothing in it could be read", argument.display()))
        .collect()
}
