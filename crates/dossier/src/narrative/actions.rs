//! What to do now, most urgent first.
//!
//! Advice for the one who holds the evidence. Nothing here is done by the program, and
//! nothing in it asks to open what the attacker sent.

use std::collections::BTreeSet;

use demarche_core::{Finding, Intrusion, IntrusionStatus, UtcMicros};

use super::{Teller, covers, feature_words};
use crate::catalogue::{say, tr};
use crate::model::Statement;
use crate::words::{self, is_likely};

/// One step.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Action {
    /// Whether it concerns access that goes on.
    pub urgent: bool,
    /// Imperative, few words.
    pub title: String,
    /// What, where, why.
    pub statement: Statement,
}

/// Accounts with steps of their own; the rest is counted.
const MOST_ACCOUNTS: usize = 12;

/// Parts of feature names and finding titles that mean something that stays in place
/// after the session ends and must be removed by hand.
const LASTING: [&str; 12] = [
    "rule",
    "forward",
    "consent",
    "delegate",
    "permission",
    "oauth",
    "app_password",
    "application",
    "transport",
    "registered_device",
    "mfa_method",
    "sim",
];

pub(super) fn tell(teller: &mut Teller<'_>) -> Vec<Action> {
    let report = teller.report;
    let mut actions = Vec::new();
    let open: Vec<&Intrusion> = report
        .intrusions
        .iter()
        .filter(|row| is_likely(row.probability) && row.status != IntrusionStatus::Ended)
        .collect();
    for row in open.iter().take(MOST_ACCOUNTS) {
        actions.push(cut_off(teller, row));
        actions.extend(remove(teller, row));
    }
    let ended: Vec<&Intrusion> = report
        .intrusions
        .iter()
        .filter(|row| is_likely(row.probability) && row.status == IntrusionStatus::Ended)
        .collect();
    for row in ended.iter().take(MOST_ACCOUNTS) {
        actions.extend(remove(teller, row));
    }
    actions.extend(preserve(teller));
    actions.extend(warn(teller));
    if report.waves.iter().any(|wave| is_likely(wave.probability)) {
        let text = tr(
            "Do not open the links or images of these mails, not even to look: each holds a mark of \
             its recipient, and opening it tells the sender who reads, where and with what. Hand \
             over the mail file itself.",
        )
        .into_owned();
        let statement =
            teller.state("action", (text, Vec::new()), "advice: tokens unique to recipients", []);
        let title = tr("Leave the links unopened").into_owned();
        actions.push(Action { urgent: false, title, statement });
    }
    actions
}

fn cut_off(teller: &mut Teller<'_>, row: &Intrusion) -> Action {
    let urgent = row.status == IntrusionStatus::Active;
    let is = |kind: &str| row.kinds.iter().any(|k| k == kind);
    let sentence = teller.sentence().person(&row.account);
    let (title, sentence) = if is("call_records") && row.kinds.len() == 1 {
        let login = if row.actor.is_empty() {
            tr("the login in question").into_owned()
        } else {
            row.actor.clone()
        };
        (
            tr("Close the record look-ups"),
            sentence
                .say(&tr(": suspend this login in the call-record system: "))
                .detail(&login)
                .say(&tr(
                    ". Keep its logs, and ask the operator who looked up this number besides. \
                     Look-ups at other carriers cannot be seen from here.",
                )),
        )
    } else if is("mail_server") {
        (
            tr("Isolate the mail server"),
            sentence.say(&tr(
                ": take it off the network without switching it off, keep its memory and disks, \
                 then replace every secret that it held.",
            )),
        )
    } else {
        (
            tr("Revoke all sessions"),
            sentence.say(&tr(
                ": from a clean machine, revoke every session and refresh token first, then change \
                 the password and enrol the second factor anew. Changing the password alone leaves \
                 tokens alive.",
            )),
        )
    };
    let why = if urgent {
        tr(" Access was still active at the end of the logs.")
    } else {
        tr(" Whether access goes on cannot be told from the logs at hand.")
    };
    let sentence = sentence.say(&why).done();
    let evidence: Vec<_> = row.evidence.iter().rev().take(10).collect();
    let statement = teller.state(&row.intrusion_id, sentence, "advice: open intrusion", evidence);
    Action { urgent, title: title.into_owned(), statement }
}

fn lasting(name: &str) -> bool {
    let name = name.to_lowercase().replace([' ', '-'], "_");
    LASTING.iter().any(|part| name.contains(part))
}

