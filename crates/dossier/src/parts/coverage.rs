//! What was not covered. Absence is never stated.

use demarche_core::UtcMicros;
use maud::{Markup, html};

use super::marks;
use crate::html::Page;
use crate::inert::inert;
use crate::words;

const MOST: usize = 60;

pub(crate) fn part(page: &Page<'_>) -> Markup {
    let entries = &page.report.coverage;
    html! {
        p {
            "An attack outside what the logs cover leaves no trace here. Where this report names \
             nothing, it says nothing."
        }
        @for statement in &page.narrative.coverage { (marks::paragraph(statement)) }
        @if !entries.is_empty() {
            details {
                summary { "Coverage, entry by entry (" (entries.len()) ")" }
                div.wide tabindex="0" role="region" aria-label="Coverage entries" {
                    table {
                        thead { tr { th { "Evidence" } th { "Account" } th { "From" } th { "To" } th { "Known by" } th { "Note" } } }
                        tbody {
                            @for entry in entries.iter().take(MOST) {
                                tr {
                                    td { (words::source_kind(&entry.source)) }
                                    td {
                                        @if entry.account.is_empty() { "all" }
                                        @else { span.p { (inert(&entry.account, 80)) } }
                                    }
                                    td { (open(entry.from)) }
                                    td { (open(entry.to)) }
                                    td { @if entry.inferred { "inferred" } @else { "stated" } }
                                    td { (inert(&entry.note, 120)) }
                                }
                            }
                        }
                    }
                }
                (marks::cut(entries.len(), MOST, "entries"))
            }
        }
    }
}

fn open(time: Option<UtcMicros>) -> String {
    time.map_or_else(|| "open".to_owned(), UtcMicros::date)
}
