//! The aide-memoire: one page that a diplomat can leave behind. Counts, periods and
//! judgements; no name, address or number of anybody in the house, no source, no method
//! that would tell the other side what was seen of it.

use std::collections::BTreeSet;

use demarche_core::IntrusionStatus;

use super::Document;
use crate::catalogue::{say, tr};
use crate::html::Page;
use crate::inert::inert;
use crate::narrative::judgements;
use crate::words::{self, is_likely};

/// In the scope of the report's language.
pub(crate) fn aide_memoire(page: &Page<'_>) -> Document {
    let report = page.report;
    let mut document = Document {
        title: tr("Aide-memoire").into_owned(),
        language: crate::catalogue::current().code(),
        tlp: words::tlp(&report.tlp).to_owned(),
        mark: report.generated_at.map(|time| time.date()).unwrap_or_default(),
        blocks: Vec::new(),
    };
    if !report.generated_for.is_empty() {
        document.paragraph(inert(&report.generated_for, 160));
    }
    facts(page, &mut document);
    document.heading(2, tr("Assessment"));
    let leading = judgements::leading(report);
    // Of what campaigns point to, the strongest answer alone: the rest is for the appendix.
    match leading.first() {
        None => document.paragraph(if report.withholds("hypothesis") {
            tr("No assessment of who is responsible is released with this note.")
        } else {
            tr("No finding is made about who is responsible.")
        }),
        Some(row) if row.name == "unknown" => document.paragraph(tr(
            "The evidence examined does not allow the activity to be attributed to a named actor.",
        )),
        Some(row) => document.paragraph(say!(
            "It is {likely} that the activity is that of the {tier} known publicly as {name}. This is an assessment, held apart from the facts above; alternatives were weighed.",
            likely = words::likelihood(row.probability),
            tier = words::tier(&row.tier),
            name = inert(&row.name, 80)
        )),
    }
    document.heading(2, tr("What this note does not say"));
    document.paragraph(tr("Logs cover part of the time and part of the systems only. That something is not mentioned here does not mean that it did not happen."));
    document.heading(2, tr("Proof"));
    document.paragraph(tr("Each of these statements rests on records fixed by hash in a signed log. The log\u{2019}s root can be handed over with this note; single records can be opened later, and checked by any expert of the recipient\u{2019}s choice, without the rest."));
    document
}

fn facts(page: &Page<'_>, document: &mut Document) {
    let report = page.report;
    document.heading(2, tr("Facts"));
    let waves: Vec<_> = report.waves.iter().filter(|row| is_likely(row.probability)).collect();
    let intrusions: Vec<_> =
        report.intrusions.iter().filter(|row| is_likely(row.probability)).collect();
    if waves.is_empty() && intrusions.is_empty() {
        document.paragraph(tr("Nothing is released with this note about mail or access."));
        return;
    }
    if !waves.is_empty() {
        let reached: BTreeSet<&String> = waves.iter().flat_map(|row| &row.recipients).collect();
        let first = waves.iter().filter_map(|row| row.first_seen).min();
        let last = waves.iter().filter_map(|row| row.last_seen).max();
        document.item(
            "1.",
            say!(
                "{span}, {waves} of targeted tracking mail reached {mailboxes}.",
                span = crate::narrative::capital(&words::span(first, last)),
                waves = words::count(waves.len(), "wave", "waves"),
                mailboxes = words::count(reached.len(), "mailbox", "mailboxes")
            ),
        );
    }
    if !intrusions.is_empty() {
        let first = intrusions.iter().filter_map(|row| row.first_access).min();
        let last = intrusions.iter().filter_map(|row| row.last_access).max();
        let active = intrusions.iter().filter(|row| row.status == IntrusionStatus::Active).count();
        let mut kinds: Vec<String> = intrusions
            .iter()
            .flat_map(|row| &row.kinds)
            .map(|kind| words::intrusion_kind(kind))
            .collect();
        kinds.sort();
        kinds.dedup();
        document.item("2.", say!(
            "{span}, unauthorised access was had to {accounts} ({kinds}); each of these is at least likely.",
            span = crate::narrative::capital(&words::span(first, last)),
            accounts = words::count(
                intrusions.iter().map(|row| &row.account).collect::<BTreeSet<_>>().len(),
                "account or number#to",
                "accounts or numbers#to"
            ),
            kinds = words::list(&kinds, 5)
        ));
        if active > 0 {
            document.item(
                "3.",
                say!(
                    "{rows} active at the end of the logs.",
                    rows = words::count(active, "access was still", "accesses were still")
                ),
            );
        }
    }
}