/// Rules, consents and delegates by name: features of the intrusion and findings on its
/// account that speak of lasting artefacts.
fn remove(teller: &mut Teller<'_>, row: &Intrusion) -> Option<Action> {
    let features: Vec<_> = row
        .features
        .iter()
        .filter(|part| part.log_likelihood_ratio.0 > 0 && lasting(&part.name))
        .collect();
    let findings: Vec<&Finding> = teller
        .report
        .findings
        .iter()
        .filter(|finding| finding.subject == row.account && lasting(&finding.title))
        .collect();
    if features.is_empty() && findings.is_empty() {
        return None;
    }
    let names: BTreeSet<String> = features
        .iter()
        .map(|part| feature_words(part))
        .chain(
            findings
                .iter()
                .map(|finding| format!("{} ({})", finding.title, words::day(finding.time))),
        )
        .collect();
    let names: Vec<String> = names.into_iter().collect();
    let sentence = teller
        .sentence()
        .person(&row.account)
        .say(&tr(": export first, then remove what would outlive a new password: "))
        .detail(&words::list(&names, 6))
        .say(".")
        .done();
    let evidence: Vec<_> = features
        .iter()
        .flat_map(|part| &part.evidence)
        .chain(findings.iter().map(|finding| &finding.evidence))
        .collect();
    let statement =
        teller.state(&row.intrusion_id, sentence, "advice: lasting artefacts", evidence);
    let urgent = row.status == IntrusionStatus::Active;
    Some(Action { urgent, title: tr("Remove rules and consents").into_owned(), statement })
}

/// What expires, computed from how far back each kind of log reached when collected.
fn preserve(teller: &mut Teller<'_>) -> Option<Action> {
    let report = teller.report;
    let earliest = report
        .intrusions
        .iter()
        .filter(|row| is_likely(row.probability))
        .filter_map(|row| row.first_access)
        .chain(
            report
                .waves
                .iter()
                .filter(|row| is_likely(row.probability))
                .filter_map(|row| row.first_seen),
        )
        .min()?;
    let mut short = Vec::new();
    let mut dated = Vec::new();
    for cover in covers(report, None) {
        let kind = words::source_kind(&cover.kind);
        let (Some(first), Some(last)) = (cover.intervals.first(), cover.intervals.last()) else {
            continue;
        };
        let (Some(from), Some(to)) = (first.0, last.1) else { continue };
        let window = to.micros().saturating_sub(from.micros());
        if window < UtcMicros::DAY || cover.kind == "mail" {
            continue;
        }
        if from > earliest {
            short.push(say!("{kind} to {day}", kind = kind, day = from.date()));
        } else {
            let gone = earliest.saturating_add(window);
            dated.push(say!("{kind} after {day}", kind = kind, day = gone.date()));
        }
    }
    let mut text =
        tr("Put a hold on sign-in, audit, web and call-record logs today and export them again.")
            .into_owned();
    if !dated.is_empty() {
        text.push_str(&say!(
            " If the system keeps them as long as this collection reached back, its own copy of the \
             first trace ({first}) is gone: {kinds}.",
            first = earliest.date(),
            kinds = words::list(&dated, 8)
        ));
    }
    if !short.is_empty() {
        text.push_str(&say!(
            " Some reached back less far than the first trace ({first}): {kinds}. Their oldest \
             entries expire next; ask now for archives and backups.",
            first = earliest.date(),
            kinds = words::list(&short, 8)
        ));
    }
    if dated.is_empty() && short.is_empty() {
        text.push_str(&tr(
            " How long they are kept could not be told from the evidence; half a year is common.",
        ));
    }
    let entries = report.coverage.iter().filter_map(|entry| entry.evidence.as_ref());
    let evidence: Vec<_> = entries.take(20).collect();
    let how = "advice: retention computed from coverage";
    let statement = teller.state("action", (text, Vec::new()), how, evidence);
    let title = tr("Keep the logs before they expire").into_owned();
    Some(Action { urgent: false, title, statement })
}

fn warn(teller: &mut Teller<'_>) -> Option<Action> {
    let report = teller.report;
    let told: BTreeSet<&String> = report
        .waves
        .iter()
        .filter(|wave| is_likely(wave.probability))
        .flat_map(|wave| &wave.recipients)
        .chain(
            report
                .intrusions
                .iter()
                .filter(|row| is_likely(row.probability))
                .map(|row| &row.account),
        )
        .collect();
    if told.is_empty() {
        return None;
    }
    let told: Vec<String> = told.into_iter().cloned().collect();
    let sentence = teller
        .sentence()
        .say(&tr("Warn these people: "))
        .people(&told, 4)
        .say(&tr(
            ". In person, by telephone call-back to a known number or on paper; never through the \
             mailbox or number concerned, which the intruder may read. Their private and family \
             accounts may be targets too.",
        ))
        .done();
    let statement = teller.state("action", sentence, "advice: recipients and accounts", []);
    let title = tr("Warn people by another way").into_owned();
    Some(Action { urgent: false, title, statement })
}
