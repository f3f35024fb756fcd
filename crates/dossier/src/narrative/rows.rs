//! One row of the model in sentences.

use demarche_core::{
    Anomaly, Campaign, Exposure, ExposureState, Finding, Hypothesis, Intrusion, IntrusionStatus,
    ScoredFeature, Support, UtcMicros, Wave,
};

use super::{Teller, Told, evidence_of, feature_words};
use crate::inert::inert;
use crate::model::Statement;
use crate::words;

pub(super) fn campaign(teller: &mut Teller<'_>, row: &Campaign) -> Told {
    let label = teller.campaign_label(&row.campaign_id);
    let text = format!(
        "{label} holds {} {}, which reached {}; {} that it is one operator\u{2019}s targeted work.",
        words::count(row.wave_ids.len(), "wave", "waves"),
        words::span(row.first_seen, row.last_seen),
        words::count(row.recipients.len(), "mailbox", "mailboxes"),
        words::likelihood(row.probability),
    );
    let evidence = row.links.iter().flat_map(|link| &link.evidence);
    let head = teller.state(&row.campaign_id, (text, vec![]), "campaign: linked waves", evidence);
    let parts = row.links.iter().map(|link| {
        let waves: Vec<String> = link
            .waves
            .iter()
            .map(|id| super::label('W', teller.report.waves.iter().position(|w| &w.wave_id == id)))
            .collect();
        let classes: Vec<String> =
            link.classes.iter().map(|class| words::link_class(class)).collect();
        let sentence = teller
            .sentence()
            .say(&format!("{} are linked by {}", words::list(&waves, 4), words::list(&classes, 8)))
            .say(if link.detail.is_empty() { "" } else { ": " })
            .detail(&link.detail.join("; "))
            .say(".")
            .done();
        let derivation = format!("campaign: link, weight {:+.2} nats", link.weight.nats());
        (sentence, derivation, &link.evidence)
    });
    let parts: Vec<_> = parts.collect();
    let parts = parts
        .into_iter()
        .map(|(sentence, how, evidence)| teller.state(&row.campaign_id, sentence, &how, evidence))
        .collect();
    Told { head, parts }
}

pub(super) fn wave(teller: &mut Teller<'_>, row: &Wave) -> Told {
    let sentence = teller
        .sentence()
        .say(&format!(
            "{} {} got {} with the subject ",
            super::coverage::capital(&words::span(row.first_seen, row.last_seen)),
            words::count(row.recipients.len(), "mailbox", "mailboxes"),
            words::count(row.message_uids.len(), "message", "messages"),
        ))
        .quote(&row.subject)
        .say(&format!(
            " from {}; {} that this is one targeted tracking wave, at a prior of {}.",
            words::count(row.senders.len(), "sender address", "sender addresses"),
            words::likelihood(row.probability),
            words::percent(row.prior),
        ))
        .done();
    let head = teller.state(&row.wave_id, sentence, "campaign: wave", evidence_of(&row.features));
    Told { head, parts: features(teller, &row.wave_id, "wave", &row.features) }
}

fn features(
    teller: &mut Teller<'_>,
    about: &str,
    step: &str,
    features: &[ScoredFeature],
) -> Vec<Statement> {
    features
        .iter()
        .map(|feature| {
            let sentence = teller.sentence().detail(&feature_words(feature)).done();
            let derivation = format!(
                "{step}: {}, weight {:+.2} nats",
                inert(&feature.name, 80),
                feature.log_likelihood_ratio.nats()
            );
            teller.state(about, sentence, &derivation, &feature.evidence)
        })
        .collect()
}

/// What a state means, in words that never say "safe".
pub(crate) fn state_words(state: ExposureState) -> &'static str {
    match state {
        ExposureState::Unknown => "reached; what followed is unknown, web logs do not cover it",
        ExposureState::Targeted => "reached; no fetch in the web logs at hand",
        ExposureState::Fetched => "loaded the tracking image: address, device and place went out",
        ExposureState::Clicked => "followed the link",
    }
}

pub(super) fn exposure(teller: &mut Teller<'_>, row: &Exposure) -> Statement {
    let mut sentence = teller.sentence().person(&row.recipient).say(" ");
    sentence = sentence.say(state_words(row.state));
    if let Some(time) = row.time {
        sentence = sentence.say(&format!(", first on {}", words::minute(Some(time))));
    }
    if !row.detail.is_empty() {
        sentence = sentence.say(" (").detail(&row.detail).say(")");
    }
    let sentence = sentence.say(".").done();
    let about = format!("{} {}", row.wave_id, row.recipient);
    teller.state(&about, sentence, "exposure: mail joined to web records", &row.evidence)
}

/// `from 2024-03-01 to 2024-05-02`, saying where the truth may lie further out.
pub(crate) fn short_span(row: &Intrusion) -> String {
    let (first, last) = (words::day(row.first_access), words::day(row.last_access));
    let early = match row.first_access_bounds.first() {
        _ if row.start_censored => " or earlier, before the logs begin,".to_owned(),
        Some(low) if low.date() != first => format!(", perhaps from {},", low.date()),
        _ => String::new(),
    };
    let late = match row.last_access_bounds.last() {
        _ if row.end_censored => " or later, after the logs end".to_owned(),
        Some(high) if high.date() != last => format!(", perhaps to {}", high.date()),
        _ => String::new(),
    };
    if first == last && early.is_empty() && late.is_empty() {
        return format!("on {first}");
    }
    format!("from {first}{early} to {last}{late}")
}

