//! The whole report as blocks.

use demarche_core::{Hypothesis, IntrusionStatus};

use super::{Bar, Block, Chart, Document, Lane};
use crate::catalogue::{say, tr};
use crate::html::Page;
use crate::inert::{host, inert};
use crate::model::Statement;
use crate::narrative::{QUESTIONS, Told, covers};
use crate::parts::lanes::{Scale, uncovered};
use crate::parts::{glossary, marks, matrix, method};
use crate::words::{self, is_likely};

/// Rows told in full; the page and `report.json` have more.
const MOST_WAVES: usize = 60;
const MOST_INTRUSIONS: usize = 80;
const MOST_TARGETS: usize = 300;
const MOST_COLUMNS: usize = 12;
const MOST_FINDINGS: usize = 100;
const MOST_SOURCES: usize = 100;
const MOST_STATEMENTS: usize = 1_500;
const MOST_RANGES: usize = 1_500;
const MOST_NAMES: usize = 3;

/// In the scope of the report's language.
pub(crate) fn report_document(page: &Page<'_>) -> Document {
    let report = page.report;
    let mut document = Document {
        title: inert(&tr(&report.title), 160),
        language: crate::catalogue::current().code(),
        tlp: words::tlp(&report.tlp).to_owned(),
        mark: say!("run {run}", run = inert(&report.run_id, 48)),
        blocks: Vec::new(),
    };
    if !report.generated_for.is_empty() {
        let institution = inert(&report.generated_for, 160);
        document.paragraph(say!("For {institution}", institution = institution));
    }
    if let Some(time) = report.generated_at {
        document.quiet(say!("Evidence as of the run of {day}.", day = time.date()));
    }
    summary(page, &mut document);
    timeline(page, &mut document);
    targets(page, &mut document);
    campaigns(page, &mut document);
    waves(page, &mut document);
    intrusions(page, &mut document);
    hypotheses(page, &mut document);
    claims(page, &mut document);
    document.heading(1, tr("What was not covered"));
    document.paragraph(tr("An attack outside what the logs cover leaves no trace here. Where this report names nothing, it says nothing."));
    page.narrative.coverage.iter().for_each(|statement| document.statement(statement));
    findings(page, &mut document);
    sources(page, &mut document);
    document.heading(1, tr("Method and error rates"));
    for (name, text) in method::paragraphs() {
        document.item(name, text);
    }
    document.blocks.push(method::rates_block());
    document.quiet(method::rates_note());
    document.heading(1, tr("Words"));
    for (word, meaning) in glossary::words() {
        document.item(format!("{word}:"), meaning);
    }
    appendix(page, &mut document);
    document
}

fn summary(page: &Page<'_>, document: &mut Document) {
    document.heading(1, tr("Summary"));
    for (question, answers) in QUESTIONS.iter().zip(&page.narrative.judgements) {
        document.heading(2, tr(question));
        answers.iter().for_each(|answer| document.statement(answer));
    }
    document.heading(1, tr("What to do now"));
    if page.narrative.actions.is_empty() {
        document.paragraph(tr("Nothing found here calls for a step at once. The next step is to hand in what was not covered, while it is still kept, and to run again."));
    }
    for (at, action) in page.narrative.actions.iter().enumerate() {
        document.blocks.push(Block::Item {
            mark: format!("{}.", at + 1),
            text: format!("{}. {}", action.title, action.statement.text),
            number: Some(action.statement.id),
        });
    }
}

