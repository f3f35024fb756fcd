//! YARA over stored messages: each message as it stood, and each of its parts decoded.
//!
//! A part that lies in a thousand messages is scanned once, known by its SHA-256. What
//! matched in it is a finding of every message that carries it; the finding cites the
//! message's range and names the part.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Mutex;

use demarche_core::id::{sha256_hex, short_hash};
use demarche_core::{Anomaly, Finding};
use demarche_detect::yara::{Cut, Hit, Scanner, Signatures};
use demarche_lake::{Lake, Session};
use rayon::prelude::*;

use crate::case::parts::{Opened, open_messages};
use crate::case::{CaseError, Progress};

/// Failures that are told one by one.
const MAX_TOLD: usize = 20;

/// What a scan gave.
#[derive(Default)]
pub(super) struct Found {
    pub(super) findings: Vec<Finding>,
    pub(super) anomalies: Vec<Anomaly>,
    pub(super) problems: Vec<String>,
    /// Sources that were read again.
    pub(super) sources: BTreeSet<String>,
}

/// What matched in a thing that may come again, and whether a bound was met.
type Outcome = (Vec<Hit>, Option<Cut>);

/// Scans every stored message whose source is at hand.
pub(super) fn scan(
    signatures: &Signatures,
    lake: &Lake,
    session: &Session,
    evidence: &[PathBuf],
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Found, CaseError> {
    let mut found = Found::default();
    // Every part seen, and of those with something to say what.
    let seen: Mutex<BTreeMap<String, Outcome>> = Mutex::new(BTreeMap::new());
    let reopened = open_messages(lake, session, evidence, progress, &mut |batch| {
        // A scanner stays on its thread; each scans a share of the batch.
        let size = batch.len().div_ceil(rayon::current_num_threads()).max(1);
        let each: Vec<Found> = batch
            .par_chunks(size)
            .map(|messages| {
                let mut scanner = signatures.scanner();
                let mut found = Found::default();
                for message in messages {
                    scan_message(message, &mut scanner, &seen, &mut found);
                }
                found
            })
            .collect();
        for part in each {
            found.findings.extend(part.findings);
            found.anomalies.extend(part.anomalies);
        }
        found.sources.extend(batch.iter().map(|message| message.evidence.source.to_string()));
    })?;
    for (n, what) in [
        (reopened.withheld, "messages lie in sources that are not at hand: not scanned"),
        (reopened.privileged, "messages of privileged mailboxes: not opened"),
    ] {
        if n > 0 {
            found.problems.push(format!("yara: {n} {what}"));
        }
    }
    let more = reopened.failures.len().saturating_sub(MAX_TOLD);
    let told = reopened.failures.iter().take(MAX_TOLD);
    found.problems.extend(told.map(|failure| format!("yara: {failure}")));
    if more > 0 {
        found.problems.push(format!("yara: and {more} more of the kind"));
    }
    Ok(found)
}

fn scan_message(
    message: &Opened,
    scanner: &mut Scanner<'_>,
    seen: &Mutex<BTreeMap<String, Outcome>>,
    found: &mut Found,
) {
    if let Some(bytes) = message.bytes() {
        report(message, "the message", scanner.scan(bytes), found);
    } else {
        report(message, "the header", scanner.scan(message.headers()), found);
    }
    let problems = message.parts(&mut |part| {
        if part.bytes.is_empty() {
            return;
        }
        let key = sha256_hex(&part.bytes);
        let known =
            seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get(&key).cloned();
        let outcome = known.unwrap_or_else(|| {
            let outcome = scanner.scan(&part.bytes);
            let mut seen = seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            seen.insert(key.clone(), outcome.clone());
            outcome
        });
        let name: String = part.name.chars().take(100).collect();
        let name = if name.is_empty() { part.content_type.clone() } else { name };
        let place = format!("part {} `{name}` (sha256 {key})", part.number);
        report(message, &place, outcome, found);
    });
    // What could not be read of a message was said when it was ingested.
    drop(problems);
}

fn report(message: &Opened, place: &str, (hits, cut): Outcome, found: &mut Found) {
    for hit in hits {
        let uid = message.message_uid.as_str();
        let parts = [hit.rule.as_bytes(), uid.as_bytes(), place.as_bytes()];
        found.findings.push(Finding {
            finding_uid: format!("n1:{}", short_hash(&parts)),
            title: format!("{} in {place}", hit.title),
            rule: hit.rule,
            severity: hit.severity,
            time: message.time,
            subject: message.mailbox.clone(),
            techniques: hit.techniques,
            record_uid: uid.to_owned(),
            evidence: message.evidence.clone(),
        });
    }
    if let Some(cut) = cut {
        found.anomalies.push(Anomaly {
            evidence: message.evidence.clone(),
            reader: "yara".to_owned(),
            reason: format!("{place}: {cut}"),
        });
    }
}
