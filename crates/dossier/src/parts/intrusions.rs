//! Intrusions: which account, from when to when, how sure, what could not be seen.

use demarche_core::{Intrusion, IntrusionStatus, UtcMicros};
use maud::{Markup, html};

use super::{marks, waves};
use crate::catalogue::{say, tr};
use crate::html::Page;
use crate::inert::inert;
use crate::narrative::rows::status_words;
use crate::words;

const MOST: usize = 60;

pub(crate) fn part(page: &Page<'_>) -> Markup {
    let report = page.report;
    html! {
        @if report.intrusions.is_empty() {
            (marks::nothing(page, "intrusion", &say!(
                "No period of access was weighed as unauthorised. Looked at: {events} and {lookups}. \
                 That is a statement about this evidence and nothing beyond it.",
                events = words::count(marks::size(report.totals.events), "audit event", "audit events"),
                lookups = words::count(marks::size(report.totals.lookups), "record look-up", "record look-ups")
            )))
        }
        @for (at, row) in report.intrusions.iter().enumerate().take(MOST) {
            @let told = &page.narrative.intrusions[at];
            article id={ "i" (at + 1) } {
                h3 {
                    "I" (at + 1) " " (marks::person(&row.account, &report.people)) " "
                    @if row.status == IntrusionStatus::Active { span.tag.live { (tr("active")) } }
                    @else { span.tag { (status_words(row.status)) } }
                }
                (marks::probability(row.probability, Some(row.prior)))
                (marks::paragraph(&told.head))
                (facts(page, row))
                (waves::features(&row.features, told))
            }
        }
        (marks::cut(report.intrusions.len(), MOST, &tr("intrusions")))
    }
}

fn facts(page: &Page<'_>, row: &Intrusion) -> Markup {
    let kinds: Vec<String> = row.kinds.iter().map(|kind| words::intrusion_kind(kind)).collect();
    html! {
        dl.facts {
            dt { (tr("First access")) }
            dd { (edge(row.first_access, &row.first_access_bounds, row.start_censored, &tr("the true start may lie before the logs begin"))) }
            dt { (tr("Last access")) }
            dd { (edge(row.last_access, &row.last_access_bounds, row.end_censored, &tr("the true end may lie after the logs end"))) }
            dt { (tr("What")) } dd { @if kinds.is_empty() { (tr("not known")) } @else { (words::list(&kinds, 6)) } }
            dt { (tr("Read")) }
            dd { @if row.read.is_empty() { (tr("not known")) } @else { (marks::joined(&words::amounts(&row.read), 10)) } }
            @if !row.actor.is_empty() { dt { (tr("Seen of who")) } dd { (marks::loose(&row.actor, 240)) } }
            @if !row.sessions.is_empty() {
                dt { (tr("Sessions")) } dd.id { (marks::joined(&row.sessions, 4)) }
            }
            @if !row.techniques.is_empty() {
                dt { (tr("Techniques")) } dd { (marks::joined(&row.techniques, 12)) }
            }
            dt { (tr("Campaign")) }
            dd {
                @if let Some(id) = &row.campaign_id {
                    @let label = page.narrative.campaign_label(id);
                    a href={ "#" (label.to_lowercase()) } { (label) }
                } @else { (tr("joined to none")) }
            }
            dt { (tr("Not seen")) }
            dd {
                @if row.gaps.is_empty() { (tr("no gap recorded within these dates")) }
                @for gap in row.gaps.iter().take(8) {
                    div { (words::minute(gap.from)) " \u{2013} " (words::minute(gap.to)) ": " (inert(&gap.reason, 160)) }
                }
                (marks::cut(row.gaps.len(), 8, &tr("gaps")))
            }
        }
    }
}

fn edge(time: Option<UtcMicros>, bounds: &[UtcMicros], open: bool, words_open: &str) -> Markup {
    html! {
        (words::minute(time))
        @if let [low, high] = bounds && low != high {
            " " span.quiet { "(90\u{a0}%: " (words::minute(Some(*low))) " \u{2013} " (words::minute(Some(*high))) ")" }
        }
        @if open { "; " (words_open) }
    }
}