fn timeline(page: &Page<'_>, document: &mut Document) {
    let report = page.report;
    document.heading(1, tr("Timeline"));
    let Some(scale) = Scale::of(report) else {
        document.paragraph(tr(
            "Nothing here has a date: no wave, no intrusion and no coverage was recorded.",
        ));
        return;
    };
    let mut chart = Chart {
        ticks: scale.ticks(),
        caption: tr(
            "Light band: a wave or an access; open ends: 90\u{a0}% bounds; grey: not covered.",
        )
        .into_owned(),
        ..Chart::default()
    };
    let all = covers(report, None);
    let of_kind =
        |kind: &str| uncovered(scale, &all.iter().filter(|c| c.kind == kind).collect::<Vec<_>>());
    for (at, campaign) in
        report.campaigns.iter().enumerate().filter(|(_, c)| is_likely(c.probability)).take(12)
    {
        let own = report.waves.iter().filter(|wave| wave.campaign_id == campaign.campaign_id);
        let bars = own.filter_map(|wave| {
            let (from, to) = (scale.x(wave.first_seen?), scale.x(wave.last_seen?));
            Some(Bar {
                from,
                to: to.max(from + 4.0),
                shade: wave.probability.get(),
                bounds: (from, to),
                access: false,
            })
        });
        chart.lanes.push(Lane {
            name: format!("C{}", at + 1),
            bars: bars.collect(),
            uncovered: of_kind("mail"),
        });
    }
    for (at, row) in
        report.intrusions.iter().enumerate().filter(|(_, i)| is_likely(i.probability)).take(24)
    {
        let (Some(first), Some(last)) = (row.first_access, row.last_access) else { continue };
        let (from, to) = (scale.x(first), scale.x(last));
        let low = row.first_access_bounds.first().map_or(from, |time| scale.x(*time));
        let high = row.last_access_bounds.last().map_or(to, |time| scale.x(*time));
        let kind = if row.kinds.iter().any(|kind| kind == "call_records") {
            "record_lookups"
        } else {
            "cloud"
        };
        chart.lanes.push(Lane {
            name: format!("I{} {}", at + 1, inert(&row.account, 30)),
            bars: vec![Bar {
                from,
                to: to.max(from + 3.0),
                shade: row.probability.get(),
                bounds: (low.min(from), high.max(to)),
                access: true,
            }],
            uncovered: of_kind(kind),
        });
    }
    document.blocks.push(Block::Chart(chart));
}

fn targets(page: &Page<'_>, document: &mut Document) {
    let report = page.report;
    document.heading(1, tr("Targets"));
    if report.exposures.is_empty() {
        document.paragraph(nothing(
            page,
            "exposure",
            &tr("No recipient stands in any wave that was weighed."),
        ));
        return;
    }
    let mut waves: Vec<usize> = (0..report.waves.len()).collect();
    waves.sort_by_key(|at| (std::cmp::Reverse(report.waves[*at].probability), *at));
    waves.truncate(MOST_COLUMNS);
    waves.sort_unstable();
    let mut recipients: Vec<&str> = report
        .exposures
        .iter()
        .filter(|row| waves.iter().any(|at| report.waves[*at].wave_id == row.wave_id))
        .map(|row| row.recipient.as_str())
        .collect();
    recipients.sort_unstable();
    recipients.dedup();
    let state = |recipient: &str, at: usize| -> String {
        let wave = &report.waves[at].wave_id;
        report
            .exposures
            .iter()
            .find(|row| row.recipient == recipient && row.wave_id == *wave)
            .map_or("", |row| match row.state {
                demarche_core::ExposureState::Clicked => "\u{25a0}",
                demarche_core::ExposureState::Fetched => "\u{25d0}",
                demarche_core::ExposureState::Targeted => "\u{25cb}",
                demarche_core::ExposureState::Unknown => "?",
            })
            .to_owned()
    };
    document.quiet(tr("\u{25a0} followed the link; \u{25d0} loaded the image; \u{25cb} reached, no fetch in the logs at hand; ? reached, not covered by logs"));
    let rows = recipients.iter().take(MOST_TARGETS).map(|recipient| {
        let mut row = vec![inert(recipient, 60)];
        row.extend(waves.iter().map(|at| state(recipient, *at)));
        row
    });
    let rows: Vec<Vec<String>> = rows.collect();
    let mut head = vec![tr("Mailbox").into_owned()];
    head.extend(waves.iter().map(|at| format!("W{}", at + 1)));
    let widths = waves.iter().map(|_| 30.0).collect();
    document.blocks.push(Block::Table { head, rows, widths });
    cut(document, recipients.len(), MOST_TARGETS, &tr("mailboxes"));
    cut(document, report.waves.len(), MOST_COLUMNS, &tr("waves, the most probable ones"));
}

