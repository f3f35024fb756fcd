//! One account's life from the tables. The model is the dossier's, so that the screen and
//! the report's page say the same.

use std::path::Path;

use demarche_core::{CoverageEntry, Event, Exposure, Finding, Intrusion, RosterEntry, Wave};
use demarche_dossier::account::{Input, Life};
use demarche_lake::Session;

use super::{CaseError, inputs};

/// The life of an account, mailbox or number of a case.
///
/// # Errors
/// [`CaseError::Usage`] when the case holds nothing of it; no case; what its files say.
pub fn account(case: &Path, name: &str) -> Result<Life, CaseError> {
    let session = super::session(case)?;
    let life = life(&session, name)?;
    let known = life.events > 0
        || life.messages > 0
        || !life.intrusions.is_empty()
        || !life.waves.is_empty()
        || !life.name.is_empty();
    if !known {
        return Err(CaseError::Usage {
            what: format!("the case holds nothing of `{name}`"),
            hint: "accounts are named as in `show events`, `show messages` and `show roster`"
                .to_owned(),
        });
    }
    Ok(life)
}

/// As [`account`], over an open session, of an account of which there may be nothing.
///
/// # Errors
/// What the case's files say.
pub fn life(session: &Session, name: &str) -> Result<Life, CaseError> {
    let name = name.trim().to_lowercase();
    let quoted = format!("'{}'", name.replace('\'', "''"));
    let roster: Vec<RosterEntry> = inputs::roster(session)?
        .into_iter()
        .filter(|entry| entry.addresses.contains(&name) || entry.phones.contains(&name))
        .collect();
    let events: Vec<Event> = session.rows(&format!(
        "SELECT * FROM events WHERE account = {quoted} OR actor = {quoted} \
         ORDER BY time, event_uid"
    ))?;
    let findings: Vec<Finding> = session.rows(&format!(
        "SELECT * FROM findings WHERE subject = {quoted} ORDER BY time, rule, finding_uid"
    ))?;
    let exposures: Vec<Exposure> = session.rows(&format!(
        "SELECT * FROM exposures WHERE recipient = {quoted} ORDER BY wave_id, state, time"
    ))?;
    let intrusions: Vec<Intrusion> = session.rows(&format!(
        "SELECT * FROM intrusions WHERE account = {quoted} ORDER BY first_access, intrusion_id"
    ))?;
    let waves: Vec<Wave> = session.rows(&format!(
        "SELECT * FROM waves WHERE array_has(recipients, {quoted}) ORDER BY first_seen, wave_id"
    ))?;
    let coverage: Vec<CoverageEntry> = session
        .rows(r#"SELECT * FROM coverage ORDER BY source, account, "from", "to", inferred, note"#)?;
    let messages =
        session.count(&format!("SELECT message_uid FROM messages WHERE mailbox = {quoted}"))?;
    Ok(Life::of(&Input {
        account: &name,
        roster: &roster,
        events: &events,
        messages,
        coverage: &coverage,
        findings: &findings,
        waves: &waves,
        exposures: &exposures,
        intrusions: &intrusions,
    }))
}
