//! Short answers to the four questions.

use std::collections::{BTreeMap, BTreeSet};

use demarche_core::{Exposure, ExposureState, Hypothesis, IntrusionStatus, Probability, Wave};

use super::{Teller, evidence_of, rows};
use crate::catalogue::{say, tr};
use crate::evidence::cited;
use crate::inert::inert;
use crate::model::{Report, Statement};
use crate::words::{self, is_likely};

/// Intrusions told one by one in the summary; the section has all.
const MOST: usize = 8;

pub(super) fn tell(teller: &mut Teller<'_>) -> [Vec<Statement>; 4] {
    [targeted(teller), broken_into(teller), behind_it(teller), proof(teller)]
}

pub(super) fn plain(text: String) -> (String, Vec<String>) {
    (text, Vec::new())
}

fn targeted(teller: &mut Teller<'_>) -> Vec<Statement> {
    let report = teller.report;
    let told: Vec<&Wave> = report.waves.iter().filter(|wave| is_likely(wave.probability)).collect();
    let weaker = report.waves.len() - told.len();
    let mut answers = Vec::new();
    if told.is_empty() {
        if report.withholds("wave") {
            let text = say!(
                "Waves are withheld under the policy \u{201c}{policy}\u{201d}.",
                policy = inert(&report.redacted_by, 80)
            );
            return vec![teller.state("summary", plain(text), "redaction: waves withheld", [])];
        }
        let text = say!(
            "No burst of mail among {messages} in {mailboxes} was weighed as \u{201c}likely\u{201d} \
             targeted or higher{below}. This says what was looked at, and is no finding that nobody \
             was targeted: see what was not covered.",
            messages = words::count(index(report.totals.messages), "message", "messages"),
            mailboxes = words::count(index(report.totals.mailboxes), "mailbox#in", "mailboxes#in"),
            below = match weaker {
                0 => String::new(),
                n => say!(
                    "; {bursts} below that",
                    bursts = words::count(n, "burst lies", "bursts lie")
                ),
            }
        );
        answers.push(teller.state("summary", plain(text), "campaign: all waves", []));
        return answers;
    }
    let recipients: BTreeSet<&str> =
        told.iter().flat_map(|wave| wave.recipients.iter().map(String::as_str)).collect();
    let first = told.iter().filter_map(|wave| wave.first_seen).min();
    let last = told.iter().filter_map(|wave| wave.last_seen).max();
    let surest = told.iter().map(|wave| wave.probability).max().unwrap_or_default();
    let weakest = told.iter().map(|wave| wave.probability).min().unwrap_or_default();
    let sure = if words::term(surest) == words::term(weakest) {
        say!("each {likely}", likely = words::likelihood(weakest))
    } else {
        say!(
            "from {weakest} to {surest}#likelihood",
            weakest = words::likelihood(weakest),
            surest = words::likelihood(surest)
        )
    };
    let text = say!(
        "{waves} of targeted mail reached {mailboxes} {span}; {sure}.{below}",
        waves = words::count(told.len(), "wave", "waves"),
        mailboxes = words::count(recipients.len(), "mailbox", "mailboxes"),
        span = words::span(first, last),
        sure = sure,
        below = match weaker {
            0 => String::new(),
            n => say!(
                " {bursts} listed below, less than likely.",
                bursts = words::count(n, "more burst is", "more bursts are")
            ),
        }
    );
    let evidence: Vec<_> =
        told.iter().flat_map(|wave| evidence_of(&wave.features).take(3)).collect();
    answers.push(teller.state(
        "summary",
        plain(text),
        "campaign: waves at likely or above",
        evidence,
    ));

    let groups: BTreeSet<&str> =
        told.iter().flat_map(|wave| wave.target_groups.iter().map(String::as_str)).collect();
    if !groups.is_empty() {
        let groups: Vec<String> = groups.into_iter().map(|group| inert(group, 60)).collect();
        let text = say!(
            "The recipients have more in common than chance would give: {groups}.",
            groups = words::list(&groups, 6)
        );
        answers.push(teller.state("summary", plain(text), "campaign: roster-group lift", []));
    }
    answers.extend(reactions(teller, &told));
    answers
}

