//! The claims board: what others said, kept apart from what was found here.

use maud::{Markup, html};

use super::marks;
use crate::catalogue::tr;
use crate::html::Page;
use crate::inert::inert;

const MOST: usize = 60;

pub(crate) fn part(page: &Page<'_>) -> Markup {
    let claims = &page.report.claims;
    html! {
        p.quiet {
            (tr("Others\u{2019} words, not findings of this investigation. A claim, its denial and what this evidence says to each stand side by side; where the evidence could not have shown it, that is said."))
        }
        @if claims.is_empty() {
            (marks::nothing(page, "claim", &tr("No statements of others were handed in.")))
        }
        @for (at, row) in claims.iter().enumerate().take(MOST) {
            @let told = &page.narrative.claims[at];
            article id={ "said" (at + 1) } {
                h3 { "S" (at + 1) " " (inert(&row.speaker, 80)) " "
                    span.tag { (crate::narrative::rows::act_words(&row.act)) }
                    @if row.status == "proposed" { " " span.tag { (tr("not confirmed by a person")) } }
                }
                (marks::paragraph(&told.head))
                @if row.stance_of_evidence.is_empty() {
                    p.none { (tr("Nothing in it can be checked against this evidence.")) }
                }
                @for part in &told.parts { (marks::paragraph(part)) }
                p.quiet {
                    (tr("Reported by:")) " " (inert(&row.reported_by, 120))
                    @if !row.path.is_empty() && row.path != row.reported_by {
                        "; " (tr("document")) " " span.path { (inert(&row.path, 120)) }
                    }
                }
            }
        }
        (marks::cut(claims.len(), MOST, &tr("claims")))
        (designations(page))
    }
}

/// Listed names that read like one in a claim or among those known.
fn designations(page: &Page<'_>) -> Markup {
    let told = &page.narrative.designations;
    html! {
        @if page.report.withholds("designation") || !told.is_empty() {
            h3 { (tr("Names on lists of sanctions and charges")) }
        }
        @if page.report.withholds("designation") { (marks::nothing(page, "designation", "")) }
        @for statement in told.iter().take(MOST) { (marks::paragraph(statement)) }
        (marks::cut(told.len(), MOST, &tr("designations")))
    }
}