/// `from 2024-03-01 to 2024-05-02`, with bounds and censoring told in full.
pub(crate) fn access_span(row: &Intrusion) -> String {
    let side = |time: Option<UtcMicros>, bounds: &[UtcMicros], open: bool, what: &str| {
        let mut words = words::day(time);
        match bounds {
            [low, high] if low.date() != high.date() => {
                words.push_str(&format!(" (90\u{a0}%: {} to {})", low.date(), high.date()));
            }
            _ => {}
        }
        if open {
            words.push_str(what);
        }
        words
    };
    let first = side(
        row.first_access,
        &row.first_access_bounds,
        row.start_censored,
        ", or earlier, before the logs begin",
    );
    let last = side(
        row.last_access,
        &row.last_access_bounds,
        row.end_censored,
        ", or later, after the logs end",
    );
    format!("from {first} to {last}")
}

/// A status as it is told.
pub(crate) fn status_words(status: IntrusionStatus) -> &'static str {
    match status {
        IntrusionStatus::Active => "active",
        IntrusionStatus::Ended => "ended",
        IntrusionStatus::Unknown => "not known whether it goes on",
    }
}

pub(super) fn intrusion_sentence(teller: &Teller<'_>, row: &Intrusion) -> (String, Vec<String>) {
    let kinds: Vec<String> = row.kinds.iter().map(|kind| words::intrusion_kind(kind)).collect();
    let mut sentence = teller.sentence().person(&row.account).say(&format!(
        ": unauthorised access to {} {}; {}; {}.",
        if kinds.is_empty() { "the account".to_owned() } else { words::list(&kinds, 5) },
        short_span(row),
        match row.status {
            IntrusionStatus::Active => "active at the end of the logs",
            IntrusionStatus::Ended => "ended as far as the logs reach",
            IntrusionStatus::Unknown => "whether it goes on is unknown",
        },
        words::likelihood(row.probability),
    ));
    if row.read.is_empty() {
        sentence = sentence.say(" What was read is not known.");
    } else {
        sentence =
            sentence.say(" Read: ").detail(&words::list(&words::amounts(&row.read), 8)).say(".");
    }
    sentence.done()
}

pub(super) fn intrusion(teller: &mut Teller<'_>, row: &Intrusion) -> Told {
    let sentence = intrusion_sentence(teller, row);
    let evidence = row.evidence.iter().chain(evidence_of(&row.features));
    let head = teller.state(&row.intrusion_id, sentence, "intrusion: joined events", evidence);
    Told { head, parts: features(teller, &row.intrusion_id, "intrusion", &row.features) }
}

pub(super) fn hypothesis(teller: &mut Teller<'_>, row: &Hypothesis) -> Told {
    let about = format!("{} {} {}", row.campaign_id, row.tier, row.name);
    let who = if row.name == "unknown" {
        format!("an {} that the knowledge at hand does not name", inert(&row.tier, 40))
            .replace("an c", "a c")
            .replace("an s", "a s")
    } else {
        format!("the {} {}", inert(&row.tier, 40), inert(&row.name, 80))
    };
    let text = format!(
        "{}: {who} is behind it: {} ({}, {}), at a prior of {}.",
        teller.subject_label(&row.campaign_id),
        if row.term.is_empty() {
            words::term(row.probability).to_owned()
        } else {
            inert(&row.term, 40)
        },
        words::percent(row.probability),
        if row.term_scale.is_empty() { "ICD203".to_owned() } else { inert(&row.term_scale, 20) },
        words::percent(row.prior),
    );
    let all = || row.supporting.iter().chain(&row.contradicting);
    let evidence = all().flat_map(|support| &support.evidence);
    let derivation = format!("attribution: knowledge {}", inert(&row.snapshot, 80));
    let head = teller.state(&about, (text, vec![]), &derivation, evidence);
    let parts = all().map(|part| support(teller, &about, part)).collect();
    Told { head, parts }
}

fn support(teller: &mut Teller<'_>, about: &str, row: &Support) -> Statement {
    let mut sentence = teller.sentence().detail(&row.what);
    if !row.techniques.is_empty() {
        sentence = sentence.say(&format!(" [{}]", inert(&words::list(&row.techniques, 8), 120)));
    }
    let derivation = if row.log_likelihood_ratio.0 == 0 {
        "attribution: assessed by others, not found here".to_owned()
    } else {
        format!("attribution: weight {:+.2} nats", row.log_likelihood_ratio.nats())
    };
    let sentence = sentence.done();
    teller.state(about, sentence, &derivation, &row.evidence)
}

pub(super) fn finding(teller: &mut Teller<'_>, row: &Finding) -> Statement {
    let title = if row.title.is_empty() { &row.rule } else { &row.title };
    let mut sentence = teller
        .sentence()
        .say(&format!("{}: ", words::minute(row.time)))
        .detail(title)
        .say(&format!(" ({})", inert(&row.severity, 20)));
    if !row.subject.is_empty() {
        sentence = sentence.say(", concerning ");
        sentence = if teller.personal.contains(row.subject.as_str()) {
            sentence.person(&row.subject)
        } else {
            sentence.detail(&row.subject)
        };
    }
    let sentence = sentence.say(".").done();
    let derivation = format!("rule {}", inert(&row.rule, 120));
    teller.state(&row.finding_uid, sentence, &derivation, [&row.evidence])
}

pub(super) fn anomaly(teller: &mut Teller<'_>, row: &Anomaly) -> Statement {
    let text = format!("{}: {}.", inert(&row.evidence.path, 160), inert(&row.reason, 200));
    let about = format!("anomaly:{}", inert(&row.evidence.path, 160));
    let derivation = format!("reader {}", inert(&row.reader, 40));
    teller.state(&about, (text, vec![]), &derivation, [&row.evidence])
}
