//! What was read, and what could not be.

use maud::{Markup, html};

use super::marks;
use crate::catalogue::{say, tr};
use crate::html::Page;
use crate::inert::inert;
use crate::words;

const MOST_SOURCES: usize = 100;
const MOST_COUNTS: usize = 40;

pub(crate) fn part(page: &Page<'_>) -> Markup {
    let report = page.report;
    let totals = &report.totals;
    let counts = [
        (tr("Messages"), totals.messages),
        (tr("Mailboxes"), totals.mailboxes),
        (tr("Audit events"), totals.events),
        (tr("Web records"), totals.fetches),
        (tr("Calls"), totals.calls),
        (tr("Look-ups of call records"), totals.lookups),
        (tr("Further copies, counted once"), totals.duplicates),
        (tr("Anomalies"), report.anomalies.total),
    ];
    html! {
        dl.counts {
            @for (name, number) in counts {
                div { dt { (name) } dd { (words::thousands(number)) } }
            }
        }
        (anomalies(page))
        h3 { (tr("Evidence files")) }
        @if report.sources.is_empty() {
            (marks::nothing(page, "source", &tr("No evidence file was read.")))
        } @else {
            div.wide tabindex="0" role="region" aria-label=(tr("Evidence files")) {
                table {
                    thead {
                        tr {
                            th { (tr("File")) } th { (tr("Read as")) } th.r { (tr("Size")) } th.r { (tr("Records")) }
                            th.r { (tr("Anomalies")) } th { (tr("SHA-256 of the whole file")) }
                        }
                    }
                    tbody {
                        @for source in report.sources.iter().take(MOST_SOURCES) {
                            tr {
                                td.path { (inert(&source.path, 160)) }
                                td { (inert(&source.format, 60)) }
                                td.r { (words::bytes(source.bytes)) }
                                td.r { (words::thousands(source.records)) }
                                td.r { (words::thousands(source.anomalies)) }
                                td.id.hash { (inert(source.id.trim_start_matches("sha256:"), 80)) }
                            }
                        }
                    }
                }
            }
            (marks::cut(report.sources.len(), MOST_SOURCES, &tr("files")))
        }
    }
}

fn anomalies(page: &Page<'_>) -> Markup {
    let anomalies = &page.report.anomalies;
    let later = &page.report.hunt_anomalies;
    html! {
        h3 { (tr("What could not be read, or looks wrong")) }
        @if anomalies.total == 0 {
            p.none { (tr("The readers reported nothing unreadable.")) }
        } @else {
            (counts(&anomalies.counts))
            details {
                summary {
                    (say!(
                        "The first {shown} of {all}",
                        shown = page.narrative.anomalies.len(),
                        all = words::thousands(anomalies.total)
                    ))
                }
                @for statement in &page.narrative.anomalies { (marks::paragraph(statement)) }
            }
        }
        @if later.total > 0 {
            h4 { (tr("Met by later hunts")) }
            (counts(&later.counts))
        }
    }
}

fn counts(counts: &[crate::model::AnomalyCount]) -> Markup {
    html! {
        table.narrow {
            thead { tr { th { (tr("Reader")) } th { (tr("Reason")) } th.r { (tr("Times")) } } }
            tbody {
                @for row in counts.iter().take(MOST_COUNTS) {
                    tr {
                        td { (inert(&row.reader, 40)) } td.what { (marks::loose(&row.reason, 200)) }
                        td.r { (words::thousands(row.count)) }
                    }
                }
            }
        }
        (marks::cut(counts.len(), MOST_COUNTS, &tr("reasons")))
    }
}
