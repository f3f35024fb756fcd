//! What was not covered. Absence is never stated.

use demarche_core::UtcMicros;
use maud::{Markup, html};

use super::marks;
use crate::catalogue::tr;
use crate::html::Page;
use crate::inert::inert;
use crate::words;

const MOST: usize = 60;

pub(crate) fn part(page: &Page<'_>) -> Markup {
    let entries = &page.report.coverage;
    html! {
        p {
            (tr("An attack outside what the logs cover leaves no trace here. Where this report names \
             nothing, it says nothing."))
        }
        @for statement in &page.narrative.coverage { (marks::paragraph(statement)) }
        @if !entries.is_empty() {
            details {
                summary { (tr("Coverage, entry by entry")) " (" (entries.len()) ")" }
                div.wide tabindex="0" role="region" aria-label=(tr("Coverage entries")) {
                    table {
                        thead { tr { th { (tr("Evidence")) } th { (tr("Account")) } th { (tr("From")) } th { (tr("To")) } th { (tr("Known by")) } th { (tr("Note")) } } }
                        tbody {
                            @for entry in entries.iter().take(MOST) {
                                tr {
                                    td { (words::source_kind(&entry.source)) }
                                    td {
                                        @if entry.account.is_empty() { (tr("all")) }
                                        @else { span.p { (inert(&entry.account, 80)) } }
                                    }
                                    td { (open(entry.from)) }
                                    td { (open(entry.to)) }
                                    td { @if entry.inferred { (tr("inferred")) } @else { (tr("stated")) } }
                                    td { (inert(&entry.note, 120)) }
                                }
                            }
                        }
                    }
                }
                (marks::cut(entries.len(), MOST, &tr("entries")))
            }
        }
    }
}

fn open(time: Option<UtcMicros>) -> String {
    time.map_or_else(|| tr("open").into_owned(), UtcMicros::date)
}
