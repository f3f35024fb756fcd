//! One privileged message, read again from its source: two keys, a reason, an entry in the
//! custody log. Its body goes to whoever asked and never into the case.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use demarche_core::EvidenceRef;
use demarche_core::custody::Entry;
use demarche_dossier::{PublicKey, SigningKey};
use serde_json::{Value, json};

use super::{CaseError, inputs, locations, mandate, policy, verify};

/// Largest message that is read.
const MOST_BYTES: u64 = 256 << 20;

/// Who may unlock, of whom two must agree.
fn registered(entries: &[Entry]) -> BTreeSet<String> {
    let stated = entries.iter().filter(|entry| entry.action == "unlocker");
    stated
        .filter_map(|entry| mandate::detail(entry).get("key").and_then(Value::as_str))
        .map(str::to_owned)
        .collect()
}

/// Registers the public key of one who may unlock.
///
/// # Errors
/// What the custody log says.
pub fn register(case: &Path, key: &PublicKey) -> Result<(), CaseError> {
    // The log must hold together before anybody is trusted by it.
    let known = registered(&mandate::entries(case)?);
    if known.contains(&key.to_string()) {
        return Ok(());
    }
    super::make_folder(case)?;
    super::custody(case).append("unlocker", json!({ "key": key.to_string() }))?;
    Ok(())
}

/// What to unlock, who asks, and why.
#[derive(Debug)]
pub struct Request<'a> {
    /// The message's uid, as `show messages` prints it.
    pub message: &'a str,
    /// Keys of two who may unlock.
    pub keys: &'a [SigningKey],
    /// Why; stays in the log.
    pub reason: &'a str,
    /// Where the evidence lies now; empty for where it lay at ingest.
    pub evidence: &'a [PathBuf],
    /// Where the body goes, for the log: a file's path or `standard output`.
    pub to: &'a str,
}

/// The message's bytes as they stand in its source.
///
/// # Errors
/// Fewer than two registered keys, no reason, no such privileged message, or a source that
/// is gone or changed.
pub fn unlock(case: &Path, request: &Request<'_>) -> Result<Vec<u8>, CaseError> {
    let refuse =
        |what: &str, hint: &str| CaseError::Usage { what: what.to_owned(), hint: hint.to_owned() };
    if request.reason.trim().len() < 8 {
        return Err(refuse("a reason is needed", "--reason, in words that can be checked later"));
    }
    let known = registered(&mandate::entries(case)?);
    let given: BTreeSet<String> = request.keys.iter().map(|key| key.public().to_string()).collect();
    if let Some(stranger) = given.iter().find(|key| !known.contains(*key)) {
        return Err(refuse(
            &format!("the key {stranger} may not unlock"),
            "register those who may, beforehand: demarche unlock --register PUBLIC_KEY",
        ));
    }
    if given.len() < 2 {
        return Err(refuse(
            "two different keys are needed",
            "each of the two hands in a key: --key FILE --key FILE",
        ));
    }
    let evidence = find(case, request.message)?;
    let places = match request.evidence {
        [] => locations::known(case),
        given => given.to_vec(),
    };
    let bytes = verify::open(&evidence, &places, MOST_BYTES)?;
    let asked = format!("unlock {}\n{}\n", request.message, request.reason);
    let signatures: Vec<Value> = request
        .keys
        .iter()
        .map(|key| {
            let signed = demarche_dossier::sign_text(&asked, key);
            json!({ "key": key.public().to_string(), "note": signed })
        })
        .collect();
    super::custody(case).append(
        "unlock",
        json!({ "message": request.message, "reason": request.reason, "to": request.to,
            "evidence": evidence, "signatures": signatures }),
    )?;
    Ok(bytes)
}

/// Where a privileged message stands.
fn find(case: &Path, message: &str) -> Result<EvidenceRef, CaseError> {
    #[derive(serde::Deserialize)]
    struct Row {
        mailbox: String,
        evidence: EvidenceRef,
    }
    let is_uid = message.starts_with("m1:")
        && message[3..].chars().all(|c| c.is_ascii_hexdigit() || c == ':');
    let none = || CaseError::Usage {
        what: format!("no privileged message `{message}`"),
        hint: "its uid stands in: demarche show messages".to_owned(),
    };
    if !is_uid {
        return Err(none());
    }
    let session = super::session(case)?;
    let rows: Vec<Row> = session.rows(&format!(
        "SELECT mailbox, evidence FROM messages WHERE message_uid = '{message}' ORDER BY mailbox"
    ))?;
    let roster = inputs::roster(&session)?;
    let policy = policy::Policy::new(&roster, demarche_core::custody::now());
    rows.into_iter()
        .find(|row| policy.of(&row.mailbox) == policy::Treatment::WithoutBody)
        .map(|row| row.evidence)
        .ok_or_else(none)
}