fn campaigns(page: &Page<'_>, document: &mut Document) {
    document.heading(1, tr("Campaigns"));
    if page.report.campaigns.is_empty() {
        document.paragraph(nothing(
            page,
            "campaign",
            &tr("No waves were held together as a campaign."),
        ));
    }
    for (at, row) in page.report.campaigns.iter().enumerate().take(20) {
        let told = &page.narrative.campaigns[at];
        document.heading(2, format!("C{}  {}", at + 1, words::span(row.first_seen, row.last_seen)));
        document.statement(&told.head);
        for part in told.parts.iter().take(15) {
            bullet(document, "\u{2013}", part);
        }
        cut(document, told.parts.len(), 15, &tr("links"));
    }
}

fn waves(page: &Page<'_>, document: &mut Document) {
    document.heading(1, tr("Waves"));
    if page.report.waves.is_empty() {
        document.paragraph(nothing(
            page,
            "wave",
            &tr("No burst of mail was weighed as a targeted wave."),
        ));
    }
    for (at, row) in page.report.waves.iter().enumerate().take(MOST_WAVES) {
        let told = &page.narrative.waves[at];
        document.heading(2, format!("W{}  \u{201c}{}\u{201d}", at + 1, inert(&row.subject, 90)));
        document.statement(&told.head);
        let senders: Vec<String> = row.senders.iter().map(|sender| host(sender, 80)).collect();
        document.quiet(say!("Senders: {senders}", senders = words::list(&senders, 6)));
        both_sides(document, &row.features, told);
    }
    cut(document, page.report.waves.len(), MOST_WAVES, &tr("waves"));
}

fn both_sides(document: &mut Document, features: &[demarche_core::ScoredFeature], told: &Told) {
    for (feature, part) in features.iter().zip(&told.parts) {
        bullet(document, &marks::factor(feature.log_likelihood_ratio), part);
    }
}

fn intrusions(page: &Page<'_>, document: &mut Document) {
    document.heading(1, tr("Intrusions"));
    if page.report.intrusions.is_empty() {
        document.paragraph(nothing(
            page,
            "intrusion",
            &tr("No period of access was weighed as unauthorised."),
        ));
    }
    for (at, row) in page.report.intrusions.iter().enumerate().take(MOST_INTRUSIONS) {
        let told = &page.narrative.intrusions[at];
        let active = if row.status == IntrusionStatus::Active {
            format!(" ({})", tr("active"))
        } else {
            String::new()
        };
        document.heading(2, format!("I{}  {}{active}", at + 1, inert(&row.account, 80)));
        document.statement(&told.head);
        document.quiet(crate::narrative::rows::access_span(row));
        both_sides(document, &row.features, told);
    }
    cut(document, page.report.intrusions.len(), MOST_INTRUSIONS, &tr("intrusions"));
}

