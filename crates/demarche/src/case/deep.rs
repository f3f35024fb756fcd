//! The deep tier: what lies inside the attachments of stored mails.
//!
//! The lake keeps no attachments, so that the sources are opened again: those that are at
//! hand, told by their hash. Only mails that are stored are looked into. What is found
//! goes into units of its own, of the same sources, so that `forget` takes it with them
//! and a source is looked into once.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use demarche_core::id::short_hash;
use demarche_core::observable;
use demarche_core::source::{Limits, hash_file_with, list, walk};
use demarche_core::{
    Anomaly, Attachment, Deep, DeepAttachment, EvidenceRef, Message, Observable, Record, SourceId,
    custody,
};
use demarche_features::deep;
use demarche_lake::{
    Lake, LakeError, MailboxRule, Session, SourceEntry, UnitEntry, UnitWriter, Writer,
};
use rayon::prelude::*;

use super::policy::{Policy, Treatment};
use super::{CaseError, Progress, Step};

/// Sources of a unit, and their bytes; a larger source is a unit alone.
const GROUP_SOURCES: usize = 500;
const GROUP_BYTES: u64 = 32 << 20;
/// Mails that are held while their attachments are looked into side by side, and the bytes
/// of these.
const BATCH_MAILS: usize = 256;
const BATCH_BYTES: usize = 16 << 20;
/// Attachments whose results are kept for when they come again.
const MAX_KNOWN: usize = 100_000;

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Looked {
    /// Sources looked into now.
    pub sources: u64,
    /// Sources that had been looked into before.
    pub known: u64,
    /// Sources of mail that were not among the evidence given.
    pub waiting: u64,
    /// Different attachments looked into now.
    pub attachments: u64,
    /// URLs found in them, by place.
    pub urls: BTreeMap<&'static str, u64>,
    /// What could not be looked into.
    pub anomalies: u64,
    /// Evidence that could not be opened.
    pub unreadable: Vec<String>,
}

