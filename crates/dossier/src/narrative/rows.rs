//! One row of the model in sentences.

use demarche_core::{
    Anomaly, Campaign, Exposure, ExposureState, Finding, Hypothesis, Intrusion, IntrusionStatus,
    ScoredFeature, Support, UtcMicros, Wave,
};

use super::{Teller, Told, evidence_of, feature_words};
use crate::catalogue::{say, tr};
use crate::inert::inert;
use crate::model::Statement;
use crate::words;

pub(super) fn campaign(teller: &mut Teller<'_>, row: &Campaign) -> Told {
    let label = teller.campaign_label(&row.campaign_id);
    let text = say!(
        "{label} holds {waves} {span}, which reached {mailboxes}; {likely} that it is one operator\u{2019}s targeted work.",
        label = label,
        waves = words::count(row.wave_ids.len(), "wave", "waves"),
        span = words::span(row.first_seen, row.last_seen),
        mailboxes = words::count(row.recipients.len(), "mailbox", "mailboxes"),
        likely = words::likelihood(row.probability),
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
            .say(&say!(
                "{waves} are linked by {classes}",
                waves = words::list(&waves, 4),
                classes = words::list(&classes, 8)
            ))
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
        .say(&say!(
            "{span} {mailboxes} got {messages} with the subject ",
            span = super::coverage::capital(&words::span(row.first_seen, row.last_seen)),
            mailboxes = words::count(row.recipients.len(), "mailbox", "mailboxes"),
            messages = words::count(row.message_uids.len(), "message", "messages"),
        ))
        .quote(&row.subject)
        .say(&say!(
            " from {senders}; {likely} that this is one targeted tracking wave, at a prior of {prior}.",
            senders = words::count(row.senders.len(), "sender address", "sender addresses"),
            likely = words::likelihood(row.probability),
            prior = words::percent(row.prior),
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
pub(crate) fn state_words(state: ExposureState) -> std::borrow::Cow<'static, str> {
    match state {
        ExposureState::Unknown => tr("reached; what followed is unknown, web logs do not cover it"),
        ExposureState::Targeted => tr("reached; no fetch in the web logs at hand"),
        ExposureState::Fetched => {
            tr("loaded the tracking image: address, device and place went out")
        }
        ExposureState::Clicked => tr("followed the link"),
    }
}

pub(super) fn exposure(teller: &mut Teller<'_>, row: &Exposure) -> Statement {
    let mut sentence = teller.sentence().person(&row.recipient).say(" ");
    sentence = sentence.say(&state_words(row.state));
    if let Some(time) = row.time {
        sentence = sentence.say(&say!(", first on {time}", time = words::minute(Some(time))));
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
        _ if row.start_censored => tr(" or earlier, before the logs begin,").into_owned(),
        Some(low) if low.date() != first => say!(", perhaps from {day},", day = low.date()),
        _ => String::new(),
    };
    let late = match row.last_access_bounds.last() {
        _ if row.end_censored => tr(" or later, after the logs end").into_owned(),
        Some(high) if high.date() != last => say!(", perhaps to {day}", day = high.date()),
        _ => String::new(),
    };
    if first == last && early.is_empty() && late.is_empty() {
        return say!("on {day}", day = first);
    }
    say!(
        "from {first}{early} to {last}{late}",
        first = first,
        early = early,
        last = last,
        late = late
    )
}

/// `from 2024-03-01 to 2024-05-02`, with bounds and censoring told in full.
pub(crate) fn access_span(row: &Intrusion) -> String {
    let side = |time: Option<UtcMicros>, bounds: &[UtcMicros], open: bool, what: &str| {
        let mut words = words::day(time);
        match bounds {
            [low, high] if low.date() != high.date() => {
                words.push_str(&say!(
                    " (90\u{a0}%: {low} to {high})",
                    low = low.date(),
                    high = high.date()
                ));
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
        &tr(", or earlier, before the logs begin"),
    );
    let last = side(
        row.last_access,
        &row.last_access_bounds,
        row.end_censored,
        &tr(", or later, after the logs end"),
    );
    say!("from {from} to {to}", from = first, to = last)
}

/// A status as it is told.
pub(crate) fn status_words(status: IntrusionStatus) -> std::borrow::Cow<'static, str> {
    match status {
        IntrusionStatus::Active => tr("active"),
        IntrusionStatus::Ended => tr("ended"),
        IntrusionStatus::Unknown => tr("not known whether it goes on"),
    }
}

pub(super) fn intrusion_sentence(teller: &Teller<'_>, row: &Intrusion) -> (String, Vec<String>) {
    let kinds: Vec<String> = row.kinds.iter().map(|kind| words::intrusion_kind(kind)).collect();
    let kinds =
        if kinds.is_empty() { tr("the account").into_owned() } else { words::list(&kinds, 5) };
    let status = match row.status {
        IntrusionStatus::Active => tr("active at the end of the logs"),
        IntrusionStatus::Ended => tr("ended as far as the logs reach"),
        IntrusionStatus::Unknown => tr("whether it goes on is unknown"),
    };
    let mut sentence = teller.sentence().person(&row.account).say(&say!(
        ": unauthorised access to {kinds} {span}; {status}; {likely}.",
        kinds = kinds,
        span = short_span(row),
        status = status,
        likely = words::likelihood(row.probability),
    ));
    if row.read.is_empty() {
        sentence = sentence.say(&tr(" What was read is not known."));
    } else {
        sentence = sentence
            .say(&tr(" Read: "))
            .detail(&words::list(&words::amounts(&row.read), 8))
            .say(".");
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
        tr("one that the knowledge at hand does not name").into_owned()
    } else if row.name == row.campaign_id {
        // A cluster goes by its own id, which says nothing to a reader.
        teller.subject_label(&row.campaign_id)
    } else {
        inert(&row.name, 80)
    };
    let term =
        if row.term.is_empty() { words::word(row.probability) } else { tr(&row.term).into_owned() };
    let text = say!(
        "{label}, {tier}: {who}: {term} ({percent}, {scale}), at a prior of {prior}.",
        label = teller.subject_label(&row.campaign_id),
        tier = words::tier(&row.tier),
        who = who,
        term = inert(&term, 40),
        percent = words::percent(row.probability),
        scale = if row.term_scale.is_empty() {
            "ICD203".to_owned()
        } else {
            inert(&row.term_scale, 20)
        },
        prior = words::percent(row.prior),
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
        sentence = sentence.say(&tr(", concerning "));
        sentence = if teller.personal.contains(row.subject.as_str()) {
            sentence.person(&row.subject)
        } else {
            sentence.detail(&row.subject)
        };
    }
    let rule = inert(&row.rule, 120);
    let derivation = match teller.report.hunt_of(&row.finding_uid) {
        Some(run) => {
            let run = inert(run, 60);
            sentence = sentence.say(&say!(", found by the later hunt {run}", run = run));
            format!("hunt {run}: {rule}")
        }
        None => format!("rule {rule}"),
    };
    let sentence = sentence.say(".").done();
    teller.state(&row.finding_uid, sentence, &derivation, [&row.evidence])
}

pub(super) fn anomaly(teller: &mut Teller<'_>, row: &Anomaly) -> Statement {
    let text = format!("{}: {}.", inert(&row.evidence.path, 160), inert(&row.reason, 200));
    let about = format!("anomaly:{}", inert(&row.evidence.path, 160));
    let derivation = format!("reader {}", inert(&row.reader, 40));
    let people = crate::inert::addresses(&text);
    teller.state(&about, (text, people), &derivation, [&row.evidence])
}

/// What somebody said, and what the case's evidence says to it.
pub(super) fn claim(teller: &mut Teller<'_>, row: &crate::model::ClaimRow) -> Told {
    let act = act_words(&row.act);
    let mut sentence = teller.sentence();
    if !row.said_on.is_empty() {
        sentence = sentence.say(&inert(&row.said_on, 20)).say(": ");
    }
    sentence = sentence.detail(&row.speaker);
    if !row.authority.is_empty() {
        sentence = sentence.say(" (").detail(&row.authority).say(")");
    }
    sentence = sentence.say(&format!(" {act}"));
    if !row.about.is_empty() {
        sentence = sentence.say(" ").detail(&words::list(&row.about, 6));
    }
    sentence = sentence.say(": ").quote(&row.text);
    if !row.hedge.is_empty() {
        sentence = sentence.say(&tr(", in the words ")).quote(&row.hedge);
    }
    if let Some(answered) = &row.replies_to
        && let Some(at) = teller.report.claims.iter().position(|claim| claim.claim_id == *answered)
    {
        sentence = sentence.say(&say!("; in answer to S{number}", number = at + 1));
    }
    let sentence = sentence.say(".").done();
    let derivation = format!("claim: as reported by {}", inert(&row.reported_by, 80));
    let head = teller.state(&row.claim_id, sentence, &derivation, [&row.evidence]);
    let mut parts = Vec::with_capacity(row.stance_of_evidence.len());
    for stance in &row.stance_of_evidence {
        let sentence = teller
            .sentence()
            .detail(&stance.part)
            .say(": ")
            .say(&match stance.stance.as_str() {
                "supported by" => tr("supported by what was found here"),
                "contradicted by" => tr("contradicted by what was found here"),
                _ => tr("outside what was covered"),
            })
            .say(if stance.detail.is_empty() { "" } else { ": " })
            .detail(&stance.detail)
            .say(".")
            .done();
        let how = "claim: stance of evidence";
        parts.push(teller.state(&row.claim_id, sentence, how, [&row.evidence]));
    }
    Told { head, parts }
}

/// A speech act in words.
pub(crate) fn act_words(act: &str) -> String {
    match act {
        "accuse" => tr("accuses"),
        "attribute" => tr("attributes it to"),
        "charge" => tr("charges"),
        "sanction" => tr("sanctions"),
        "warn" => tr("warns of"),
        "confirm" => tr("confirms, concerning"),
        "deny" => tr("denies, concerning"),
        "protest" => tr("protests, concerning"),
        "counter_accuse" => tr("accuses in return"),
        "summon" => tr("summons"),
        "threaten" => tr("threatens"),
        other => return inert(other, 40),
    }
    .into_owned()
}