fn hypotheses(page: &Page<'_>, document: &mut Document) {
    let report = page.report;
    document.heading(1, tr("Who may be behind it"));
    document.quiet(tr("Names are intrusion sets of public knowledge. A name says that what was seen here is like what was reported of it; techniques are shared and flags can be false. \u{201c}Unknown\u{201d} is always among the answers."));
    if report.hypotheses.is_empty() {
        document.paragraph(nothing(page, "hypothesis", &tr("No hypothesis was formed.")));
    }
    let rows: Vec<_> = report.hypotheses.iter().zip(&page.narrative.hypotheses).collect();
    for group in rows.chunk_by(|(a, _), (b, _)| a.campaign_id == b.campaign_id && a.tier == b.tier)
    {
        let Some((first, _)) = group.first() else { continue };
        let label = page.narrative.subject_label(&first.campaign_id);
        document.heading(2, format!("{label}, {}", words::tier(&first.tier)));
        for (at, (row, told)) in group.iter().enumerate().take(MOST_NAMES) {
            document.blocks.push(Block::Item {
                mark: format!("H{}", at + 1),
                text: told.head.text.clone(),
                number: Some(told.head.id),
            });
            let pros = row.supporting.len();
            for (n, part) in told.parts.iter().enumerate() {
                let side = if n < pros { tr("for") } else { tr("against") };
                bullet(document, &format!("{side}:"), part);
            }
        }
        let rows: Vec<&Hypothesis> = group.iter().map(|(row, _)| *row).collect();
        matrix(page, document, first, &rows);
    }
    if !page.narrative.judged.is_empty() {
        document.heading(2, tr("What people judged"));
    }
    page.narrative.judged.iter().take(100).for_each(|statement| document.statement(statement));
    cut(document, page.narrative.judged.len(), 100, &tr("judgements"));
}

/// Items of evidence against hypotheses, as signs; their names stand above and below.
fn matrix(page: &Page<'_>, document: &mut Document, first: &Hypothesis, group: &[&Hypothesis]) {
    let matrix = matrix::Matrix::of(page, &first.campaign_id, &first.tier, group);
    if matrix.is_empty() {
        return;
    }
    document.heading(3, tr("Hypotheses against evidence"));
    let names =
        matrix.columns.iter().map(|(number, name)| format!("H{number}: {}", inert(name, 60)));
    document.quiet(names.collect::<Vec<_>>().join("; "));
    let mut head = vec![tr("Evidence").into_owned()];
    head.extend(matrix.columns.iter().map(|(number, _)| format!("H{number}")));
    let rows = matrix.items.iter().take(matrix::MOST_ITEMS).map(|item| {
        let mut row = vec![format!("{} ({})", item.statement.text, item.statement.id)];
        row.extend(
            matrix
                .columns
                .iter()
                .map(|(_, name)| matrix::cell(item, name).map(matrix::signs).unwrap_or_default()),
        );
        row
    });
    let rows: Vec<Vec<String>> = rows.collect();
    let widths = matrix.columns.iter().map(|_| 40.0).collect();
    document.blocks.push(Block::Table { head, rows, widths });
    document.quiet(matrix::legend());
    cut(document, matrix.items.len(), matrix::MOST_ITEMS, &tr("items of evidence"));
    cut(document, matrix.hypotheses, matrix.columns.len(), &tr("hypotheses"));
}

fn claims(page: &Page<'_>, document: &mut Document) {
    document.heading(1, tr("What others said"));
    if page.report.claims.is_empty() {
        document.paragraph(nothing(page, "claim", &tr("No statements of others were handed in.")));
    }
    for (at, told) in page.narrative.claims.iter().enumerate().take(60) {
        document.blocks.push(Block::Item {
            mark: format!("S{}", at + 1),
            text: told.head.text.clone(),
            number: Some(told.head.id),
        });
        told.parts.iter().for_each(|part| bullet(document, "\u{2013}", part));
    }
    if !page.narrative.designations.is_empty() {
        document.heading(2, tr("Names on lists of sanctions and charges"));
    }
    page.narrative.designations.iter().take(60).for_each(|statement| document.statement(statement));
    cut(document, page.narrative.designations.len(), 60, &tr("designations"));
}

fn findings(page: &Page<'_>, document: &mut Document) {
    document.heading(1, tr("Rules and indicators"));
    document.quiet(tr("A match is a lead, not a verdict: an attacker can plant what a rule looks for, and honest administration can look the same."));
    if page.report.findings.is_empty() {
        document.paragraph(nothing(
            page,
            "finding",
            &tr("No rule and no indicator matched in what was read."),
        ));
    }
    for statement in page.narrative.findings.iter().take(MOST_FINDINGS) {
        bullet(document, "\u{2013}", statement);
    }
    cut(document, page.report.findings.len(), MOST_FINDINGS, &tr("findings"));
}