/// Looks into the attachments of every stored mail whose source is among the evidence.
///
/// # Errors
/// What the case's own files say.
pub fn deep(
    case: &Path,
    evidence: &[PathBuf],
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Looked, CaseError> {
    // Not through `Writer`, which would make a case where there is none.
    drop(Lake::open(case)?);
    let mut writer = Writer::open(case)?;
    let mut looked = Looked::default();
    let policy = Policy::new(&super::ingest::known_roster(case, &writer)?, custody::now());
    let (todo, known) = todo(&writer);
    looked.known = known;
    let at_hand = at_hand(evidence, &todo, &mut looked, progress)?;
    let groups = groups(todo, &at_hand);
    looked.waiting -= groups.iter().map(|group| group.len() as u64).sum::<u64>();
    let stored = stored(case)?;
    let work = Work { policy: &policy, stored: &stored, known: Mutex::default() };
    let bytes = groups.iter().flatten().map(|(source, _)| source.bytes).sum();
    progress(Progress::Begin(Step::Deep, bytes));
    let writer = Mutex::new(&mut writer);
    let done = groups
        .par_iter()
        .map(|group| {
            let lock = || writer.lock().unwrap_or_else(PoisonError::into_inner);
            let id = unit_id(group, &policy);
            let unit = lock().unit(&id);
            let (unit, entry, anomalies) = work.group(group, unit)?;
            let unit = unit.finish()?;
            lock().commit_unit(&id, unit, entry)?;
            progress(Progress::Advance(group.iter().map(|(source, _)| source.bytes).sum()));
            Ok(anomalies)
        })
        .collect::<Result<Vec<u64>, LakeError>>()?;
    progress(Progress::End);
    looked.anomalies = done.into_iter().sum();
    looked.sources = groups.iter().map(|group| group.len() as u64).sum();
    let found = work.known.into_inner().unwrap_or_else(PoisonError::into_inner);
    looked.attachments = found.len() as u64;
    for url in found.values().flat_map(|deep| &deep.urls) {
        *looked.urls.entry(url.place.as_str()).or_default() += 1;
    }
    super::custody(case).append(
        "deep",
        serde_json::json!({ "sources": looked.sources, "attachments": looked.attachments }),
    )?;
    Ok(looked)
}

/// Sources of mail that were not looked into yet, and how many were.
fn todo(writer: &Writer) -> (Vec<SourceEntry>, u64) {
    let manifest = writer.manifest();
    let (complete, done) = (manifest.complete(), manifest.deep(deep::VERSION));
    let mut sources = manifest.sources();
    sources.retain(|source| {
        source.read.get("messages").is_some_and(|n| *n > 0)
            && complete.contains(&(&*source.path, &*source.id))
    });
    let all = sources.len();
    sources.retain(|source| !done.contains(&(&*source.path, &*source.id)));
    let known = all - sources.len();
    (sources, known as u64)
}

/// Where the bytes of sources lie, by id.
fn at_hand(
    evidence: &[PathBuf],
    todo: &[SourceEntry],
    looked: &mut Looked,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<BTreeMap<String, PathBuf>, CaseError> {
    looked.waiting = todo.len() as u64;
    let sizes: BTreeSet<u64> = todo.iter().map(|source| source.bytes).collect();
    let mut files = Vec::new();
    for argument in evidence {
        let (found, unreadable) = list(argument)?;
        looked.unreadable.extend(unreadable);
        files.extend(found);
    }
    // A file of no wanted size need not be hashed.
    let wanted = |path: &Path| std::fs::metadata(path).is_ok_and(|m| sizes.contains(&m.len()));
    files.retain(|file| wanted(&file.path));
    let total = files.iter().filter_map(|file| std::fs::metadata(&file.path).ok());
    progress(Progress::Begin(Step::Hash, total.map(|meta| meta.len()).sum()));
    let hashed: Vec<_> = files
        .into_par_iter()
        .map(|file| {
            let hashed = hash_file_with(&file.path, &mut |n| progress(Progress::Advance(n)));
            (file.path, hashed)
        })
        .collect();
    progress(Progress::End);
    let mut at_hand = BTreeMap::new();
    for (path, hashed) in hashed {
        match hashed {
            Ok(hashed) => drop(at_hand.insert(hashed.id.to_string(), path)),
            Err(error) => looked.unreadable.push(error.to_string()),
        }
    }
    Ok(at_hand)
}

type Group = Vec<(SourceEntry, PathBuf)>;

/// Sources at hand, small ones together, in the order of their paths.
fn groups(todo: Vec<SourceEntry>, at_hand: &BTreeMap<String, PathBuf>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let (mut open, mut bytes): (Group, u64) = (Vec::new(), 0);
    for source in todo {
        let Some(path) = at_hand.get(&source.id) else { continue };
        let size = source.bytes;
        if !open.is_empty() && (bytes + size > GROUP_BYTES || open.len() >= GROUP_SOURCES) {
            groups.push(std::mem::take(&mut open));
            bytes = 0;
        }
        bytes += size;
        open.push((source, path.clone()));
    }
    if !open.is_empty() {
        groups.push(open);
    }
    groups
}

fn unit_id(group: &Group, policy: &Policy) -> String {
    let (version, digest) = (deep::VERSION.to_string(), policy.digest());
    let mut parts: Vec<&[u8]> = vec![b"deep", version.as_bytes(), digest.as_bytes()];
    for (source, _) in group {
        parts.extend([source.path.as_bytes(), source.id.as_bytes()]);
    }
    format!("d-{}", short_hash(&parts))
}

/// Uids of stored mails that have attachments: what was refused is not among them.
fn stored(case: &Path) -> Result<BTreeSet<String>, CaseError> {
    #[derive(serde::Deserialize)]
    struct Uid {
        message_uid: String,
    }
    let session = Session::open(&Lake::open(case)?, MailboxRule::default())?;
    let rows: Vec<Uid> = session.rows(
        "SELECT DISTINCT message_uid FROM records_messages WHERE cardinality(attachments) > 0",
    )?;
    Ok(rows.into_iter().map(|row| row.message_uid).collect())
}

/// What all groups share.
struct Work<'w> {
    policy: &'w Policy,
    stored: &'w BTreeSet<String>,
    /// By SHA-256.
    known: Mutex<BTreeMap<String, Arc<Deep>>>,
}

/// What a group gave.
#[derive(Default)]
struct Rows {
    attachments: BTreeMap<(String, String), DeepAttachment>,
    observables: BTreeSet<Observable>,
    anomalies: BTreeSet<Anomaly>,
}

impl Work<'_> {
    fn group(
        &self,
        group: &Group,
        mut unit: UnitWriter,
    ) -> Result<(UnitWriter, UnitEntry, u64), LakeError> {
        let mut rows = Rows::default();
        let mut sources = Vec::new();
        for (source, path) in group {
            self.source(source, path, &mut rows);
            sources.push(SourceEntry {
                path: source.path.clone(),
                id: source.id.clone(),
                bytes: source.bytes,
                ..SourceEntry::default()
            });
        }
        let attachments: Vec<DeepAttachment> = rows.attachments.into_values().collect();
        let (tables, _) = unit.parts();
        tables.push(&attachments)?;
        let observables: Vec<Observable> = rows.observables.into_iter().collect();
        tables.push_observables(observables)?;
        let anomalies: Vec<Anomaly> = rows.anomalies.into_iter().collect();
        tables.push(&anomalies)?;
        sources.sort();
        let entry = UnitEntry {
            sources,
            policy: self.policy.digest(),
            deep: deep::VERSION,
            ..UnitEntry::default()
        };
        Ok((unit, entry, anomalies.len() as u64))
    }

    fn source(&self, source: &SourceEntry, path: &Path, rows: &mut Rows) {
        let id = SourceId::from_stored(source.id.clone());
        let mut batch: Vec<Message> = Vec::new();
        let mut bytes = 0;
        let walked = walk(path, &source.path, &id, &Limits::default(), &mut |mut member| {
            member.keep_content();
            let read = catch_unwind(AssertUnwindSafe(|| {
                demarche_readers::read_member(&mut member, &mut |record| {
                    let Record::Message(message) = record else { return };
                    if !self.stored.contains(message.message_uid.as_str()) {
                        return;
                    }
                    bytes += message.attachments.iter().map(length).sum::<usize>();
                    batch.push(*message);
                    if bytes > BATCH_BYTES || batch.len() >= BATCH_MAILS {
                        self.batch(&mut batch, rows);
                        bytes = 0;
                    }
                });
            }));
            // That reading ended early was said when the source was ingested.
            drop(read);
        });
        self.batch(&mut batch, rows);
        if let Err(error) = walked {
            let evidence =
                EvidenceRef { source: id, path: source.path.clone(), ..EvidenceRef::default() };
            rows.anomalies.insert(Anomaly {
                evidence,
                reader: "deep".to_owned(),
                reason: error.to_string(),
            });
        }
    }

    /// Looks into the attachments of some mails, each once, side by side.
    fn batch(&self, batch: &mut Vec<Message>, rows: &mut Rows) {
        let lock = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut new: BTreeMap<&str, &[u8]> = BTreeMap::new();
        for attachment in batch.iter().flat_map(|message| &message.attachments) {
            if let Some(content) = attachment.content.as_deref().filter(|_| is_read(attachment)) {
                new.insert(&attachment.sha256, content);
            }
        }
        let mut here: BTreeMap<String, Arc<Deep>> = BTreeMap::new();
        {
            let known = lock();
            new.retain(|sha256, _| {
                let deep = known.get(*sha256);
                here.extend(deep.map(|deep| ((*sha256).to_owned(), Arc::clone(deep))));
                deep.is_none()
            });
        }
        let read: Vec<(String, Arc<Deep>)> = new
            .into_par_iter()
            .map(|(sha256, content)| (sha256.to_owned(), Arc::new(deep::read(content))))
            .collect();
        {
            let mut known = lock();
            for (sha256, deep) in &read {
                if known.len() < MAX_KNOWN {
                    known.insert(sha256.clone(), Arc::clone(deep));
                }
            }
        }
        here.extend(read);
        for message in batch.drain(..) {
            self.message(&message, &here, rows);
        }
    }

    fn message(&self, message: &Message, found: &BTreeMap<String, Arc<Deep>>, rows: &mut Rows) {
        let headers = message.delivered_to.iter().map(String::as_str);
        let rule = self.policy.rule();
        let mailbox = rule.mailbox(headers, &message.folder, &message.evidence.path);
        let private = self.policy.of(&mailbox) == Treatment::WithoutBody;
        for attachment in &message.attachments {
            let Some(deep) = found.get(&attachment.sha256) else { continue };
            let mut deep = Deep::clone(deep);
            if private {
                deep.strip_names();
            }
            rows.observables.extend(observable::of_attachment(message, &deep));
            for problem in &deep.problems {
                rows.anomalies.insert(Anomaly {
                    evidence: message.evidence.clone(),
                    reader: "deep".to_owned(),
                    reason: format!("attachment `{:.100}`: {problem}", attachment.name),
                });
            }
            let key = (message.evidence.source.to_string(), attachment.sha256.clone());
            rows.attachments.entry(key).or_insert_with(|| DeepAttachment {
                sha256: attachment.sha256.clone(),
                name: attachment.name.clone(),
                size: attachment.size,
                content_type: attachment.content_type.clone(),
                kind: deep.kind,
                tlsh: deep.tlsh,
                urls: deep.urls,
                members: deep.members,
                macros: deep.macros,
                message_uid: message.message_uid.clone(),
                evidence: message.evidence.clone(),
            });
        }
    }
}

fn length(attachment: &Attachment) -> usize {
    attachment.content.as_ref().map_or(0, Vec::len)
}

/// Attached messages are read as messages are, with their links and attachments.
fn is_read(attachment: &Attachment) -> bool {
    !matches!(
        &*attachment.content_type,
        "message/rfc822" | "message/global" | "application/vnd.ms-outlook"
    )
}
