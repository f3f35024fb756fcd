//! Waves, each with what speaks for and against it.

use demarche_core::ScoredFeature;
use maud::{Markup, html};

use super::marks::{self, Weighed};
use crate::catalogue::{say, tr};
use crate::html::Page;
use crate::inert::{host, inert};
use crate::narrative::Told;
use crate::words;

const MOST: usize = 40;

pub(crate) fn part(page: &Page<'_>) -> Markup {
    let report = page.report;
    html! {
        @if report.waves.is_empty() {
            (marks::nothing(page, "wave", &say!(
                "No burst of mail was weighed as a targeted wave. Looked at: {messages} in \
                 {mailboxes}. That is a statement about this evidence and nothing beyond it.",
                messages = words::count(marks::size(report.totals.messages), "message", "messages"),
                mailboxes = words::count(marks::size(report.totals.mailboxes), "mailbox#in", "mailboxes#in")
            )))
        }
        @for (at, row) in report.waves.iter().enumerate().take(MOST) {
            @let told = &page.narrative.waves[at];
            article id={ "w" (at + 1) } {
                h3 {
                    "W" (at + 1) " " span.quiet { (words::span(row.first_seen, row.last_seen)) }
                    " \u{201c}" (inert(&row.subject, 90)) "\u{201d}"
                }
                (marks::probability(row.probability, Some(row.prior)))
                (marks::paragraph(&told.head))
                dl.facts {
                    dt { (tr("Campaign")) }
                    dd {
                        @let label = page.narrative.campaign_label(&row.campaign_id);
                        a href={ "#" (label.to_lowercase()) } { (label) }
                    }
                    dt { (tr("Senders")) }
                    dd.id { (words::list(&row.senders.iter().map(|s| host(s, 80)).collect::<Vec<_>>(), 6)) }
                    @if !row.templates.is_empty() {
                        dt { (tr("Marked URLs")) }
                        dd.id { (marks::joined(&row.templates, 4)) }
                    }
                    @if !row.target_groups.is_empty() {
                        dt { (tr("Groups")) } dd { (marks::joined(&row.target_groups, 8)) }
                    }
                    @if !row.techniques.is_empty() {
                        dt { (tr("Techniques")) } dd { (marks::joined(&row.techniques, 12)) }
                    }
                }
                (features(&row.features, told))
            }
        }
        (marks::cut(report.waves.len(), MOST, &tr("waves")))
    }
}

/// A row's features as for-and-against tables.
pub(crate) fn features(features: &[ScoredFeature], told: &Told) -> Markup {
    let lines = |against: bool| -> Vec<Weighed<'_>> {
        let mut lines: Vec<Weighed<'_>> = features
            .iter()
            .zip(&told.parts)
            .filter(|(feature, _)| (feature.log_likelihood_ratio.0 < 0) == against)
            .map(|(feature, statement)| Weighed { statement, ratio: feature.log_likelihood_ratio })
            .collect();
        lines.sort_by_key(|line| (-line.ratio.0.saturating_abs(), line.statement.id));
        lines
    };
    marks::for_and_against(&lines(false), &lines(true))
}