/// Who loaded an image or followed a link, over the waves told.
fn reactions(teller: &mut Teller<'_>, told: &[&Wave]) -> Option<Statement> {
    let waves: BTreeSet<&str> = told.iter().map(|wave| wave.wave_id.as_str()).collect();
    let rows: Vec<&Exposure> =
        teller.report.exposures.iter().filter(|row| waves.contains(row.wave_id.as_str())).collect();
    if rows.is_empty() {
        return None;
    }
    let who = |state: ExposureState| -> Vec<String> {
        let who: BTreeSet<&String> =
            rows.iter().filter(|row| row.state == state).map(|row| &row.recipient).collect();
        who.into_iter().cloned().collect()
    };
    let (clicked, fetched) = (who(ExposureState::Clicked), who(ExposureState::Fetched));
    let unknown = who(ExposureState::Unknown).len();
    let mut sentence = teller.sentence();
    sentence = if clicked.is_empty() {
        sentence.say(&tr("No followed link stands in the web logs at hand"))
    } else {
        sentence.say(&tr("The link was followed by ")).people(&clicked, 5)
    };
    sentence = if fetched.is_empty() {
        sentence.say(&tr("; no loaded image stands there"))
    } else {
        sentence
            .say(&tr(
                "; the tracking image, which reports address, device and place, was loaded by ",
            ))
            .people(&fetched, 5)
    };
    if unknown > 0 {
        sentence = sentence.say(&say!(
            "; for {recipients} nothing can be said beyond delivery, since no web log covers them",
            recipients = words::count(unknown, "recipient", "recipients")
        ));
    }
    let sentence = sentence.say(".").done();
    let evidence =
        rows.iter().filter(|row| row.state >= ExposureState::Fetched).flat_map(|row| &row.evidence);
    let evidence: Vec<_> = evidence.collect();
    Some(teller.state("summary", sentence, "exposure: mail joined to web records", evidence))
}

fn broken_into(teller: &mut Teller<'_>) -> Vec<Statement> {
    let report = teller.report;
    let told: Vec<_> = report.intrusions.iter().filter(|row| is_likely(row.probability)).collect();
    let weaker = report.intrusions.len() - told.len();
    let mut answers = Vec::new();
    if told.is_empty() {
        if report.withholds("intrusion") {
            let text = say!(
                "Intrusions are withheld under the policy \u{201c}{policy}\u{201d}.",
                policy = inert(&report.redacted_by, 80)
            );
            return vec![teller.state(
                "summary",
                plain(text),
                "redaction: intrusions withheld",
                [],
            )];
        }
        let text = say!(
            "No access in {events}, {fetches} and {lookups} was weighed as \u{201c}likely\u{201d} \
             unauthorised or higher{below}. This is no finding that nobody was broken into: see \
             what was not covered.",
            events = words::count(index(report.totals.events), "audit event", "audit events"),
            fetches = words::count(index(report.totals.fetches), "web record", "web records"),
            lookups =
                words::count(index(report.totals.lookups), "record look-up", "record look-ups"),
            below = match weaker {
                0 => String::new(),
                n => say!("; {rows} below that", rows = words::count(n, "row lies", "rows lie")),
            }
        );
        answers.push(teller.state("summary", plain(text), "intrusion: all rows", []));
        return answers;
    }
    let active = told.iter().filter(|row| row.status == IntrusionStatus::Active).count();
    let accounts: BTreeSet<&str> = told.iter().map(|row| row.account.as_str()).collect();
    let text = say!(
        "{periods} to {accounts}, weighed as likely unauthorised or higher{active}.",
        periods = words::count(told.len(), "period of access", "periods of access"),
        accounts = words::count(accounts.len(), "account or number#to", "accounts or numbers#to"),
        active = match active {
            0 => tr("; none is known to go on").into_owned(),
            n => say!(
                "; {rows} active at the end of the logs",
                rows = words::count(n, "is still", "are still")
            ),
        }
    );
    let evidence: Vec<_> = told.iter().flat_map(|row| row.evidence.iter().take(3)).collect();
    answers.push(teller.state(
        "summary",
        plain(text),
        "intrusion: rows at likely or above",
        evidence,
    ));
    for row in told.iter().take(MOST) {
        let sentence = rows::intrusion_sentence(teller, row);
        let evidence: Vec<_> = row.evidence.iter().take(20).collect();
        answers.push(teller.state(
            &row.intrusion_id,
            sentence,
            "intrusion: joined events",
            evidence,
        ));
    }
    answers
}