fn sources(page: &Page<'_>, document: &mut Document) {
    let report = page.report;
    document.heading(1, tr("What was read, and what could not be"));
    let rows = report.sources.iter().take(MOST_SOURCES).map(|source| {
        vec![
            inert(&source.path, 120),
            inert(&source.format, 40),
            words::bytes(source.bytes),
            words::thousands(source.records),
            inert(source.id.trim_start_matches("sha256:"), 80).chars().take(16).collect(),
        ]
    });
    let head = [tr("File"), tr("Read as"), tr("Size"), tr("Records"), "SHA-256\u{2026}".into()];
    document.blocks.push(Block::Table {
        head: head.map(std::borrow::Cow::into_owned).to_vec(),
        rows: rows.collect(),
        widths: vec![90.0, 60.0, 56.0, 92.0],
    });
    cut(document, report.sources.len(), MOST_SOURCES, &tr("files"));
    document.heading(2, tr("What could not be read, or looks wrong"));
    if report.anomalies.total == 0 {
        document.paragraph(tr("The readers reported nothing unreadable."));
    }
    let later = &report.hunt_anomalies.counts;
    for row in report.anomalies.counts.iter().take(40).chain(later.iter().take(40)) {
        document.item(
            format!("{}\u{d7}", words::thousands(row.count)),
            format!("{}: {}", inert(&row.reader, 40), inert(&row.reason, 200)),
        );
    }
}

/// Statements by number, then the ranges that they cite.
fn appendix(page: &Page<'_>, document: &mut Document) {
    document.heading(1, tr("Evidence"));
    document.quiet(tr("First the statements by their number, then the ranges of bytes that they cite. Offsets count bytes in the unpacked file. Nothing cited here is shown or opened: it may be harmful."));
    for statement in page.statements.iter().take(MOST_STATEMENTS) {
        let numbers: Vec<String> = statement
            .evidence
            .iter()
            .filter_map(|evidence| page.number(evidence))
            .take(12)
            .map(|number| format!("e{number}"))
            .collect();
        let numbers = if numbers.is_empty() { "\u{2013}".to_owned() } else { numbers.join(" ") };
        document.blocks.push(Block::Item {
            mark: statement.id.to_string(),
            text: format!("{}: {numbers}", inert(&statement.derivation, 120)),
            number: None,
        });
    }
    cut(document, page.statements.len(), MOST_STATEMENTS, &tr("statements"));
    for (at, evidence) in page.evidence.iter().enumerate().take(MOST_RANGES) {
        let end = evidence.offset.saturating_add(evidence.length);
        document.blocks.push(Block::Item {
            mark: format!("e{}", at + 1),
            text: format!(
                "{} {} {}\u{2013}{} sha256:{}",
                inert(&evidence.path, 120),
                tr("bytes"),
                evidence.offset,
                end,
                inert(&evidence.sha256, 80)
            ),
            number: None,
        });
    }
    cut(document, page.evidence.len(), MOST_RANGES, &tr("ranges"));
}

fn bullet(document: &mut Document, mark: &str, statement: &Statement) {
    document.blocks.push(Block::Item {
        mark: mark.to_owned(),
        text: statement.text.clone(),
        number: Some(statement.id),
    });
}

fn cut(document: &mut Document, all: usize, most: usize, what: &str) {
    if all > most {
        document.quiet(say!(
            "{shown} of {all} {what}; report.json has all.",
            shown = words::thousands(most as u64),
            all = words::thousands(all as u64),
            what = what
        ));
    }
}

/// What stands where no row does.
pub(super) fn nothing(page: &Page<'_>, kind: &str, found: &str) -> String {
    if page.report.withholds(kind) {
        say!(
            "Rows of this kind are withheld under the policy \u{201c}{policy}\u{201d}: that none is shown says nothing.",
            policy = inert(&page.report.redacted_by, 80)
        )
    } else {
        format!("{found} {} {}.", tr("See"), tr("what was not covered"))
    }
}
