//! What was read, and what could not be.

use maud::{Markup, html};

use super::marks;
use crate::html::Page;
use crate::inert::inert;
use crate::words;

const MOST_SOURCES: usize = 100;
const MOST_COUNTS: usize = 40;

pub(crate) fn part(page: &Page<'_>) -> Markup {
    let report = page.report;
    let totals = &report.totals;
    let counts = [
        ("Messages", totals.messages),
        ("Mailboxes", totals.mailboxes),
        ("Audit events", totals.events),
        ("Web records", totals.fetches),
        ("Calls", totals.calls),
        ("Look-ups of call records", totals.lookups),
        ("Further copies, counted once", totals.duplicates),
        ("Anomalies", report.anomalies.total),
    ];
    html! {
        dl.counts {
            @for (name, number) in counts {
                div { dt { (name) } dd { (words::thousands(number)) } }
            }
        }
        (anomalies(page))
        h3 { "Evidence files" }
        @if report.sources.is_empty() { p.none { "No evidence file was read." } } @else {
            div.wide tabindex="0" role="region" aria-label="Evidence files" {
                table {
                    thead {
                        tr {
                            th { "File" } th { "Read as" } th.r { "Size" } th.r { "Records" }
                            th.r { "Anomalies" } th { "SHA-256 of the whole file" }
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
            (marks::cut(report.sources.len(), MOST_SOURCES, "files"))
        }
    }
}

fn anomalies(page: &Page<'_>) -> Markup {
    let anomalies = &page.report.anomalies;
    html! {
        h3 { "What could not be read, or looks wrong" }
        @if anomalies.total == 0 {
            p.none { "The readers reported nothing unreadable." }
        } @else {
            table.narrow {
                thead { tr { th { "Reader" } th { "Reason" } th.r { "Times" } } }
                tbody {
                    @for row in anomalies.counts.iter().take(MOST_COUNTS) {
                        tr {
                            td { (inert(&row.reader, 40)) } td { (inert(&row.reason, 200)) }
                            td.r { (words::thousands(row.count)) }
                        }
                    }
                }
            }
            (marks::cut(anomalies.counts.len(), MOST_COUNTS, "reasons"))
            details {
                summary {
                    "The first " (page.narrative.anomalies.len()) " of "
                    (words::thousands(anomalies.total))
                }
                @for statement in &page.narrative.anomalies { (marks::paragraph(statement)) }
            }
        }
    }
}