/// The leading operator of each campaign, and of each intrusion that none explains, the
/// most probable of these first; where it is "unknown", the most probable name after it
/// besides, so that a reader learns what was weighed. Other tiers stand in the rows.
pub(crate) fn leading(report: &Report) -> Vec<&Hypothesis> {
    let campaigns = report.campaigns.iter().map(|row| (&row.campaign_id, row.probability));
    let intrusions = report.intrusions.iter().map(|row| (&row.intrusion_id, row.probability));
    let weight: BTreeMap<&String, Probability> = campaigns.chain(intrusions).collect();
    // Already sorted: subject, tier, most probable first.
    let mut subjects: Vec<&[Hypothesis]> = report
        .hypotheses
        .chunk_by(|a, b| a.campaign_id == b.campaign_id && a.tier == b.tier)
        .filter(|rows| rows.first().is_some_and(|row| row.tier == "operator"))
        .collect();
    // Stable: equals stay in reading order.
    subjects.sort_by_key(|rows| {
        std::cmp::Reverse(rows.first().and_then(|row| weight.get(&row.campaign_id)).copied())
    });
    subjects
        .into_iter()
        .flat_map(|rows| {
            let named = rows.iter().find(|row| row.name != "unknown");
            let first = rows.first();
            let second = named.filter(|_| first.is_some_and(|row| row.name == "unknown"));
            first.into_iter().chain(second)
        })
        .collect()
}

/// The support that weighs most against a hypothesis.
pub(crate) fn strongest_against(row: &Hypothesis) -> Option<&demarche_core::Support> {
    row.contradicting.iter().max_by_key(|part| (part.log_likelihood_ratio.0.abs(), &part.what))
}

fn behind_it(teller: &mut Teller<'_>) -> Vec<Statement> {
    let report = teller.report;
    let leading = leading(report);
    if leading.is_empty() {
        if report.withholds("hypothesis") {
            let text = say!(
                "Hypotheses are withheld under the policy \u{201c}{policy}\u{201d}.",
                policy = inert(&report.redacted_by, 80)
            );
            return vec![teller.state(
                "summary",
                plain(text),
                "redaction: hypotheses withheld",
                [],
            )];
        }
        let text = tr(
            "No hypothesis was formed about who is behind it: nothing here can be said to point to \
             anyone, and nothing to exclude anyone.",
        )
        .into_owned();
        return vec![teller.state("summary", plain(text), "attribution: no rows", [])];
    }
    let mut answers = Vec::new();
    for row in leading.iter().take(MOST) {
        let label = teller.subject_label(&row.campaign_id);
        let tier = words::tier(&row.tier);
        let opening = if row.name == "unknown" {
            say!(
                "{label}, {tier}: the leading answer is \u{201c}unknown\u{201d} ({percent}), at a \
                 prior of {prior}",
                label = label,
                tier = tier,
                percent = words::percent(row.probability),
                prior = words::percent(row.prior)
            )
        } else {
            say!(
                "{label}, {tier}: the most probable name is {name}, {likely}, at a prior of {prior}",
                label = label,
                tier = tier,
                name = inert(&row.name, 80),
                likely = words::likelihood(row.probability),
                prior = words::percent(row.prior)
            )
        };
        let mut sentence = teller.sentence().say(&opening);
        sentence = match strongest_against(row) {
            Some(against) => sentence.say(&tr("; against it: ")).detail(&against.what),
            None => sentence.say(&tr(
                "; nothing at hand speaks against it, which may mean that little was looked at",
            )),
        };
        let others: Vec<String> = row
            .alternatives
            .iter()
            .filter(|name| *name != "unknown" && **name != row.name)
            .take(3)
            .map(|name| inert(name, 60))
            .collect();
        if !others.is_empty() {
            sentence =
                sentence.say(&say!("; also considered: {names}", names = words::list(&others, 3)));
        }
        let sentence = sentence.say(".").done();
        let evidence = row.supporting.iter().chain(&row.contradicting).flat_map(|s| &s.evidence);
        let evidence: Vec<_> = evidence.collect();
        let about = format!("{} {} {}", row.campaign_id, row.tier, row.name);
        answers.push(teller.state(&about, sentence, "attribution: ranked names", evidence));
    }
    if leading.len() > MOST {
        let more = words::count(leading.len() - MOST, "answer", "answers");
        let text = say!("{answers} of the same kind stand below.", answers = more);
        answers.push(teller.state("summary", plain(text), "attribution: ranked names", []));
    }
    answers
}

