//! Rules and indicators that matched.

use maud::{Markup, html};

use super::marks;
use crate::catalogue::tr;
use crate::html::Page;
use crate::inert::inert;

const MOST: usize = 100;

pub(crate) fn part(page: &Page<'_>) -> Markup {
    let findings = &page.report.findings;
    html! {
        p.quiet {
            (tr("A match is a lead, not a verdict: an attacker can plant what a rule looks for, and \
             honest administration can look the same."))
        }
        @if findings.is_empty() {
            (marks::nothing(page, "finding", &tr("No rule and no indicator matched in what was read.")))
        } @else {
            div.wide tabindex="0" role="region" aria-label=(tr("Findings")) {
                table {
                    thead { tr { th { (tr("What matched")) } th { (tr("Techniques")) } th.r { (tr("No.")) } } }
                    tbody {
                        @for (row, statement) in findings.iter().zip(&page.narrative.findings).take(MOST) {
                            tr {
                                td { (marks::text(statement)) div.quiet.id { (inert(&row.rule, 100)) } }
                                td { (marks::joined(&row.techniques, 6)) }
                                td.r { (marks::number(statement)) }
                            }
                        }
                    }
                }
            }
            (marks::cut(findings.len(), MOST, &tr("findings")))
        }
    }
}