fn proof(teller: &mut Teller<'_>) -> Vec<Statement> {
    let report = teller.report;
    let cited = cited(report);
    let hashed = cited.iter().filter(|evidence| evidence.sha256.len() == 64).count();
    let from: BTreeSet<_> = cited.iter().map(|evidence| &evidence.source).collect();
    let text = say!(
        "The statements here cite {ranges} in {files}, {hashed} of them fixed by SHA-256; read were \
         {all}, each listed with the hash of the whole file.",
        ranges = words::count(cited.len(), "range of bytes", "ranges of bytes"),
        files = words::count(from.len(), "evidence file#in", "evidence files#in"),
        hashed = words::thousands(hashed as u64),
        all = words::count(report.sources.len(), "file", "files"),
    );
    let what = teller.state("summary", plain(text), "report: references counted", []);
    let text =
        tr("Whoever holds this folder and the signer\u{2019}s public key can check, without any \
         network, that nothing in it was changed (demarche verify), and whoever also holds the \
         evidence can open every cited range again. By itself it proves who signed, not when: that \
         takes a witness or a time stamp, which can be added to it. It does not prove that the \
         evidence was genuine before it was taken in.")
        .into_owned();
    let how = teller.state("summary", plain(text), "report: limits of the signature", []);
    let mut answers = vec![what, how];
    answers.extend(authority(teller));
    if !report.changed_sources.is_empty() {
        let names: Vec<String> =
            report.changed_sources.iter().map(|source| inert(source, 160)).collect();
        let text = say!(
            "When the evidence files were hashed again for this dossier, some were no longer what \
             was read: {names}.",
            names = words::list(&names, 6)
        );
        let how = "custody: sources hashed again";
        answers.push(teller.state("summary", plain(text), how, []));
    }
    answers
}

/// On whose authority the evidence was read; that nothing was stated is said, too.
fn authority(teller: &mut Teller<'_>) -> Option<Statement> {
    let report = teller.report;
    if !report.redacted_by.is_empty() {
        return None;
    }
    let text = match &report.mandate {
        None => tr("On whose authority the evidence was read was not stated.").into_owned(),
        Some(mandate) => {
            let or = |text: &str| {
                if text.is_empty() { tr("not stated").into_owned() } else { inert(text, 160) }
            };
            say!(
                "The evidence was read by {operator} on the authority of {authority}; legal basis: \
                 {basis}; scope: {scope}; until: {expires}.",
                operator = or(&mandate.operator),
                authority = or(&mandate.authority),
                basis = or(&mandate.legal_basis),
                scope = or(&mandate.scope),
                expires = or(&mandate.expires)
            )
        }
    };
    Some(teller.state("summary", plain(text), "custody: mandate", []))
}

/// A count as `usize`, for words; saturates where it cannot matter.
fn index(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
